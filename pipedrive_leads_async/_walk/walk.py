"""The walk behind `get_leads`: read one list, or two, page by page to the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Generic

from .._shared import callbacks
from ..errors import InvalidRequestError, PaginationError, PipedriveError
from ..models import LeadPage
from ..models._lead import LeadT
from .checkpoint import Checkpoint
from .current_list import CurrentList
from .lead_list import LeadList
from .options import WalkOptions, WalkSource
from .pages import DecodedPage, JoinedPage
from .selection import Selection
from .trail import Trail


class Walk(Generic[LeadT]):
    """One walk through the leads; it can be used once.

    It yields no lead twice, except in a list that proves to be in another order than that of
    creation: there, a lead that leaves the list and comes back may be repeated. `trail` explains
    when it misses no lead that stays in the list. Each page has at least one lead: a page without
    new leads is not yielded, and an empty list yields no page.

    In creation order, a checkpoint contains all that the walk knows about the leads it has read.
    In another order, or if it is between more than 1,000 leads of one `add_time`, it contains the
    last 21 leads: if the leads before these have moved behind them, the resumed walk may yield
    them again. A resumed walk raises an error if the list contains none of the leads of its
    checkpoint: it cannot know whether they are gone, or the list is that of another account, of
    which it must not yield a lead. A resumed walk of two lists yields a lead of the first list
    again if the lead was archived since. During a walk of two lists, a lead that leaves the
    archive may be in neither list when that list is read.

    Args:
        source: The lists to read.
        options: How to read them.

    Raises:
        InvalidRequestError: `resume_from` is not a checkpoint of such a walk.
    """

    def __init__(self, source: WalkSource[LeadT], options: WalkOptions) -> None:
        self._source = source
        self._options = options
        self._selection = Selection(source, options.max_items)
        self._saw_archived = self._may_have_missed = False
        self._checkpoint = options.resume_from
        if options.resume_from is None:
            self._current = self._begin(source.lists[0], options.start)
        else:
            self._current = self._resume(options.resume_from)

    def _begin(self, which: LeadList, start: int) -> CurrentList[LeadT]:
        trail = Trail.begin(start, limit=self._options.limit, ordered=self._source.ordered)
        return CurrentList(which, trail, self._source, self._options)

    def _resume(self, resume_from: str) -> CurrentList[LeadT]:
        if self._options.start:
            raise InvalidRequestError(
                "resume_from and start both set the first position: pass only one of them"
            )
        checkpoint = Checkpoint.from_text(
            resume_from, limit=self._options.limit, by_creation=self._source.ordered
        )
        lists = {each.name: each for each in self._source.lists}
        which = lists.get(checkpoint.list_name)
        is_same_walk = checkpoint.lists == tuple(lists)
        if not checkpoint.lists:
            # Version 1: the list of archived leads may belong to any of three walks.
            is_same_walk = which is self._source.lists[0]
        if which is None or not is_same_walk or checkpoint.digest != self._source.digest:
            raise InvalidRequestError(
                "resume_from comes from a walk with other filters: pass the filters of that walk"
            )
        self._saw_archived = checkpoint.saw_archived
        self._may_have_missed = checkpoint.may_have_missed
        return CurrentList(which, checkpoint.trail, self._source, self._options)

    async def pages(self) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Yield the pages.

        Raises:
            PaginationError: The server's positions do not advance, or bring no new leads.
            DecodeError: A lead is malformed, and `on_malformed` is None.
        """
        try:
            while (page := await self.next_page()) is not None:
                yield page
        finally:
            await self.aclose()

    async def leads(self) -> AsyncGenerator[LeadT, None]:
        """Yield the leads, with the errors of `pages`.

        This does not iterate over `pages()`: an event loop that shuts down closes all generators
        at the same time, and cannot close one that waits for another.
        """
        try:
            while (page := await self.next_page()) is not None:
                for lead in page.leads:
                    yield lead
                page = None  # so that the next page is decoded into the memory of this one
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Cancel the requests in progress."""
        await self._current.aclose()

    async def next_page(self) -> LeadPage[LeadT] | None:
        """Return the next page with leads to yield; None at the end of the last list.

        The errors are those of `pages`.
        """
        lists = self._source.lists
        try:
            while (page := await self._next_page_of_list()) is None:
                following = lists[lists.index(self._current.which) + 1 :]
                if self._saw_archived or not following:
                    self._raise_if_incomplete()
                    return None
                await self._current.aclose()
                self._current = self._begin(following[0], 0)
        except PipedriveError as error:
            error.checkpoint = self._checkpoint
            raise
        return page

    def _raise_if_incomplete(self) -> None:
        """Raise an error at the end of a walk that may have missed a lead.

        It is raised once: a walk that is resumed from its checkpoint does not repeat it.
        """
        if self._may_have_missed:
            self._may_have_missed = self._current.trail.is_disordered = False
            self._save_checkpoint()
            raise PaginationError(
                "a lead may have been missed: leads that were read came again in another order, "
                "and no page is large enough to contain all that have the same add_time; "
                "start again, or read the list with another sort"
            )

    async def _next_page_of_list(self) -> LeadPage[LeadT] | None:
        """Return the next page with leads to yield; None at the end of the current list."""
        while self._selection.remaining != 0:
            joined = await self._current.next_page(self._selection.remaining)
            if joined is None:
                return None
            leads = self._read(joined)
            if leads:
                return LeadPage(
                    leads=leads,
                    start=joined.start,
                    limit=joined.limit,
                    more_items_in_collection=joined.more,
                    next_start=joined.next_start,
                    checkpoint=self._checkpoint,
                )
        return None

    def _read(self, joined: JoinedPage[LeadT]) -> list[LeadT]:
        """Read a page as far as it is wanted, and return the leads to yield."""
        current = self._current
        cut = current.cut(joined.page)
        new_leads = current.trail.new_leads(cut.page) if cut.ends_list else joined.new_leads
        if cut.error is not None and not new_leads:
            raise cut.error
        if current.which is LeadList.LEADS_ALL and not self._saw_archived:
            self._saw_archived = any(lead.is_archived for lead in new_leads)
        leads, read = self._selection.select(current.which, new_leads, cut.page)
        self._report_malformed(read)
        current.advance(joined, cut, read)
        self._may_have_missed = self._may_have_missed or current.trail.is_disordered
        self._save_checkpoint()
        return leads

    def _save_checkpoint(self) -> None:
        trail = self._current.trail
        if not trail.known:
            return  # a walk could not recognize the list without any lead of it
        self._checkpoint = Checkpoint(
            self._current.which.name,
            tuple(each.name for each in self._source.lists),
            trail,
            self._saw_archived,
            self._may_have_missed,
            self._source.digest,
        ).to_text()

    def _report_malformed(self, read: DecodedPage[LeadT]) -> None:
        if self._options.on_malformed is not None:
            for _, error in self._current.new_errors(read):
                callbacks.call("on_malformed", self._options.on_malformed, error)
