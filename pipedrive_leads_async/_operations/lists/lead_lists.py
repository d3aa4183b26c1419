"""The lists of leads: walked to their end, or a page at a time."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import AsyncGenerator, Callable
from typing import Any
from urllib.parse import urlencode

from ..._http import reference as operations
from ..._shared import checks
from ..._walk.walk import LISTS, LeadList, Walk
from ...enums import ArchivedStatus
from ...errors import DecodeError
from ...models import LeadPage
from ...models._lead import LeadT
from ..base import Operations
from ..responses import LeadsAnswer, read_leads


class LeadListOperations(Operations[LeadT]):
    """The operations on lists of leads, part of `LeadsClient`."""

    def get_leads(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: int | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        filter_id: int | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadT, None]:
        """Iterate over all leads, oldest first.

        A lead that stays in the list from the first request to the last is given exactly
        once, whatever is deleted, archived or added meanwhile. With another `sort` or a
        `limit` below 50 none is given twice, but one can be missed.

        Leave the loop whenever you like: its requests end soon after, or at once inside
        `async with contextlib.aclosing(client.get_leads()) as leads`. A walk that is
        cancelled, by a timeout round one step too, is over: go on from a checkpoint.

        Args:
            limit: The size of a page, 1 to 500; never a total. A page costs 20 tokens of
                the daily budget whatever its size.
            start: The position of the first lead.
            max_items: How many leads to give at most.
            archived_status: None for what Pipedrive gives, which is the open leads;
                `not_archived`, `archived`, or `all` for both lists, one after the other.
            owner_id: Only leads of this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads of this filter. At Pipedrive it overrides `owner_id`,
                `person_id` and `organization_id`.
            updated_since: Only leads with an `update_time` from then on, an aware datetime;
                sent in whole seconds, rounded down.
            sort: A field with its direction, such as `"update_time DESC"`.
            prefetch: How many pages to fetch ahead; 0 fetches each when it is needed. More
                than 1 asks for up to that many less one behind the end, which cost too.
            resume_from: The checkpoint of a page or an error: what came up to there is
                left out. The other arguments must be those of that walk.
            on_malformed: Called with the error of each lead that cannot be decoded, which
                is then left out; None raises it, after the leads before it.

        Raises:
            InvalidRequestError: An argument that cannot be, at once.
            PipedriveError: What ended the walk; `.checkpoint` is where to go on.

        Example:
            >>> async def export(client: LeadsClient) -> list[Lead]:
            ...     return [lead async for lead in client.get_leads(owner_id=11884360)]

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        return self._walk(
            LISTS[operations.archived_status_value(archived_status)],
            limit=limit,
            start=start,
            max_items=max_items,
            updated_since=updated_since,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        ).leads()

    def get_lead_pages(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: int | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        filter_id: int | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Iterate over all leads a page at a time, with a checkpoint after each.

        As `get_leads`, which has the arguments; a page has only what no earlier page had.

        Example:
            >>> async def export(client: LeadsClient, checkpoint: str | None) -> None:
            ...     async for page in client.get_lead_pages(resume_from=checkpoint):
            ...         print(len(page.leads), "leads; to go on after them:", page.checkpoint)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        return self._walk(
            LISTS[operations.archived_status_value(archived_status)],
            limit=limit,
            start=start,
            max_items=max_items,
            updated_since=updated_since,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        ).pages()

    async def get_lead_page(
        self,
        *,
        limit: int = 100,
        start: int = 0,
        archived_status: ArchivedStatus | str | None = None,
        owner_id: int | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        filter_id: int | None = None,
        updated_since: dt.datetime | None = None,
        sort: str | None = None,
    ) -> LeadPage[LeadT]:
        """Get one page in one request: what is asked is sent, what comes is given.

        To see every lead use `get_leads`: between two pages the list can move.

        Args:
            limit: The size of the page, 1 to 500.
            start: The position of the first lead.
            archived_status: Sent as it is; Pipedrive ignores it since 2025-07-15.
            owner_id: Only leads of this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads of this filter. At Pipedrive it overrides `owner_id`,
                `person_id` and `organization_id`.
            updated_since: Only leads with an `update_time` from then on, an aware datetime.
            sort: A field with its direction, such as `"update_time DESC"`.

        Raises:
            InvalidRequestError: An argument that cannot be.
            DecodeError: A lead of the page cannot be decoded.

        Example:
            >>> async def newest(client: LeadsClient) -> list[Lead]:
            ...     page = await client.get_lead_page(limit=10, sort="add_time DESC")
            ...     return page.leads

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        query = operations.leads_query(
            archived_status=archived_status,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            updated_since=updated_since,
            sort=sort,
        )
        _check_position(limit, start)
        answer = await self._fetch(operations.GET_LEADS, query, start, limit)
        page = await answer.decode()
        for error in page.errors.values():
            raise error
        return LeadPage(
            leads=page.leads,
            start=start,
            limit=limit,
            more_items_in_collection=answer.more,
            next_start=answer.next_start,
        )

    def get_archived_leads(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        owner_id: int | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        filter_id: int | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadT, None]:
        """Iterate over all archived leads, oldest first.

        As `get_leads`, which has the arguments; a page costs 40 tokens.

        Example:
            >>> async def count(client: LeadsClient) -> int:
            ...     return len([lead async for lead in client.get_archived_leads()])

        https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
        """
        return self._walk(
            (LeadList.ARCHIVED,),
            limit=limit,
            start=start,
            max_items=max_items,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        ).leads()

    def get_archived_lead_pages(
        self,
        *,
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        owner_id: int | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        filter_id: int | None = None,
        sort: str | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Iterate over all archived leads a page at a time, with a checkpoint after each.

        As `get_lead_pages`; a page costs 40 tokens.

        https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
        """
        return self._walk(
            (LeadList.ARCHIVED,),
            limit=limit,
            start=start,
            max_items=max_items,
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
            sort=sort,
        ).pages()

    def _walk(
        self,
        lists: tuple[LeadList, ...],
        *,
        limit: int,
        start: int,
        max_items: int | None,
        updated_since: dt.datetime | None = None,
        prefetch: int,
        resume_from: str | None,
        on_malformed: Callable[[DecodeError], object] | None,
        **filters: Any,
    ) -> Walk[LeadT]:
        """Check what every walk takes, and begin one."""
        query = operations.leads_query(updated_since=updated_since, **filters)
        _check_position(limit, start)
        checks.integer("prefetch", prefetch, low=0)
        if max_items is not None:
            checks.integer("max_items", max_items, low=0)
        if on_malformed is not None and not callable(on_malformed):
            raise TypeError(f"on_malformed must be callable, got {type(on_malformed).__name__}")

        async def fetch(source: LeadList, start: int, limit: int) -> LeadsAnswer[LeadT]:
            if source is LeadList.ARCHIVED:
                # The one parameter that this list does not have.
                rest = {key: value for key, value in query.items() if key != "updated_since"}
                return await self._fetch(operations.GET_ARCHIVED_LEADS, rest, start, limit)
            status = source.archived_status
            sent = query if status is None else {**query, "archived_status": status}
            return await self._fetch(operations.GET_LEADS, sent, start, limit)

        return Walk(
            fetch,
            lists=lists,
            limit=limit,
            start=start,
            max_items=max_items,
            ordered="sort" not in query,
            # As it is sent.
            updated_since=updated_since and updated_since.replace(microsecond=0),
            prefetch=prefetch,
            resume_from=resume_from,
            on_malformed=on_malformed,
            digest=f"{zlib.crc32(urlencode(query).encode()):08x}",
        )

    async def _fetch(
        self, operation: operations.Operation, query: dict[str, str], start: int, limit: int
    ) -> LeadsAnswer[LeadT]:
        return await self._caller.call(
            operation,
            read_leads(operation.id, self._lead_type),
            query={"start": str(start), "limit": str(limit), **query},
        )

    # Pipedrive's own operation ids
    getLeads = get_leads
    getArchivedLeads = get_archived_leads


def _check_position(limit: int, start: int) -> None:
    checks.integer("limit", limit, high=operations.LARGEST_PAGE)
    checks.integer("start", start, low=0)
