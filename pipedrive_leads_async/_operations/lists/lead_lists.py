"""The list of leads: walk through all of it, or get one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Callable
from typing import SupportsIndex

from ..._http import reference as operations
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ...enums import ArchivedStatus
from ...errors import DecodeError
from ...models import LeadPage
from ...models._lead import LeadT
from ...request_models._ids import OrganizationId, PersonId, UserId
from ..base import Operations
from .lead_filters import LeadFilters
from .walks import fetch_page, start_walk


class LeadListOperations(Operations[LeadT]):
    """The operations on the list of leads, part of `LeadsClient`."""

    def get_leads(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadT, None]:
        """Iterate over all leads, in the order in which they were created.

        A lead that stays in the list from the first request to the last is yielded exactly
        once, even if other leads are deleted, archived or added during the walk. If Pipedrive's
        responses show that a lead may have been missed, the walk raises `PaginationError` after
        the last lead. A list from which nothing is taken, and whose leads keep their order,
        never raises it, unless Pipedrive hides more than 25,000 leads in a row.

        In three cases no lead is yielded twice, but one can be missed without an error: with
        `sort`; with a `limit` below 50 while leads are deleted, or while leads of one `add_time`
        change their order; and if Pipedrive hides more than a page of leads in a row while leads
        before them are deleted. The guide on guarantees in the documentation has the details.

        You can leave the loop at any time. Its pending requests are cancelled soon after; they
        are cancelled at once if you write
        `async with contextlib.aclosing(client.get_leads()) as leads`. A generator that was
        cancelled, for example by a timeout around one step, cannot be continued: start a new
        one with `resume_from`.

        A page costs 20 tokens of the daily budget, whatever its size.

        Args:
            limit: The page size, from 1 to 500. It does not limit the number of leads: see
                `max_items`. A page is larger where only a larger one shows all leads of one
                `add_time`, and smaller where 500 leads are more than 32 MiB.
            start: The position of the first lead, at least 0.
            max_items: The maximum number of leads to yield, at least 0; None for all.
            archived_status: `not_archived` for open leads, `archived` for archived leads,
                or `all` for the open leads and then the archived leads. None leaves the choice
                to Pipedrive, which returns open leads. A page of archived leads costs 40
                tokens.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter. Pipedrive then ignores
                `owner_id`, `person_id` and `organization_id`.
            updated_since: Only leads whose `update_time` is not earlier. It must have a time
                zone; fractions of a second are cut off.
            sort: One or more fields with `ASC` or `DESC`, such as `"update_time DESC"`.
            prefetch: How many pages to request ahead, at least 0; 0 requests each page when
                it is needed. A value n above 1 can request up to n - 1 pages after the end of
                the list, which cost tokens too.
            resume_from: The checkpoint of a page or of an error. The leads before it are not
                yielded again. The filters and `sort` must be those of the first walk. The list
                must contain one of some 30 leads that were read before the checkpoint, by which
                it is recognized; otherwise, as for the list of another account, the walk raises
                `PaginationError` before it yields a lead. If you delete or archive each lead that
                you get, start again without a checkpoint: the leads that are left are yielded.
            on_malformed: Called with a `DecodeError` for each lead that cannot be decoded; the
                lead is skipped. None raises that error, after the leads before it. It must be
                a plain function, not an async one. An exception that it raises ends the walk.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            PaginationError: A lead may have been missed, the list is not that of `resume_from`,
                or it has no end.
            PipedriveError: A request failed. Pass `error.checkpoint` to `resume_from` to
                continue the walk.

        Example:
            >>> async def export(client: LeadsClient) -> list[Lead]:
            ...     return [lead async for lead in client.get_leads(owner_id=11884360)]

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        filters = LeadFilters(
            archived_status=archived_status,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            updated_since=updated_since,
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
        lists = LISTS[filters.archived_status]
        return start_walk(self._caller, self._lead_type, lists, filters, options).leads()

    def get_lead_pages(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Iterate over all leads page by page, with a checkpoint after each page.

        The arguments, the errors and the token cost are those of `get_leads`. A page contains
        only leads that no earlier page contained, and at least one.

        Example:
            >>> async def export(client: LeadsClient, checkpoint: str | None) -> None:
            ...     async for page in client.get_lead_pages(resume_from=checkpoint):
            ...         print(len(page.leads), "leads, continue with", page.checkpoint)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        filters = LeadFilters(
            archived_status=archived_status,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            updated_since=updated_since,
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
        lists = LISTS[filters.archived_status]
        return start_walk(self._caller, self._lead_type, lists, filters, options).pages()

    async def get_lead_page(
        self,
        *,
        limit: int = 100,
        start: int = 0,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
    ) -> LeadPage[LeadT]:
        """Get one page of leads with one request.

        The arguments are sent unchanged, and every lead of the response is returned. To read
        a whole list use `get_leads`: leads can change their positions between two requests.

        It costs 20 tokens of the daily budget.

        Args:
            limit: The page size, from 1 to 500.
            start: The position of the first lead, at least 0.
            archived_status: `not_archived`, `archived` or `all`. Pipedrive has ignored it since
                2025-07-15.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter. Pipedrive then ignores
                `owner_id`, `person_id` and `organization_id`.
            updated_since: Only leads whose `update_time` is not earlier. It must have a time
                zone; fractions of a second are cut off.
            sort: One or more fields with `ASC` or `DESC`, such as `"update_time DESC"`.

        Raises:
            InvalidRequestError: An argument is invalid.
            DecodeError: A lead of the page cannot be decoded.

        Example:
            >>> async def newest(client: LeadsClient) -> list[Lead]:
            ...     page = await client.get_lead_page(limit=10, sort="add_time DESC")
            ...     return page.leads

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        filters = LeadFilters(
            archived_status=archived_status,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            updated_since=updated_since,
            sort=sort,
        )
        options = WalkOptions(limit=limit, start=start)
        response = await fetch_page(
            self._caller,
            self._lead_type,
            operations.GET_LEADS,
            filters.query(),
            start=options.start,
            limit=options.limit,
        )
        decoded = await response.decode()
        for error in decoded.errors.values():
            raise error
        return LeadPage(
            leads=decoded.leads,
            start=options.start,
            limit=options.limit,
            more_items_in_collection=response.more,
            next_start=response.next_start,
        )

    # Pipedrive's own operation id
    getLeads = get_leads
