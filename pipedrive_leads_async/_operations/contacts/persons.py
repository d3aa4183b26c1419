"""The operations on persons."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from ..._codec.codec import to_dict
from ..._http import reference as operations
from ..._shared import checks
from ...models import Organization, Person, PersonSearchResult
from ...models._lead import LeadT
from ...request_models import AddPersonRequest, UpdatePersonRequest
from ...request_models._ids import OrganizationId, PersonId, number_id
from ..base import Operations
from ..responses import read_one
from .kinds import PERSONS
from .new_contact import send_new
from .searches import PERSON_SEARCH


class PersonOperations(Operations[LeadT]):
    """The operations on persons, part of `LeadsClient`."""

    async def get_person(self, id: PersonId) -> Person:
        """Get one person.

        It costs 1 token of the daily budget. An OAuth token needs the scope `contacts:read` or
        `contacts:full`.

        Args:
            id: The person's id, or a `Person`, to read it again.

        Raises:
            NotFoundError: The person does not exist, or is not visible to the user of the
                credential.

        Example:
            >>> async def email_of(client: LeadsClient, lead: Lead) -> str | None:
            ...     if lead.person_id is None:
            ...         return None
            ...     person = await client.get_person(lead.person_id)
            ...     return next((email.value for email in person.emails if email.primary), None)

        https://developers.pipedrive.com/docs/api/v1/Persons#getPerson
        """
        person_id = number_id("id", id, Person)
        return await self._caller.call(
            operations.GET_PERSON,
            read_one(Person, id=person_id),
            ids={"id": str(person_id)},
        )

    async def add_person(self, request: AddPersonRequest) -> Person:
        """Add a person, and return it as Pipedrive created it.

        Pipedrive accepts any number of persons with the same email address. Use `ensure_person`
        to add one only if there is none.

        It costs 5 tokens of the daily budget. An OAuth token needs the scope `contacts:full`.

        Args:
            request: The person to create.

        Raises:
            OutcomeUnknownError: The request was sent, but its outcome is unknown: call
                `ensure_person`, which looks for the person first.
            BadRequestError: Pipedrive refuses the person.

        Example:
            >>> from pipedrive_leads_async import AddPersonRequest
            >>> async def add(client: LeadsClient) -> Person:
            ...     return await client.add_person(
            ...         AddPersonRequest(
            ...             name="Ann Lee",
            ...             emails=["ann@lee.example"],
            ...             phones=[{"value": "+44 20 7946 0123", "label": "mobile"}],
            ...         )
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Persons#addPerson
        """
        checks.request(request, AddPersonRequest)
        return await send_new(self._caller, self._account, PERSONS, request)

    async def update_person(self, id: PersonId, request: UpdatePersonRequest) -> Person:
        """Update the fields that are set in a request, and return the updated person.

        The `emails` of the request replace all email addresses of the person, and so do
        `phones`, `im` and `label_ids`: to add one, pass the present ones too. A change that
        another program makes between your reading and this call is lost.

        It costs 5 tokens of the daily budget. A retry can overwrite a change that was made
        between the two attempts. An OAuth token needs the scope `contacts:full`.

        Args:
            id: The person's id, or the `Person`.
            request: The new values. Fields that are left out keep their values.

        Raises:
            NotFoundError: The person does not exist, or is not visible to the user of the
                credential.
            BadRequestError: Pipedrive refuses a value.

        Example:
            >>> from pipedrive_leads_async import UpdatePersonRequest
            >>> async def add_email(client: LeadsClient, id: int, email: str) -> Person:
            ...     person = await client.get_person(id)
            ...     request = UpdatePersonRequest(emails=[*person.emails, email])
            ...     return await client.update_person(id, request)

        https://developers.pipedrive.com/docs/api/v1/Persons#updatePerson
        """
        checks.request(request, UpdatePersonRequest)
        person_id = number_id("id", id, Person)
        person = await self._caller.call(
            operations.UPDATE_PERSON,
            read_one(Person, id=person_id),
            ids={"id": str(person_id)},
            json=to_dict(request),
        )
        self._account.recent_contacts.note(person.id, PERSONS.keys(person))
        return person

    def search_persons(
        self,
        term: str,
        *,
        fields: str | Iterable[str] | None = None,
        exact_match: bool | None = None,
        organization_id: OrganizationId | None = None,
        max_items: int | None = None,
    ) -> AsyncGenerator[PersonSearchResult, None]:
        """Iterate over the persons that match a search term, the best match first.

        Pipedrive updates its search index some time after each change: a search can miss a new
        person, and can still find a deleted one. `get_person` reads the current person. To read
        all persons, iterate over the list `/api/v2/persons`, which is current and cheaper.

        A page of 100 persons costs 20 tokens of the daily budget. Searches have a burst limit
        of their own: 10 requests in 2 seconds, on every plan. You can leave the loop at any
        time. An OAuth token needs the scope `contacts:read`, `contacts:full` or `search:read`.

        Args:
            term: The text to search for. It has at least 2 characters, or 1 with `exact_match`.
            fields: The fields to search: `custom_fields`, `email`, `name`, `notes` and `phone`,
                or some of them. None searches all of them.
            exact_match: True finds only fields that are equal to the whole term; upper and
                lower case are the same.
            organization_id: Only persons linked to this organization. Pipedrive finds at most
                2000 of them.
            max_items: The maximum number of persons to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            DecodeError: A person cannot be decoded. No person of its page is yielded.
            PaginationError: The server repeats a cursor, or returns too many empty pages.

        Example:
            >>> async def leads_of(client: LeadsClient, email: str) -> list[Lead]:
            ...     found = client.search_persons(email, fields="email", exact_match=True)
            ...     ids = [person.id async for person in found]
            ...     return [lead for id in ids async for lead in client.get_leads(person_id=id)]

        https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
        """
        query = PERSON_SEARCH.query(term, fields, exact_match)
        if organization_id is not None:
            id = number_id("organization_id", organization_id, Organization)
            query["organization_id"] = str(id)
        return PERSON_SEARCH.start(self._caller, query, max_items)
