"""Read one list page by page: each page joins the one before it, until the list ends."""

from __future__ import annotations

from typing import Final, Generic

from .._http.reference import LARGEST_PAGE
from ..errors import PaginationError, UnexpectedResponseError
from ..models._lead import LeadT
from .pages import DecodedPage, FetchPage, JoinedPage, ReceivedPage
from .prefetch import Prefetcher
from .trail import Trail

PATIENCE: Final = 50
"""The allowed number of consecutive pages without a new lead.

A walk that has to read a list again, because many leads were deleted or came back from the
archive, receives many pages without a new lead. So four times the number of pages of the list are
allowed in addition.
"""

_LEAST_HIDDEN: Final = 50
"""The minimum number of positions that an empty page counts for.

The server may hide all leads of a page. Such a page counts for its positions, and not for 500, so
that pages of any size allow the same number of hidden leads in a row. This minimum limits a list
that never ends to 500 requests.
"""

_PAGES_BEFORE_GROWTH: Final = 8
"""The number of pages after which the largest page size doubles, once a response was too large."""


class Reader(Generic[LeadT]):
    """A reader of one list, which begins at the end of a trail.

    Args:
        fetch: Fetches the page at (start, limit).
        trail: The leads that were read; the reader adds those of each page.
        limit: The page size.
        prefetch: The number of pages to fetch ahead.
    """

    def __init__(self, fetch: FetchPage[LeadT], trail: Trail, *, limit: int, prefetch: int) -> None:
        self.trail = trail
        self._prefetcher = Prefetcher(fetch, prefetch)
        self._limit = limit
        self._size = limit
        self._largest_size = LARGEST_PAGE
        self._pages_of_this_size = 0
        # The last page is not kept, so that the next one is decoded into its memory.
        self._has_ended = False
        self._stuck: str | None = None
        self._most_rows = 0
        self._pages_without_new_leads = 0
        self._positions_without_new_leads = 0

    async def next_page(self, wanted: int | None) -> JoinedPage[LeadT] | None:
        """Return the next page that joins; None after the last one.

        Args:
            wanted: The number of leads that are still wanted; None for all. It limits the size
                and the number of the requested pages.

        Raises:
            PaginationError: The server's positions do not advance, or bring no new leads.
        """
        if self._has_ended:
            return None
        if self._stuck is not None:
            raise PaginationError(self._stuck)
        joined = None
        while joined is None:
            joined = self._join(*await self._receive(wanted))
        self._has_ended = not joined.more
        if not joined.advances:
            self._stuck = (
                f"the server's positions do not advance: after the page at {joined.start} the list "
                f"continues at {joined.next_start}; resume from the checkpoint"
            )
        return joined

    def advance(self, joined: JoinedPage[LeadT], read: DecodedPage[LeadT]) -> None:
        """Record a page, or the part of it that was read, in the trail."""
        is_whole = read is joined.page
        new_leads = joined.new_leads if is_whole else self.trail.new_leads(read)
        frontier = joined.end if is_whole else joined.start + read.rows
        is_full = frontier - joined.start >= joined.limit
        self.trail.advance(
            joined.start,
            read,
            new_leads,
            frontier,
            can_grow=is_full and joined.limit < self._largest_size,
        )
        self._choose_size(joined.limit)

    async def aclose(self) -> None:
        """Cancel the requests in progress."""
        await self._prefetcher.drop()

    async def _receive(self, wanted: int | None) -> tuple[ReceivedPage[LeadT], DecodedPage[LeadT]]:
        """Return the page at the end of the trail, and request the pages after it.

        A page whose response is too large is requested again with half as many rows.
        """
        trail = self.trail
        end = None if wanted is None else trail.frontier + wanted
        is_searching = trail.steps_back > 0 or trail.needs_larger
        while True:
            limit = (
                self._size if end is None or is_searching else min(self._size, end - trail.start)
            )
            try:
                page = await self._prefetcher.next_page(trail.start, limit, latest=trail.frontier)
                if not is_searching:
                    await self._prefetcher.request_ahead(
                        page,
                        min(self._limit, self._largest_size),
                        rows=self._page_rows,
                        overlap=trail.overlap,
                        end=end,
                    )
                return page, await page.response.decode()
            except UnexpectedResponseError as error:
                if not error.too_large or limit == 1:
                    raise
            await self._prefetcher.drop()
            self._size = self._largest_size = limit // 2
            self._pages_of_this_size = 0

    def _join(
        self, received: ReceivedPage[LeadT], page: DecodedPage[LeadT]
    ) -> JoinedPage[LeadT] | None:
        """Return a page that joins; otherwise choose an earlier or later one and return None."""
        response = received.response
        self._most_rows = max(self._most_rows, page.rows)
        joins = self.trail.joins(received.start, page)
        new_leads = self.trail.new_leads(page) if joins else []
        joined = JoinedPage(
            received.start, received.limit, response.more, response.next_start, page, new_leads
        )
        if joins:
            self._count(joined)
            return joined
        # A page requested ahead may begin after trail.start: then trail.start itself comes first.
        if received.start == self.trail.start:
            self._count(joined)
            if self.trail.is_lost:
                self.trail.search_on(joined.end, more=joined.more)
            else:
                self.trail.step_back(self._page_rows)
            self._choose_size(received.limit)
        return None

    def _choose_size(self, last: int) -> None:
        """Choose the size of the next page: larger if the last one brought nothing new."""
        if self._largest_size < LARGEST_PAGE:
            self._pages_of_this_size += 1
            if self._pages_of_this_size == _PAGES_BEFORE_GROWTH:
                self._pages_of_this_size = 0
                self._largest_size = min(2 * self._largest_size, LARGEST_PAGE)
        needs_larger = self.trail.needs_larger or self.trail.steps_back > 1
        wanted = max(self._limit, 2 * last) if needs_larger else self._limit
        self._size = min(wanted, self._largest_size)

    @property
    def _page_rows(self) -> int:
        """The number of rows of a page: some servers return fewer than `limit`."""
        return min(self._most_rows or self._limit, self._limit)

    def _count(self, joined: JoinedPage[LeadT]) -> None:
        """Raise an error if too many pages in a row bring no new lead."""
        if joined.new_leads:
            self._pages_without_new_leads = self._positions_without_new_leads = 0
            return
        hidden = max(joined.end - joined.start, _LEAST_HIDDEN)
        self._pages_without_new_leads += 1
        self._positions_without_new_leads += LARGEST_PAGE if joined.page.rows else hidden
        patience = PATIENCE + 4 * (self.trail.reached // max(1, self._most_rows))
        if self._positions_without_new_leads > LARGEST_PAGE * patience:
            raise PaginationError(
                "the server reports that the list continues, but "
                f"{self._pages_without_new_leads} pages in a row brought no new lead; "
                "resume from the checkpoint"
            )
