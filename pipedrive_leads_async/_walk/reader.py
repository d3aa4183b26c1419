"""Read one list page by page, each joining what was passed, until it ends or leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic

import attrs

from ..errors import PaginationError
from ..models._lead import LeadT
from .prefetch import Ahead, AnsweredPage, Asked
from .trail import Decoded, Trail

PATIENCE: Final = 50
"""How many pages in a row may bring nothing new, beyond four times the pages passed so far.

A list is rightly gone over again where many leads were deleted, or came back from the archive.
"""


@attrs.frozen
class Joined(Generic[LeadT]):
    """A page that joins what was passed.

    Attributes:
        start: The position that was asked for.
        limit: The page size that was asked for.
        more: Whether the server says that the list goes on.
        next_start: Where, if it says so.
        page: What it gave.
        fresh: The leads of that which were not passed before.
    """

    start: int
    limit: int
    more: bool
    next_start: int | None
    page: Decoded[LeadT]
    fresh: list[LeadT]

    @property
    def frontier(self) -> int:
        """The position behind the page; the server's own, if it hides some rows.

        Not further on than the page that was asked for: leads would be passed by unseen.
        """
        return max(self.start + self.page.rows, min(self.next_start or 0, self.start + self.limit))

    @property
    def leads_on(self) -> bool:
        """Whether the server's positions advance from here."""
        return (self.frontier if self.next_start is None else self.next_start) > self.start


class Reader(Generic[LeadT]):
    """Reads one list from where a trail ends.

    Args:
        fetch: Fetches the page at (start, limit).
        trail: What was passed; it grows with each page.
        limit: The page size.
        prefetch: How many pages to fetch ahead.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Coroutine[Any, Any, AnsweredPage[LeadT]]],
        trail: Trail,
        *,
        limit: int,
        prefetch: int,
    ) -> None:
        self._ahead = Ahead(fetch, prefetch)
        self._trail = trail
        self._limit = limit
        self._last: Joined[LeadT] | None = None
        self._rows = 0
        self._idle = 0

    async def next(self, wanted: int | None) -> Joined[LeadT] | None:
        """Give the next page, None behind the last one.

        Args:
            wanted: How many leads are wanted at most, None for all: no larger page is asked
                for, and no page that is not needed.

        Raises:
            PaginationError: The server's positions do not advance, or bring nothing new.
        """
        last = self._last
        if last is not None and not last.more:
            return None
        if last is not None and not last.leads_on:
            raise PaginationError(
                f"the server's positions do not advance: after {last.start} comes {last.next_start}"
            )
        while True:
            asked = await self._ask(wanted)
            answer, page = asked.answer, await asked.answer.decode()
            self._rows = max(self._rows, page.rows)
            # A server that hides rows may hide all of a page, and still say where it goes on.
            if self._trail.joins(asked.start, page) or (answer.more and not page.rows):
                fresh = self._trail.fresh(page)
                self._count(fresh)
                self._last = Joined(
                    asked.start, asked.limit, answer.more, answer.next_start, page, fresh
                )
                return self._last
            self._count([])
            # A page fetched ahead may only have been asked for a little too far on.
            if asked.start == self._trail.start:
                self._trail.step_back(self._rows or self._limit)

    def advance(self, joined: Joined[LeadT], passed: Decoded[LeadT]) -> None:
        """Pass a page, or as much of it as is done with."""
        whole = passed is joined.page
        frontier = joined.frontier if whole else joined.start + passed.rows
        self._trail.advance(joined.start, passed, joined.fresh, frontier)

    async def aclose(self) -> None:
        """End what is under way."""
        await self._ahead.drop()

    async def _ask(self, wanted: int | None) -> Asked[LeadT]:
        """Get the page where the trail ends, and ask for those behind it before it is decoded."""
        trail = self._trail
        end = None if wanted is None else trail.frontier + wanted
        searching = trail.steps_back > 0
        limit = self._limit if end is None or searching else min(self._limit, end - trail.start)
        asked = await self._ahead.page(trail.start, limit, latest=trail.frontier)
        if not searching:
            rows = self._rows or self._limit
            await self._ahead.fill(asked, self._limit, rows=rows, overlap=trail.overlap, end=end)
        return asked

    def _count(self, fresh: list[LeadT]) -> None:
        self._idle = 0 if fresh else self._idle + 1
        if self._idle > PATIENCE + 4 * self._trail.reached // (self._rows or self._limit):
            raise PaginationError(
                f"the server says that the list goes on, but {self._idle} pages in a row "
                "brought nothing new"
            )
