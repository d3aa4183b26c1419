"""The list of archived leads: walk through all of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import SupportsIndex

from ..._walk.lead_list import LeadList
from ..._walk.options import WalkOptions
from ...errors import DecodeError
from ...models import LeadPage
from ...models._lead import LeadT
from ...request_models._ids import OrganizationId, PersonId, UserId
from ..base import Operations
from .lead_filters import LeadFilters
from .walks import start_walk


class ArchivedLeadListOperations(Operations[LeadT]):
    """The operations on the list of archived leads, part of `LeadsClient`."""

    def get_archived_leads(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadT, None]:
        """Iterate over all archived leads, in the order in which they were created.

        The arguments and the errors are those of `get_leads`. A page costs 40 tokens of the
        daily budget.

        Example:
            >>> async def count(client: LeadsClient) -> int:
            ...     return len([lead async for lead in client.get_archived_leads()])

        https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
        """
        filters = LeadFilters(
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        )
        options = WalkOptions(
            limit=limit,
            start=start,
            max_items=max_items,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
        )
        lists = (LeadList.ARCHIVED,)
        return start_walk(self._caller, self._lead_type, lists, filters, options).leads()

    def get_archived_lead_pages(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Iterate over all archived leads page by page, with a checkpoint after each page.

        The arguments and the errors are those of `get_lead_pages`. A page costs 40 tokens of
        the daily budget.

        Example:
            >>> async def count_pages(client: LeadsClient) -> int:
            ...     return len([page async for page in client.get_archived_lead_pages()])

        https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
        """
        filters = LeadFilters(
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        )
        options = WalkOptions(
            limit=limit,
            start=start,
            max_items=max_items,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
        )
        lists = (LeadList.ARCHIVED,)
        return start_walk(self._caller, self._lead_type, lists, filters, options).pages()

    # Pipedrive's own operation id
    getArchivedLeads = get_archived_leads
