"""Start a walk through lists of leads, or fetch a single page of one."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from ..._http import reference as operations
from ..._http.caller import Caller
from ..._shared import checks
from ..._walk.walk import LeadList, Walk
from ...errors import DecodeError
from ...models._lead import LeadT
from ..responses import LeadsAnswer, read_leads
from .lead_filters import LeadFilters


@attrs.frozen(kw_only=True)
class WalkArguments:
    """The arguments of a walk apart from its filters; `get_leads` documents them."""

    limit: int = 500
    start: int = 0
    max_items: int | None = None
    prefetch: int = 1
    resume_from: str | None = None
    on_malformed: Callable[[DecodeError], object] | None = None

    def __attrs_post_init__(self) -> None:
        check_position(self.limit, self.start)
        if self.max_items is not None:
            checks.integer("max_items", self.max_items, low=0)
        checks.integer("prefetch", self.prefetch, low=0)
        checks.callback("on_malformed", self.on_malformed)


def start_walk(
    caller: Caller,
    lead_type: type[LeadT],
    lists: tuple[LeadList, ...],
    filters: LeadFilters,
    arguments: WalkArguments,
) -> Walk[LeadT]:
    """Return a new walk through the given lists.

    Raises:
        InvalidRequestError: `resume_from` is not a checkpoint of a walk with these filters.
    """
    query, archived_query = filters.query(), filters.archived_query()

    async def fetch(source: LeadList, start: int, limit: int) -> LeadsAnswer[LeadT]:
        if source is LeadList.ARCHIVED:
            operation, filtered = operations.GET_ARCHIVED_LEADS, archived_query
        else:
            operation, filtered = operations.GET_LEADS, query
        return await fetch_page(caller, lead_type, operation, filtered, start=start, limit=limit)

    return Walk(
        fetch,
        lists=lists,
        limit=arguments.limit,
        start=arguments.start,
        max_items=arguments.max_items,
        ordered=filters.sort is None,
        updated_since=filters.updated_since,
        prefetch=arguments.prefetch,
        resume_from=arguments.resume_from,
        on_malformed=arguments.on_malformed,
        digest=filters.digest(),
    )


async def fetch_page(
    caller: Caller,
    lead_type: type[LeadT],
    operation: operations.Operation,
    query: dict[str, str],
    *,
    start: int,
    limit: int,
) -> LeadsAnswer[LeadT]:
    """Fetch one page of a list; its leads are not decoded yet."""
    return await caller.call(
        operation,
        read_leads(operation.id, lead_type),
        query={"start": str(start), "limit": str(limit), **query},
    )


def check_position(limit: int, start: int) -> None:
    """Check the size and the position of a page.

    Raises:
        InvalidRequestError: A value is out of bounds.
        TypeError: A value is not an int.
    """
    checks.integer("limit", limit, high=operations.LARGEST_PAGE)
    checks.integer("start", start, low=0)
