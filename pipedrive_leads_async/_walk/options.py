"""The lists that a walk reads, and its options; both stay the same while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, TypeAlias

import attrs

from .._http.reference import LARGEST_PAGE
from .._shared import callbacks, checks
from ..errors import DecodeError, InvalidRequestError
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


def _page_size(name: str, value: object) -> int:
    try:
        return checks.integer(name, value, high=LARGEST_PAGE)
    except InvalidRequestError as error:
        raise InvalidRequestError(
            f"{error}: it is the size of a page; max_items is the number of leads"
        ) from None


_whole = partial(checks.integer, low=0)


@attrs.frozen(kw_only=True)
class WalkOptions:
    """The options of a walk that do not depend on its lists; `get_leads` documents them."""

    limit: int = attrs.field(default=500, validator=checks.checked(_page_size))
    start: int = attrs.field(default=0, validator=checks.checked(_whole))
    max_items: int | None = attrs.field(
        default=None, validator=checks.checked(_whole, optional=True)
    )
    prefetch: int = attrs.field(default=1, validator=checks.checked(_whole))
    resume_from: str | None = None
    on_malformed: Callable[[DecodeError], object] | None = attrs.field(
        default=None, validator=checks.checked(callbacks.plain_function)
    )
