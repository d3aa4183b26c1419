"""The operations that return a person or an organization, and add it if there is none."""

from __future__ import annotations

from typing import Final, Literal

from ..._shared import checks
from ...errors import InvalidRequestError
from ...models import EnsuredOrganization, EnsuredPerson
from ...models._lead import LeadT
from ...request_models import AddOrganizationRequest, AddPersonRequest
from ..base import Operations
from .addresses import EMAIL, NAME, PHONE
from .ensuring import Ensuring
from .kinds import ORGANIZATIONS, PERSONS

_MATCHES: Final = {kind.name: kind for kind in (EMAIL, PHONE)}


class EnsuredContactOperations(Operations[LeadT]):
    """The operations that find or add a contact, part of `LeadsClient`."""

    async def ensure_person(
        self, request: AddPersonRequest, *, match: Literal["email", "phone"] = "email"
    ) -> EnsuredPerson:
        """Return the person who has an address of a request; add the person if there is none.

        The primary address is looked for first, then the others. Email addresses are compared
        without upper case and without white space around them, phone numbers by their digits and
        letters: `+44 20 7946 0123` and `442079460123` are the same number, `020 7946 0123` and
        `+44 20 7946 0123 ext. 5` are others. A deleted person is no match. If several persons
        have the address, the one with the lowest id is returned. A person that is found is not
        changed: everything in the request but the addresses applies to a new person only.

        A search for a phone number finds longer numbers too. Its first 1,000 results are read,
        100 for 20 tokens. So a number of a few digits may be found too often: if its person is
        not among the first 1,000, another one is added.

        Pipedrive's search index lags behind. So all clients that share a session manager and the
        credential remember for 10 minutes whom they added or changed, up to 10,000 addresses, and
        concurrent calls for one address share one search and add one person. If the shared call
        fails, a call with another request, retry policy or governor tries itself. Two processes
        do not know of each other: both can add a person for the same new address. To prevent
        that, lock a row of your own database during the call. It is best to record `person.id`
        there before you send a lead: if a repeated call returns another person, `ensure_lead`
        looks among the leads of that person, and does not find the lead.

        After an `OutcomeUnknownError`, call it again. Pipedrive can still add the person after
        the client has given up. So the call reads the newest 500 persons at once, waits until 30
        seconds (or `RetryPolicy.settle`, if longer) have passed since that request was sent,
        reads them again, and only then adds a person. If the deadline ends before that, it
        raises the error at once and adds nothing.

        It costs 20 tokens of the daily budget for the search, 1 for each person that is found,
        and 5 for a new person; for each further address that is searched 20 more, and for a
        phone number with spaces or signs between its digits, too. Searches have a burst limit of
        10 requests in 2 seconds. For an import of many rows, read all persons once instead:
        `client.iterate("/api/v2/persons")` costs 10 tokens for each 500. An OAuth token needs
        the scope `contacts:full`.

        Args:
            request: The person to find or add.
            match: Whether email addresses or phone numbers are compared.

        Raises:
            InvalidRequestError: `request` has no address of the kind `match`.
            OutcomeUnknownError: The request for a new person was sent, but its outcome is
                unknown; or an earlier one may still be on its way, and nothing was added now.
            BadRequestError: Pipedrive refuses the person.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest, AddPersonRequest
            >>> async def capture(client: LeadsClient, name: str, email: str) -> Lead:
            ...     request = AddPersonRequest(name=name, emails=[email])
            ...     ensured = await client.ensure_person(request)
            ...     return await client.add_lead(
            ...         AddLeadRequest(title=f"Form of {name}", person_id=ensured.person.id)
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
        """
        checks.request(request, AddPersonRequest)
        kind = _MATCHES.get(checks.text("match", match))
        if kind is None:
            raise InvalidRequestError(f"match must be 'email' or 'phone', got {match!r}")
        found = await Ensuring(self._account, PERSONS, kind, request).join(self._caller)
        return EnsuredPerson(person=found.contact, created=found.created, other_ids=found.other_ids)

    async def ensure_organization(self, request: AddOrganizationRequest) -> EnsuredOrganization:
        """Return the organization with the name of a request; add it if there is none.

        Names are compared without upper case and without white space around them. Everything
        else is as in `ensure_person`: a deleted organization is no match, the lowest id of
        several is returned, an organization that is found is not changed, concurrent calls for
        one name share one search and add one organization, two processes can add one each, and
        after an `OutcomeUnknownError` the next call reads the newest 500 organizations and waits.

        It costs 20 tokens of the daily budget for the search, 1 for each organization that is
        found, and 5 for a new organization. Searches have a burst limit of 10 requests in 2
        seconds. An OAuth token needs the scope `contacts:full`.

        Args:
            request: The organization to find or add.

        Raises:
            OutcomeUnknownError: The request for a new organization was sent, but its outcome is
                unknown; or an earlier one may still be on its way, and nothing was added now.
            BadRequestError: Pipedrive refuses the organization.

        Example:
            >>> from pipedrive_leads_async import AddOrganizationRequest
            >>> async def id_of(client: LeadsClient, company: str) -> int:
            ...     request = AddOrganizationRequest(name=company)
            ...     return (await client.ensure_organization(request)).organization.id

        https://developers.pipedrive.com/docs/api/v1/Organizations#searchOrganization
        """
        checks.request(request, AddOrganizationRequest)
        found = await Ensuring(self._account, ORGANIZATIONS, NAME, request).join(self._caller)
        return EnsuredOrganization(
            organization=found.contact, created=found.created, other_ids=found.other_ids
        )
