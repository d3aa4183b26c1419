"""Start a walk through lists of leads, or fetch a single page of one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..._codec.reading_habit import ReadingHabit
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._walk.lead_list import LeadList
from ..._walk.options import WalkOptions, WalkSource
from ..._walk.walk import Walk
from ...models._lead import LeadT
from ..responses import LeadsResponse, read_leads
from .lead_filters import LeadFilters


def start_walk(
    caller: Caller,
    lead_type: type[LeadT],
    lists: tuple[LeadList, ...],
    filters: LeadFilters,
    options: WalkOptions,
    *,
    on_page: Callable[[LeadsResponse[LeadT]], object] | None = None,
) -> Walk[LeadT]:
    """Return a new walk through the given lists; `on_page` is called with each response.

    Raises:
        InvalidRequestError: `resume_from` is not a checkpoint of a walk with these filters.
    """
    query, archived_query = filters.query(), filters.archived_query()
    habit = ReadingHabit()

    async def fetch(which: LeadList, start: int, limit: int) -> LeadsResponse[LeadT]:
        if which is LeadList.ARCHIVED:
            operation, filtered = operations.GET_ARCHIVED_LEADS, archived_query
        else:
            operation, filtered = operations.GET_LEADS, query
        page = await fetch_page(caller, lead_type, operation, filtered, start=start, limit=limit)
        page.habit = habit
        if on_page is not None:
            on_page(page)
        return page

    source = WalkSource(
        fetch=fetch,
        lists=lists,
        ordered=filters.sort is None,
        updated_since=filters.updated_since,
        digest=filters.digest(),
    )
    return Walk(source, options)


async def fetch_page(
    caller: Caller,
    lead_type: type[LeadT],
    operation: operations.Operation,
    query: dict[str, str],
    *,
    start: int,
    limit: int,
) -> LeadsResponse[LeadT]:
    """Fetch one page of a list; its leads are not decoded yet."""
    call = caller.start(
        operation,
        read_leads(operation.id, lead_type),
        query={"start": str(start), "limit": str(limit), **query},
    )
    page: LeadsResponse[LeadT] = await caller.run(call)
    page.repeat = partial(caller.repeat, call)
    page.within_deadline = partial(caller.resume, call)
    return page
