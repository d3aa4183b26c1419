"""The operations on organizations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from ..._codec.codec import to_dict
from ..._http import reference as operations
from ..._shared import checks
from ...models import Organization, OrganizationSearchResult
from ...models._lead import LeadT
from ...request_models import AddOrganizationRequest, UpdateOrganizationRequest
from ...request_models._ids import OrganizationId, number_id
from ..base import Operations
from ..responses import read_one
from .kinds import ORGANIZATIONS
from .new_contact import send_new
from .searches import ORGANIZATION_SEARCH


class OrganizationOperations(Operations[LeadT]):
    """The operations on organizations, part of `LeadsClient`."""

    async def get_organization(self, id: OrganizationId) -> Organization:
        """Get one organization.

        It costs 1 token of the daily budget. An OAuth token needs the scope `contacts:read` or
        `contacts:full`.

        Args:
            id: The organization's id, or an `Organization`, to read it again.

        Raises:
            NotFoundError: The organization does not exist, or is not visible to the user of the
                credential.

        Example:
            >>> async def website_of(client: LeadsClient, id: int) -> str | None:
            ...     return (await client.get_organization(id)).website

        https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganization
        """
        organization_id = number_id("id", id, Organization)
        return await self._caller.call(
            operations.GET_ORGANIZATION,
            read_one(Organization, id=organization_id),
            ids={"id": str(organization_id)},
        )

    async def add_organization(self, request: AddOrganizationRequest) -> Organization:
        """Add an organization, and return it as Pipedrive created it.

        Pipedrive accepts any number of organizations with the same name. Use
        `ensure_organization` to add one only if there is none.

        It costs 5 tokens of the daily budget. An OAuth token needs the scope `contacts:full`.

        Args:
            request: The organization to create.

        Raises:
            OutcomeUnknownError: The request was sent, but its outcome is unknown: call
                `ensure_organization`, which looks for the organization first.
            BadRequestError: Pipedrive refuses the organization.

        Example:
            >>> from pipedrive_leads_async import AddOrganizationRequest
            >>> async def add(client: LeadsClient) -> Organization:
            ...     return await client.add_organization(
            ...         AddOrganizationRequest(name="Acme Ltd", address="12 Pikk, Tallinn")
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Organizations#addOrganization
        """
        checks.request(request, AddOrganizationRequest)
        return await send_new(self._caller, self._account, ORGANIZATIONS, request)

    async def update_organization(
        self, id: OrganizationId, request: UpdateOrganizationRequest
    ) -> Organization:
        """Update the fields that are set in a request, and return the updated organization.

        It costs 5 tokens of the daily budget. A retry can overwrite a change that was made
        between the two attempts. An OAuth token needs the scope `contacts:full`.

        Args:
            id: The organization's id, or the `Organization`.
            request: The new values. Fields that are left out keep their values; None clears a
                field. The `label_ids` replace all labels.

        Raises:
            NotFoundError: The organization does not exist, or is not visible to the user of the
                credential.
            BadRequestError: Pipedrive refuses a value.

        Example:
            >>> from pipedrive_leads_async import UpdateOrganizationRequest
            >>> async def move(client: LeadsClient, id: int) -> Organization:
            ...     request = UpdateOrganizationRequest(address="3a Mustamäe tee, Tallinn")
            ...     return await client.update_organization(id, request)

        https://developers.pipedrive.com/docs/api/v1/Organizations#updateOrganization
        """
        checks.request(request, UpdateOrganizationRequest)
        organization_id = number_id("id", id, Organization)
        organization = await self._caller.call(
            operations.UPDATE_ORGANIZATION,
            read_one(Organization, id=organization_id),
            ids={"id": str(organization_id)},
            json=to_dict(request),
        )
        self._account.recent_contacts.note(organization.id, ORGANIZATIONS.keys(organization))
        return organization

    def search_organizations(
        self,
        term: str,
        *,
        fields: str | Iterable[str] | None = None,
        exact_match: bool | None = None,
        max_items: int | None = None,
    ) -> AsyncGenerator[OrganizationSearchResult, None]:
        """Iterate over the organizations that match a search term, the best match first.

        Pipedrive updates its search index some time after each change: a search can miss a new
        organization, and can still find a deleted one. `get_organization` reads the current
        organization.

        A page of 100 organizations costs 20 tokens of the daily budget. Searches have a burst
        limit of their own: 10 requests in 2 seconds, on every plan. You can leave the loop at
        any time. An OAuth token needs the scope `contacts:read`, `contacts:full` or
        `search:read`.

        Args:
            term: The text to search for. It has at least 2 characters, or 1 with `exact_match`.
            fields: The fields to search: `address`, `custom_fields`, `name` and `notes`, or some
                of them. None searches all of them.
            exact_match: True finds only fields that are equal to the whole term; upper and
                lower case are the same.
            max_items: The maximum number of organizations to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            DecodeError: An organization cannot be decoded. No organization of its page is
                yielded.
            PaginationError: The server repeats a cursor, or returns too many empty pages.

        Example:
            >>> async def named(client: LeadsClient, name: str) -> list[int]:
            ...     found = client.search_organizations(name, fields="name")
            ...     return [organization.id async for organization in found]

        https://developers.pipedrive.com/docs/api/v1/Organizations#searchOrganization
        """
        query = ORGANIZATION_SEARCH.query(term, fields, exact_match)
        return ORGANIZATION_SEARCH.start(self._caller, query, max_items)
