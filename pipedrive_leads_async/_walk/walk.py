"""The walk behind `get_leads`: one list, or two, page by page until all is handed over."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from functools import partial
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias

import attrs

from ..enums import ArchivedStatus
from ..errors import DecodeError, InvalidRequestError, NotFoundError, PipedriveError
from ..models import LeadPage
from ..models._lead import LeadT
from .checkpoint import Checkpoint
from .prefetch import AnsweredPage
from .reader import Joined, Reader
from .trail import Decoded, Trail


class LeadList(enum.Enum):
    """A list that a walk reads: `/leads` with some `archived_status`, or `/leads/archived`."""

    LEADS = None
    LEADS_NOT_ARCHIVED = ArchivedStatus.NOT_ARCHIVED
    LEADS_ARCHIVED = ArchivedStatus.ARCHIVED
    LEADS_ALL = ArchivedStatus.ALL
    ARCHIVED = "/leads/archived"

    @property
    def archived_status(self) -> ArchivedStatus | None:
        """What `/leads` is asked for; None is not sent."""
        return self.value if isinstance(self.value, ArchivedStatus) else None


# Archived leads got a list of their own on 2025-07-15, and the server ignores archived_status
# since. Whoever asks for them gets both: what an older server has in the first list, and the
# second. In this order, a lead that is archived during the walk is met in the second.
# https://developers.pipedrive.com/changelog
LISTS: Final[Mapping[str | None, tuple[LeadList, ...]]] = MappingProxyType(
    {
        None: (LeadList.LEADS,),
        ArchivedStatus.NOT_ARCHIVED: (LeadList.LEADS_NOT_ARCHIVED,),
        ArchivedStatus.ARCHIVED: (LeadList.LEADS_ARCHIVED, LeadList.ARCHIVED),
        ArchivedStatus.ALL: (LeadList.LEADS_ALL, LeadList.ARCHIVED),
    }
)
"""What to read for each `archived_status`, in this order."""

Fetch: TypeAlias = Callable[[LeadList, int, int], Coroutine[Any, Any, AnsweredPage[LeadT]]]
"""Fetches the page of a list at (start, limit)."""


@attrs.frozen
class _Part(Generic[LeadT]):
    """What comes of a page before a row at which the list is left.

    Attributes:
        page: The rows before it; all of the page if there is no such row.
        is_end: Whether there is one.
        error: What is wrong with it, if it is malformed.
    """

    page: Decoded[LeadT]
    is_end: bool = False
    error: DecodeError | None = None


class Walk(Generic[LeadT]):
    """One walk through the leads, to be used once.

    No lead is given twice; `_trail` says when none that stays in the list is missed. Every
    page has at least one lead: one that brings nothing new is not handed over, and an empty
    list gives no page.

    A checkpoint says in creation order all that the walk knew. In another order it has the
    last 21 leads: where all of them are gone, the walk begins again, and where others came
    between them and its position, a few leads may come again. In a walk of two lists, a lead
    that the first one gave before the checkpoint comes again if it was archived since. A lead
    that leaves the archive during such a walk may be in neither list when that is read.

    Args:
        fetch: Fetches a page.
        lists: What to read; see `LISTS`.
        limit: The page size.
        start: The position in the first list where the walk begins.
        max_items: How many leads to hand over at most.
        ordered: Whether the lists are in creation order.
        updated_since: The oldest `update_time` of archived leads, for whose list the server
            has no such filter.
        prefetch: How many pages to fetch ahead.
        resume_from: A checkpoint; what came up to there is not handed over.
        on_malformed: Called with the error of each malformed lead, which is skipped; None
            raises it after the leads before it.
        digest: What stands for the filters; a checkpoint is good for the same ones only.

    Raises:
        InvalidRequestError: `resume_from` is not a checkpoint of such a walk.
    """

    def __init__(
        self,
        fetch: Fetch[LeadT],
        *,
        lists: tuple[LeadList, ...] = LISTS[None],
        limit: int = 500,
        start: int = 0,
        max_items: int | None = None,
        ordered: bool = True,
        updated_since: dt.datetime | None = None,
        prefetch: int = 1,
        resume_from: str | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
        digest: str = "",
    ) -> None:
        self._fetch = fetch
        self._lists = lists
        self._limit = limit
        self._wanted = max_items
        self._ordered = ordered
        self._updated_since = updated_since
        self._prefetch = prefetch
        self._checkpoint = resume_from
        self._on_malformed = on_malformed
        self._digest = digest
        self._list = lists[0]
        self._trail = self._begin(start)
        self._saw_archived = False
        self._ids_of_first_list = set[str]()
        if resume_from is not None:
            self._resume(resume_from, start)
        self._reader = self._read()
        self._left: _Part[LeadT] | None = None

    def _begin(self, start: int) -> Trail:
        return Trail.begin(start, limit=self._limit, ordered=self._ordered)

    def _resume(self, resume_from: str, start: int) -> None:
        if start:
            raise InvalidRequestError(
                "resume_from and start both say where to begin: leave out one of them"
            )
        checkpoint = Checkpoint.from_text(resume_from, limit=self._limit)
        lists = {each.name: each for each in self._lists}
        if checkpoint.digest != self._digest or checkpoint.list_name not in lists:
            raise InvalidRequestError(
                "resume_from comes from a walk with other filters: give the same ones"
            )
        self._list = lists[checkpoint.list_name]
        self._trail = checkpoint.trail
        self._saw_archived = checkpoint.saw_archived

    async def pages(self) -> AsyncGenerator[LeadPage[LeadT], None]:
        """Give the pages.

        Raises:
            PaginationError: The server's positions lead nowhere.
            DecodeError: A lead is malformed, and `on_malformed` is None.
        """
        try:
            while (page := await self._next_page()) is not None:
                yield page
        finally:
            await self._reader.aclose()

    async def leads(self) -> AsyncGenerator[LeadT, None]:
        """Give the leads, as `pages` does.

        Not from its generator: what a loop closes at its end it closes all at once, and a
        generator that waits for another cannot be.
        """
        try:
            while (page := await self._next_page()) is not None:
                for lead in page.leads:
                    yield lead
        finally:
            await self._reader.aclose()

    async def _next_page(self) -> LeadPage[LeadT] | None:
        try:
            while (page := await self._next_page_of_list()) is None:
                following = self._lists[self._lists.index(self._list) + 1 :]
                if self._saw_archived or not following:
                    break
                self._list, self._trail = following[0], self._begin(0)
                self._left = None
                await self._reader.aclose()
                self._reader = self._read()
        except PipedriveError as error:
            error.checkpoint = self._checkpoint
            raise
        return page

    async def _next_page_of_list(self) -> LeadPage[LeadT] | None:
        """Give the next page that has something to hand over, None where the list is left."""
        while self._wanted != 0:
            if self._left is not None:
                if self._left.error is not None:
                    raise self._left.error
                return None
            joined = await self._next_joined()
            if joined is None:
                return None
            part = self._before_end(joined.page)
            fresh = self._trail.fresh(part.page) if part.is_end else joined.fresh
            if part.error is not None and not fresh:
                raise part.error
            leads, passed = self._hand_over(fresh, part.page)
            self._reader.advance(joined, passed)
            self._checkpoint = self._write_checkpoint()
            self._left = part if part.is_end else None
            if leads:
                return self._lead_page(joined, leads)
        return None

    def _read(self) -> Reader[LeadT]:
        return Reader(
            partial(self._fetch, self._list),
            self._trail,
            limit=self._limit,
            # Today's server ignores the parameter, and this list is left at its first page.
            prefetch=0 if self._list is LeadList.LEADS_ARCHIVED else self._prefetch,
        )

    async def _next_joined(self) -> Joined[LeadT] | None:
        try:
            return await self._reader.next(self._wanted)
        except NotFoundError:
            # An older server has no second list.
            if self._list is self._lists[0] or self._trail.frontier > 0:
                raise
            return None

    def _before_end(self, page: Decoded[LeadT]) -> _Part[LeadT]:
        if self._list is LeadList.LEADS_ARCHIVED:
            archived = list(takewhile(lambda lead: lead.is_archived is not False, page.leads))
            if len(archived) < len(page.leads):
                # The parameter is ignored, so what is malformed here need not be archived.
                return _Part(Decoded(archived), is_end=True)
        if self._on_malformed is None:
            for row, error in self._new_errors(page):
                return _Part(page.before(row), is_end=True, error=error)
        return _Part(page)

    def _hand_over(
        self, fresh: list[LeadT], page: Decoded[LeadT]
    ) -> tuple[list[LeadT], Decoded[LeadT]]:
        """Give the leads that are wanted, and what of the page is passed by that."""
        if self._list is LeadList.LEADS_ALL:
            self._saw_archived = self._saw_archived or any(lead.is_archived for lead in fresh)
        leads = self._filter(fresh)
        if self._wanted is not None:
            if len(leads) >= self._wanted:
                leads = leads[: self._wanted]
                page = page.before(page.row(page.leads.index(leads[-1])) + 1)
            self._wanted -= len(leads)
        if self._on_malformed is not None:
            for _, error in self._new_errors(page):
                self._on_malformed(error)
        return leads, page

    def _new_errors(self, page: Decoded[LeadT]) -> list[tuple[int, DecodeError]]:
        known = self._trail.known
        return [(row, e) for row, e in page.errors.items() if e.lead_id not in known]

    def _filter(self, leads: list[LeadT]) -> list[LeadT]:
        """Leave out what the first list had, and archived leads that did not change of late."""
        if len(self._lists) > 1:
            if self._list is self._lists[0]:
                self._ids_of_first_list.update(lead.id for lead in leads)
            else:
                leads = [lead for lead in leads if lead.id not in self._ids_of_first_list]
        if self._updated_since is not None:
            leads = [lead for lead in leads if self._is_recent(lead, self._updated_since)]
        return leads

    def _is_recent(self, lead: LeadT, since: dt.datetime) -> bool:
        is_archived = self._list is LeadList.ARCHIVED or lead.is_archived
        return not is_archived or lead.update_time is None or lead.update_time >= since

    def _lead_page(self, joined: Joined[LeadT], leads: list[LeadT]) -> LeadPage[LeadT]:
        return LeadPage(
            leads=leads,
            start=joined.start,
            limit=joined.limit,
            more_items_in_collection=joined.more,
            next_start=joined.next_start,
            checkpoint=self._checkpoint,
        )

    def _write_checkpoint(self) -> str:
        return Checkpoint(self._list.name, self._trail, self._saw_archived, self._digest).to_text()
