"""Pages under way: asked for before they are needed, given in order, ended with the walk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol

import attrs

from ..models._lead import LeadT
from .trail import Decoded


class AnsweredPage(Protocol[LeadT]):
    """A page as it arrived: what must be known at once, and the rest for later."""

    @property
    def more(self) -> bool:
        """Whether the server says that the list goes on."""
        ...

    @property
    def next_start(self) -> int | None:
        """Where it goes on, if the server says so."""
        ...

    async def decode(self) -> Decoded[LeadT]:
        """Decode the page."""
        ...


@attrs.frozen
class Asked(Generic[LeadT]):
    """A page that has arrived, with what was asked for."""

    start: int
    limit: int
    answer: AnsweredPage[LeadT]


@attrs.frozen
class _Flight(Generic[LeadT]):
    """A page that is under way, or waits for its turn."""

    start: int
    limit: int
    task: asyncio.Task[AnsweredPage[LeadT]]

    @property
    def arrived(self) -> AnsweredPage[LeadT] | None:
        return self.task.result() if self.task.done() else None

    @property
    def failed(self) -> bool:
        task = self.task
        return task.done() and (task.cancelled() or task.exception() is not None)


class Ahead(Generic[LeadT]):
    """The next pages of a list, at most `depth` of them under way or waiting.

    None is asked for before the first page says that the list goes on: a list of one page
    costs one request. Where pages have to be fetched again, because the list moves, they are
    asked for one, two, four, … at a time. They stay undecoded: a page is kept as bytes until
    its turn comes.

    Args:
        fetch: Fetches the page at (start, limit).
        depth: How many pages beyond the one in use; 0 fetches each in its turn.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Coroutine[Any, Any, AnsweredPage[LeadT]]],
        depth: int,
    ) -> None:
        self._fetch = fetch
        self._depth = depth
        self._ramp = depth
        self._flights: deque[_Flight[LeadT]] = deque()

    async def page(self, start: int, limit: int, *, latest: int) -> Asked[LeadT]:
        """Give the next page: the one under way if it begins at `latest` or before."""
        if self._flights and self._flights[0].start <= latest:
            flight = self._flights.popleft()
            return Asked(flight.start, flight.limit, await flight.task)
        await self.drop()
        return Asked(start, limit, await self._fetch(start, limit))

    async def fill(
        self,
        page: Asked[LeadT],
        limit: int,
        *,
        rows: int,
        overlap: int,
        end: int | None = None,
    ) -> None:
        """Ask for the pages behind one that has arrived, and let the requests leave.

        Args:
            page: The page that has arrived and is not decoded yet.
            limit: The page size.
            rows: How many rows a page is expected to have: some servers give fewer.
            overlap: How many positions a page should overlap the one before it.
            end: The position where nothing more is wanted, if nothing is deleted before it.
        """
        room = self._ramp
        self._ramp = min(2 * room, self._depth)
        while len(self._flights) < room:
            start = self._next_start(page, rows, overlap)
            if start is None or not self._is_needed(start, overlap, end):
                break
            size = limit if end is None else min(limit, end - start)
            task = asyncio.create_task(self._fetch(start, size))
            self._flights.append(_Flight(start, size, task))
        if self._flights:
            # A task begins at the next turn of the loop: without one here, the requests
            # would wait until the page that has arrived is decoded. And pages that have
            # arrived already would be decoded in one go, while the rest of the loop waits.
            await asyncio.sleep(0)

    async def drop(self) -> None:
        """End all that is under way, and wait until it has ended."""
        tasks = [flight.task for flight in self._flights]
        self._flights.clear()
        if tasks:
            self._ramp = 1
        for task in tasks:
            task.cancel()
        # Gathered, an error that nobody will see is not reported as never retrieved.
        await asyncio.gather(*tasks, return_exceptions=True)

    def _next_start(self, page: Asked[LeadT], rows: int, overlap: int) -> int | None:
        """Where the page behind the last one under way begins; None if none is to be asked for."""
        if not page.answer.more:
            return None
        start, reach = page.start, _reach(page.start, min(page.limit, rows), page.answer)
        for flight in self._flights:
            if flight.failed or (flight.arrived and not flight.arrived.more):
                return None
            start, reach = (
                flight.start,
                _reach(flight.start, min(flight.limit, rows), flight.arrived),
            )
        return reach - overlap if reach - overlap > start else None

    def _is_needed(self, start: int, overlap: int, end: int | None) -> bool:
        # After deletions, the overlap of each page under way can turn out to be new leads.
        return end is None or start + overlap * (len(self._flights) + 2) < end


def _reach(start: int, rows: int, answer: AnsweredPage[Any] | None) -> int:
    """The position behind a page: the server's, or that of a page with so many rows."""
    return start + rows if answer is None or answer.next_start is None else answer.next_start
