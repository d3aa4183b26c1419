"""Fetch the next pages of a list before they are needed, and return them in order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Generic

from ..models._lead import LeadT
from .pages import FetchPage, PageResponse, ReceivedPage, RequestedPage


class Prefetcher(Generic[LeadT]):
    """The next pages of a list, of which at most `depth` are requested ahead.

    A list of one page costs one request: nothing is requested ahead before the first response
    reports that the list continues. If requested pages are dropped because the list moved, the
    number of pages requested ahead starts again at one, and doubles with each page up to `depth`.
    A page is kept as bytes until it is needed.

    Args:
        fetch: Fetches the page at (start, limit).
        depth: The number of pages to request beyond the current one; 0 requests each page when
            it is needed.
    """

    def __init__(self, fetch: FetchPage[LeadT], depth: int) -> None:
        self._fetch = fetch
        self._depth = depth
        self._allowed = depth
        self._requested: deque[RequestedPage[LeadT]] = deque()

    async def next_page(self, start: int, limit: int, *, latest: int) -> ReceivedPage[LeadT]:
        """Return the page at `start`, or the first requested page if it begins by `latest`."""
        first = self._requested[0] if self._requested else None
        if first is not None and first.start <= latest and first.is_here:
            page = self._requested.popleft()
            return ReceivedPage(page.start, page.limit, await page.task)
        await self.drop()
        return ReceivedPage(start, limit, await self._fetch(start, limit))

    async def request_ahead(
        self,
        page: ReceivedPage[LeadT],
        limit: int,
        *,
        rows: int,
        overlap: int,
        end: int | None = None,
    ) -> None:
        """Request the pages after one that was received, and return once the requests are sent.

        Args:
            page: The page that was received and is not decoded yet.
            limit: The page size.
            rows: The expected number of rows of a page: some servers return fewer than `limit`.
            overlap: The number of positions by which a page overlaps the previous page.
            end: The position of the last wanted lead plus one, if no lead before it is removed.
        """
        allowed = self._allowed
        self._allowed = min(2 * allowed, self._depth)
        while len(self._requested) < allowed:
            start = self._next_start(page, rows, overlap)
            if start is None or not self._is_needed(start, overlap, end):
                break
            size = limit if end is None else min(limit, end - start)
            task = asyncio.create_task(self._fetch(start, size))
            self._requested.append(RequestedPage(start, size, task))
        if self._requested:
            # A new task first runs in the next iteration of the event loop. Without this one, the
            # requests would leave only after the received page is decoded. It also lets other
            # tasks run between two pages that have both been received.
            await asyncio.sleep(0)

    async def drop(self) -> None:
        """Cancel all requested pages, and wait until their tasks have ended."""
        tasks = [page.task for page in self._requested if page.is_here]
        self._requested.clear()
        if tasks:
            self._allowed = 1
        for task in tasks:
            task.cancel()
        # gather retrieves the exceptions, so asyncio does not log them as never retrieved.
        await asyncio.gather(*tasks, return_exceptions=True)

    def _next_start(self, page: ReceivedPage[LeadT], rows: int, overlap: int) -> int | None:
        """Return the position of the next page to request; None if there is none."""
        if not page.response.more:
            return None
        start, end = page.start, _end(page.start, min(page.limit, rows), page.response)
        for requested in self._requested:
            if requested.has_failed or (requested.response and not requested.response.more):
                return None
            start = requested.start
            end = _end(start, min(requested.limit, rows), requested.response)
        return end - overlap if end - overlap > start else None

    def _is_needed(self, start: int, overlap: int, end: int | None) -> bool:
        # If leads were removed, the overlap of each requested page can contain new leads instead.
        return end is None or start + overlap * (len(self._requested) + 2) < end


def _end(start: int, rows: int, response: PageResponse[Any] | None) -> int:
    """Return the position after a page: as reported by the server, or after `rows` rows."""
    return start + rows if response is None or response.next_start is None else response.next_start
