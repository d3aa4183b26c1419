"""The list that a walk is reading, and the row at which the walk leaves it."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import Generic

from ..errors import DecodeError, NotFoundError
from ..models._lead import LeadT
from .lead_list import LeadList
from .options import WalkOptions, WalkSource
from .pages import CutPage, DecodedPage, JoinedPage
from .reader import Reader
from .trail import Trail


class CurrentList(Generic[LeadT]):
    """The list that a walk is reading.

    Attributes:
        which: The list.
        trail: The leads of it that were read.
    """

    def __init__(
        self, which: LeadList, trail: Trail, source: WalkSource[LeadT], options: WalkOptions
    ) -> None:
        self.which = which
        self.trail = trail
        self._is_first = which is source.lists[0]
        self._raises_malformed = options.on_malformed is None
        self._reader = Reader(
            partial(source.fetch, which),
            trail,
            limit=options.limit,
            # Today's server ignores archived_status, so the walk leaves this list on page one.
            prefetch=0 if which is LeadList.LEADS_ARCHIVED else options.prefetch,
        )
        self._end: CutPage[LeadT] | None = None

    async def next_page(self, wanted: int | None) -> JoinedPage[LeadT] | None:
        """Return the next page; None at the end of the list.

        Raises:
            DecodeError: The row after the last page is malformed, and malformed rows are raised.
            PaginationError: The server's positions do not advance, or bring no new leads.
        """
        if self._end is not None:
            if self._end.error is not None:
                raise self._end.error
            return None
        try:
            return await self._reader.next_page(wanted)
        except NotFoundError:
            # An older server has no second list.
            if self._is_first or self.trail.frontier > 0:
                raise
            return None

    def cut(self, page: DecodedPage[LeadT]) -> CutPage[LeadT]:
        """Cut a page before the row at which the walk leaves the list, if there is one."""
        if self.which is LeadList.LEADS_ARCHIVED:
            archived = list(takewhile(lambda lead: lead.is_archived is not False, page.leads))
            if len(archived) < len(page.leads):
                # The server ignores archived_status, so malformed rows may be open leads.
                return CutPage(DecodedPage(archived), ends_list=True)
        if self._raises_malformed:
            for row, error in self.new_errors(page):
                return CutPage(page.before(row), ends_list=True, error=error)
        return CutPage(page)

    def new_errors(self, page: DecodedPage[LeadT]) -> list[tuple[int, DecodeError]]:
        """Return the malformed rows of a page that were not read before."""
        known = self.trail.known
        return [(row, error) for row, error in page.errors.items() if error.lead_id not in known]

    def advance(
        self, joined: JoinedPage[LeadT], cut: CutPage[LeadT], read: DecodedPage[LeadT]
    ) -> None:
        """Record the part of a page that was read."""
        self._reader.advance(joined, read)
        self._end = cut if cut.ends_list else None

    async def aclose(self) -> None:
        """Cancel the requests in progress."""
        await self._reader.aclose()
