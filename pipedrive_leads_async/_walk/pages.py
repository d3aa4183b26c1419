"""The stages of a page of leads: requested, received, decoded, joined, cut.

A `LeadPage`, which a walk yields, is the last stage.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Container, Coroutine, Mapping
from functools import cached_property
from typing import Any, Generic, Protocol, TypeAlias

import attrs

from ..errors import DecodeError
from ..models._lead import LeadT


class PageResponse(Protocol[LeadT]):
    """The response to a request for one page; its leads are not decoded yet."""

    @property
    def more(self) -> bool:
        """Whether the list continues after this page, as reported by the server."""
        ...

    @property
    def next_start(self) -> int | None:
        """The position of the next page, if the server reports it."""
        ...

    async def decode(self) -> DecodedPage[LeadT]:
        """Decode the leads."""
        ...


FetchPage: TypeAlias = Callable[[int, int], Coroutine[Any, Any, PageResponse[LeadT]]]
"""Fetches the page of one list at (start, limit)."""


@attrs.frozen
class RequestedPage(Generic[LeadT]):
    """A page that was requested ahead: its task is running, or has ended and awaits its turn."""

    start: int
    limit: int
    task: asyncio.Task[PageResponse[LeadT]]

    @property
    def response(self) -> PageResponse[LeadT] | None:
        """The response; None if it has not arrived yet."""
        return self.task.result() if self.task.done() else None

    @property
    def is_here(self) -> bool:
        """Whether its task belongs to the running event loop, so that it can be awaited."""
        return self.task.get_loop() is asyncio.get_running_loop()

    @property
    def has_failed(self) -> bool:
        """Whether the request ended without a response."""
        task = self.task
        return task.done() and (task.cancelled() or task.exception() is not None)


@attrs.frozen
class ReceivedPage(Generic[LeadT]):
    """A page whose response has arrived, with the position and page size of its request."""

    start: int
    limit: int
    response: PageResponse[LeadT]


@attrs.frozen
class DecodedPage(Generic[LeadT]):
    """The leads of a page, in the server's order.

    Attributes:
        leads: The leads, without the malformed rows.
        errors: The error of each malformed row, by row number, in ascending order.
    """

    leads: list[LeadT]
    errors: Mapping[int, DecodeError] = attrs.field(factory=dict[int, DecodeError])

    @property
    def rows(self) -> int:
        """The number of positions of the list that the page covers."""
        return len(self.leads) + len(self.errors)

    @cached_property
    def times(self) -> list[dt.datetime] | None:
        """The creation times; None if one is missing or they are not in ascending order."""
        times = [time for lead in self.leads if (time := lead.add_time) is not None]
        return times if len(times) == len(self.leads) and times == sorted(times) else None

    def has_any(self, ids: Container[str]) -> bool:
        """Return whether one of the leads has one of these ids."""
        return any(lead.id in ids for lead in self.leads)

    def row(self, index: int) -> int:
        """Return the row of `leads[index]`."""
        for malformed in self.errors:
            index += malformed <= index
        return index

    def index(self, row: int) -> int:
        """Return the number of leads before a row."""
        return row - sum(malformed < row for malformed in self.errors)

    def before(self, row: int) -> DecodedPage[LeadT]:
        """Return the page as if it ended before a row."""
        errors = {i: error for i, error in self.errors.items() if i < row}
        return DecodedPage(self.leads[: self.index(row)], errors)


@attrs.frozen
class JoinedPage(Generic[LeadT]):
    """A page that joins the leads read before: no lead between them and the page is missed.

    Attributes:
        start: The requested position.
        limit: The requested page size.
        more: Whether the list continues after this page, as reported by the server.
        next_start: The position of the next page, if the server reports it.
        page: All its rows, including leads that were read before.
        new_leads: Its leads that were not read before.
    """

    start: int
    limit: int
    more: bool
    next_start: int | None
    page: DecodedPage[LeadT]
    new_leads: list[LeadT]

    @property
    def end(self) -> int:
        """The position after the page; the server's `next_start` if it hides some rows.

        At most `start + limit`, as a larger `next_start` would skip leads.
        """
        return max(self.start + self.page.rows, min(self.next_start or 0, self.start + self.limit))

    @property
    def advances(self) -> bool:
        """Whether the position of the next page is after the position of this one."""
        return (self.end if self.next_start is None else self.next_start) > self.start


@attrs.frozen
class CutPage(Generic[LeadT]):
    """The rows of a page up to the row at which the walk leaves the list, if there is one.

    Attributes:
        page: The rows before that row; the whole page if there is no such row.
        ends_list: Whether there is such a row.
        error: The error of that row, if the walk leaves the list because the row is malformed.
    """

    page: DecodedPage[LeadT]
    ends_list: bool = False
    error: DecodeError | None = None
