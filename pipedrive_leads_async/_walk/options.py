"""The lists that a walk reads, and its options; both stay the same while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeAlias

import attrs

from .._http.reference import LARGEST_PAGE
from .._shared import callbacks, checks
from ..errors import DecodeError
from ..models._lead import LeadT
from .lead_list import LISTS, LeadList
from .pages import PageResponse

Fetch: TypeAlias = Callable[[LeadList, int, int], Coroutine[Any, Any, PageResponse[LeadT]]]
"""Fetches the page of a list at (start, limit)."""


@attrs.frozen(kw_only=True)
class WalkSource(Generic[LeadT]):
    """The lists that a walk reads.

    Attributes:
        fetch: Fetches a page.
        lists: The lists, in the order in which they are read.
        ordered: Whether the lists are in creation order.
        updated_since: The earliest `update_time` of archived leads. The server has no such
            filter for their list, so the walk applies it.
        digest: A digest of the filters; a checkpoint is valid only for the same filters.
    """

    fetch: Fetch[LeadT]
    lists: tuple[LeadList, ...] = LISTS[None]
    ordered: bool = True
    updated_since: dt.datetime | None = None
    digest: str = ""


@attrs.frozen(kw_only=True)
class WalkOptions:
    """The options of a walk that do not depend on its lists; `get_leads` documents them."""

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
        callbacks.plain_function("on_malformed", self.on_malformed)


def check_position(limit: int, start: int) -> None:
    """Check the size and the position of a page.

    Raises:
        InvalidRequestError: A value is out of bounds.
        TypeError: A value is not an int.
    """
    checks.integer("limit", limit, high=LARGEST_PAGE)
    checks.integer("start", start, low=0)
