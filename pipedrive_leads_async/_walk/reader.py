"""Read one list page by page: each page joins the one before it, until the list ends."""

from __future__ import annotations

from typing import Final, Generic

from ..errors import PaginationError
from ..models._lead import LeadT
from .pages import DecodedPage, FetchPage, JoinedPage, ReceivedPage
from .prefetch import Prefetcher
from .trail import Trail

PATIENCE: Final = 50
"""How many pages in a row may bring no new lead, plus four for each page read so far.

Many pages in a row bring no new lead if a walk has to read a list again, because many leads were
deleted or came back from the archive.
"""


class Reader(Generic[LeadT]):
    """A reader of one list, which begins at the end of a trail.

    Args:
        fetch: Fetches the page at (start, limit).
        trail: The leads that were read; the reader adds those of each page.
        limit: The page size.
        prefetch: How many pages to fetch ahead.
    """

    def __init__(self, fetch: FetchPage[LeadT], trail: Trail, *, limit: int, prefetch: int) -> None:
        self.trail = trail
        self._prefetcher = Prefetcher(fetch, prefetch)
        self._limit = limit
        self._last: JoinedPage[LeadT] | None = None
        self._most_rows = 0
        self._pages_without_new_leads = 0

    async def next_page(self, wanted: int | None) -> JoinedPage[LeadT] | None:
        """Return the next page that joins; None after the last one.

        Args:
            wanted: How many more leads are wanted, None for all. No page is larger than that, and
                no page is requested that is not needed.

        Raises:
            PaginationError: The server's positions do not advance, or bring no new leads.
        """
        last = self._last
        if last is not None and not last.more:
            return None
        if last is not None and not last.advances:
            raise PaginationError(
                "the server's positions do not advance: after the page at "
                f"{last.start} the list continues at {last.next_start}; resume from the checkpoint"
            )
        joined = None
        while joined is None:
            joined = await self._join(await self._receive(wanted))
        self._last = joined
        return joined

    def advance(self, joined: JoinedPage[LeadT], read: DecodedPage[LeadT]) -> None:
        """Record a page, or the part of it that was read, in the trail."""
        frontier = joined.end if read is joined.page else joined.start + read.rows
        self.trail.advance(joined.start, read, joined.new_leads, frontier)

    async def aclose(self) -> None:
        """Cancel the requests in progress."""
        await self._prefetcher.drop()

    async def _receive(self, wanted: int | None) -> ReceivedPage[LeadT]:
        """Return the page at the end of the trail, and request the pages after it."""
        trail = self.trail
        end = None if wanted is None else trail.frontier + wanted
        is_searching = trail.steps_back > 0
        limit = self._limit if end is None or is_searching else min(self._limit, end - trail.start)
        page = await self._prefetcher.next_page(trail.start, limit, latest=trail.frontier)
        if not is_searching:
            await self._prefetcher.request_ahead(
                page, self._limit, rows=self._page_rows, overlap=trail.overlap, end=end
            )
        return page

    async def _join(self, received: ReceivedPage[LeadT]) -> JoinedPage[LeadT] | None:
        """Decode a page; return None and step back if it does not join."""
        response, page = received.response, await received.response.decode()
        self._most_rows = max(self._most_rows, page.rows)
        # A server that hides rows can hide a whole page, and still report where the list continues.
        if self.trail.joins(received.start, page) or (response.more and not page.rows):
            new_leads = self.trail.new_leads(page)
            self._count(has_new_leads=bool(new_leads))
            return JoinedPage(
                received.start, received.limit, response.more, response.next_start, page, new_leads
            )
        self._count(has_new_leads=False)
        # A page requested ahead may begin after trail.start: then trail.start itself comes first.
        if received.start == self.trail.start:
            self.trail.step_back(self._page_rows)
        return None

    @property
    def _page_rows(self) -> int:
        """The number of rows of a page: some servers return fewer than `limit`."""
        return self._most_rows or self._limit

    def _count(self, *, has_new_leads: bool) -> None:
        self._pages_without_new_leads = 0 if has_new_leads else self._pages_without_new_leads + 1
        if self._pages_without_new_leads > PATIENCE + 4 * self.trail.reached // self._page_rows:
            raise PaginationError(
                "the server reports that the list continues, but "
                f"{self._pages_without_new_leads} pages in a row brought no new lead; "
                "resume from the checkpoint"
            )
