"""How far a walk has come in a list that changes underneath it, and why it misses no lead.

Pipedrive numbers the leads of a list by position. When a lead is deleted or archived, every lead
after it moves up one position, and the first lead of the next page moves onto the page that was
read already. A walk that only counts positions never sees that lead. So each page of this walk
begins a little before the end of the previous one, and is used only if it *joins* the leads that
were read before. If it does not join, the walk steps back until a page does.

Definitions:

- A lead is *read* once the walk is done with it: it was yielded, filtered out or skipped as
  malformed.
- A lead *stays* if it is in the list at every request of the walk.
- A lead is *older* than another if its `add_time` is strictly earlier.
- The *boundary* is the latest `add_time` of all leads that were read.
- A page *joins by time* if it begins at position 0, or if its first lead is older than the
  boundary. The first page of the walk joins too.

Assumptions:

- A page is a contiguous part of the list as it was at one moment. The server may hide leads of it,
  whose positions it counts.
- The list is sorted by `add_time`, which never changes. Leads with equal times come in any order,
  and their order may change.

**No lead that stays is missed.** After each page that joins by time, this claim is true: every lead
that stays and is older than the boundary was read. The proof goes from page to page:

- The first page begins where the walk begins, and contains every lead from there that is older
  than its last lead.
- Take a later page that joins, and a lead that stays and is older than the last lead of the page.
  If the lead is older than the boundary, it was read before, because the claim was true before
  this page. If it is not, it comes after the first lead of the page (or the page begins at
  position 0) and before the last one. So it is on the page, and is read now unless it was read
  before. The boundary then becomes the `add_time` of the last lead of the page, if that is later,
  and the claim is true for the new boundary.
- Nothing follows the last page of the list. So after it, every lead that stays was read.

The claim covers leads *older* than the boundary and not those with the same `add_time`: a page may
end between two of them. So the next page begins with an older lead, and reads all leads with the
time of the boundary again. If they fill a page, the next one is twice as large, up to 500.

**No lead is repeated.** Each lead that was read is in `known` or older than `low`: `low` only
rises, and `known` contains every lead that was read and is not older than `low`. The walk yields
none of these leads again. No lead that stays is lost by that: `low` is never later than the
boundary, so by the claim above, every lead that stays and is older than `low` was read.

Neither proof depends on the time at which a page is fetched, so pages can be fetched ahead.
Neither depends on the process that fetches it, so another process can resume from a checkpoint.

If a page shows that the list is in another order, the times prove nothing from then on: those leads
were read that are known, or that come before all known ones.

**Without creation times**, or with 500 leads or more of one `add_time`, a page *joins by id* if its
first lead was read. Then no lead that stays is missed as long as the leads that stay keep their
order. If some of the 20 leads that two pages share change their order, the walk goes on to the end
of the list, and then raises `PaginationError`. A change that spares them is not noticed.

**What is not proved.** In these cases no lead is repeated, but one may be missed without an error:

- The server hides a stretch of leads longer than a page of 500, and leads before it are removed
  while the walk passes it.
- The order is set by `sort`, and leads change their positions in it.
- The limit is below 50, and leads are removed or change their order: these pages do not overlap.
  One that begins with an older lead, or repeats one, is replaced by a page that joins by time.
- The pages have fewer than 50 leads, and the walk is resumed in a list that is not in creation
  order and hides leads: no page may show that order.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from itertools import dropwhile, filterfalse
from typing import Final

import attrs

from .._http.reference import LARGEST_PAGE
from ..errors import PaginationError
from ..models import Lead
from ..models._lead import LeadT
from .anchors import Anchors, add_in_order, is_in_another_order
from .join import Join
from .overlap import OVERLAP, SMALLEST_OVERLAPPING_LIMIT, Overlap
from .pages import DecodedPage

EVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
"""A time before every creation time."""


@attrs.define(kw_only=True)
class Trail:
    """The leads that a walk has read, as a few ids and times if the list is in creation order.

    Attributes:
        limit: The page size of the walk.
        by_creation: Whether the list should be in creation order.
        ordered: Whether it is, as far as it was read.
        start: The position of the next page.
        frontier: The position after the leads that were read.
        join: The condition under which the next page joins.
        boundary: The latest creation time of the leads that were read.
        low: Every lead older than this time was read, or precedes the start of the walk.
        known: The leads that were read and are not older than `low`: ids with creation times.
        complete: Whether `known` contains all of them; otherwise it contains the last ones.
        is_disordered: Whether leads that were read came in another order, so that one may have
            been missed.
        anchors: Some leads that were read, by which a resumed walk recognizes the list.
        sure: The position at which the next page joins if the list does not change.
        needs_larger: Whether the next page must be larger than the last one.
        steps_back: The number of steps since the last page that joined.
        is_lost: Whether not even the page at position 0 shows the place of the trail: the server
            may hide as many rows before the leads that were read. The walk searches on from there.
        reached: The frontier after the last page with new leads.
    """

    limit: int
    by_creation: bool
    ordered: bool
    start: int
    frontier: int
    join: Join = Join.TRUST
    boundary: dt.datetime = EVER
    low: dt.datetime = EVER
    known: dict[str, dt.datetime] = attrs.field(factory=dict[str, dt.datetime])
    complete: bool = True
    is_disordered: bool = False
    anchors: Anchors = attrs.field(factory=Anchors)
    sure: int = attrs.field(init=False)
    needs_larger: bool = attrs.field(default=False, init=False)
    steps_back: int = attrs.field(default=0, init=False)
    is_lost: bool = attrs.field(default=False, init=False)
    reached: int = attrs.field(init=False)
    _margin: Overlap = attrs.field(factory=Overlap, init=False)
    _top: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.sure, self.reached = self.start, self.frontier

    @classmethod
    def begin(cls, start: int, *, limit: int, ordered: bool) -> Trail:
        """Return the trail of a walk that has not read any lead yet."""
        return cls(limit=limit, by_creation=ordered, ordered=ordered, start=start, frontier=start)

    def resume(
        self,
        frontier: int,
        join: Join,
        boundary: dt.datetime,
        ids: list[str],
        *,
        is_ordered: bool,
        anchors: Anchors,
    ) -> None:
        """Continue from a checkpoint.

        Its ids are the leads of the boundary if the list is in creation order, otherwise the last
        leads that were read. One of them, or of the anchors, must be found.
        """
        self.frontier = self.reached = frontier
        self.boundary = boundary
        self.known = dict.fromkeys(ids, boundary)
        self.ordered = self.complete = is_ordered
        self.low = boundary if is_ordered else EVER
        # A page that does not overlap cannot show that this is the list.
        overlaps = is_ordered and join in (Join.TIME, Join.ID)
        self.join = join if overlaps else Join.ID
        # If rows are hidden, a page from an earlier position may end before the last leads.
        latest = max(0, frontier - max(1, min(OVERLAP, self.limit // 2)))
        self.start = self.sure = max(self.start, latest) if overlaps else latest
        self.anchors = anchors
        anchors.expect(ids, only=not is_ordered)

    @property
    def overlaps(self) -> bool:
        """Whether all pages overlap."""
        return self.limit >= SMALLEST_OVERLAPPING_LIMIT

    @property
    def overlap(self) -> int:
        """The expected number of positions by which each page after the next one overlaps."""
        # The least overlap is the last lead and the one before it.
        return max(2, self.frontier - self.start) if self.overlaps else 0

    def joins(self, start: int, page: DecodedPage[LeadT]) -> bool:
        """Return whether a page joins the leads that were read, so that no lead is missed."""
        if self.ordered and self.low > EVER and page.times is None:
            # The list is in another order: its time no longer shows that a lead was read.
            self.ordered = self.complete = False
            self.low = EVER
        is_found = self._is_found_on(page)
        self.is_lost = not is_found and (self.is_lost or start == 0)
        if not is_found:
            return False
        times = self._times(page)
        if start == 0:
            return True
        if times and times[0] < self.boundary:
            # Without an overlap, the lead may be new: the list may be in another order.
            return self.overlaps or start < self.frontier or page.has_any(self.known)
        if self.join is Join.NEW:
            return times is None or not any(map(self._was_read, page.leads))
        if self.join is Join.TIME and times is not None:
            return False
        self.is_disordered = self.is_disordered or (
            self.by_creation and is_in_another_order(self.known, page)
        )
        is_trusted = self.join is Join.TRUST or self.is_disordered or not self.complete
        return is_trusted or any(map(self._was_read, page.leads[:1]))

    def new_leads(self, page: DecodedPage[LeadT]) -> list[LeadT]:
        """Return the leads of a page that joins which were not read before."""
        leads, times = page.leads, self._times(page)
        if not self.complete:
            # The leads before the first known one were read, and their ids were not kept.
            first = next((i for i, lead in enumerate(leads) if lead.id in self.known), 0)
            new = list(filterfalse(self._was_read, leads[first:]))
        else:
            # Leads later than the boundary are new, so only the others are looked up.
            later = len(leads) if times is None else bisect_right(times, self.boundary)
            new = [*filterfalse(self._was_read, leads[:later]), *leads[later:]]
        # Some lists contain a lead twice.
        return list({lead.id: lead for lead in new}.values())

    def advance(
        self,
        start: int,
        page: DecodedPage[LeadT],
        new_leads: list[LeadT],
        frontier: int,
        *,
        can_grow: bool = False,
    ) -> None:
        """Record a page that joins as read.

        Args:
            start: The position of the page.
            page: The part of the page that was read.
            new_leads: The leads of that part that were not read before.
            frontier: The position after that part.
            can_grow: Whether a larger page can be requested.
        """
        self._record_move(start, page, new_leads, frontier)
        is_repeated = not new_leads or start < self.frontier
        self.ordered = self.ordered and page.times is not None
        self.frontier = frontier
        self.steps_back = 0
        self.needs_larger = not new_leads
        self._choose_next(start, page, is_repeated=is_repeated, can_grow=can_grow)
        self._remember(page, min(page.index(max(0, self.sure - start)), len(page.leads)))
        self.anchors.add(new_leads)

    def step_back(self, rows: int) -> None:
        """Begin the next page half a page earlier, and twice as far at each further step.

        Args:
            rows: The number of rows of a page.
        """
        if self.start > self.sure:
            self._top = self.start
            self.start = (self.sure + self.start) // 2 if self.needs_larger else self.sure
            self.join = Join.TIME if self.join is Join.NEW else self.join
            return
        self.start = self.sure = max(0, self.start - max(1, rows // 2) * 2**self.steps_back)
        self.steps_back += 1

    def search_on(self, end: int, *, more: bool) -> None:
        """Begin the next page at the end of one that does not show the place of the trail.

        Raises:
            PaginationError: The list contains none of the leads that were read last.
        """
        if not more or end >= self.frontier + LARGEST_PAGE:
            raise PaginationError(
                "the list contains none of the leads at which the walk continues: they were "
                "deleted or archived, or resume_from is a checkpoint of another account; "
                "start again without resume_from"
            )
        self.start = self.sure = end
        self.steps_back += 1

    def _is_found_on(self, page: DecodedPage[LeadT]) -> bool:
        """Return whether a page shows that this is the list, and the place, of the trail."""
        if not self.anchors.are_on(page):
            return False
        if self.complete or self.join in (Join.TRUST, Join.NEW):
            return True
        return page.has_any(self.known)

    def _times(self, page: DecodedPage[LeadT]) -> list[dt.datetime] | None:
        return page.times if self.ordered else None

    def _was_read(self, lead: Lead) -> bool:
        return lead.id in self.known or (lead.add_time is not None and lead.add_time < self.low)

    def _record_move(
        self, start: int, page: DecodedPage[LeadT], new_leads: list[LeadT], frontier: int
    ) -> None:
        """Record how far the list moved up since the last page with new leads."""
        if not new_leads:
            self._margin.forget_moves()
            return
        first = next((i for i, lead in enumerate(page.leads) if lead is new_leads[0]), 0)
        hides_rows = frontier - start > page.rows
        self._margin.record(0 if hides_rows else self.reached - start - page.row(first))
        self.reached = frontier
        self._top = 0

    def _choose_next(
        self, start: int, page: DecodedPage[LeadT], *, is_repeated: bool, can_grow: bool
    ) -> None:
        """Choose where the next page begins, and the condition under which it joins."""
        row = self._row_before_latest(start, page)
        hides_rows = self.frontier - start > page.rows
        if not self.overlaps and not (is_repeated and self.ordered):
            self.start, self.sure = self.frontier, start + (row or 0)
            self.join = Join.NEW if self.ordered else Join.TRUST
        elif row:
            self.sure, self.join = start + row, Join.TIME
            self.start = self._start_of_overlap(start, page, row)
        elif row is not None and can_grow:
            self.start = self.sure = start
            self.join, self.needs_larger = Join.TIME, True
        elif hides_rows and page.leads and self.needs_larger and not can_grow:
            self._look_behind_hidden_rows(start, Join.ID if row is None else Join.TIME)
        else:
            self._overlap_by_id(start, page)

    def _row_before_latest(self, start: int, page: DecodedPage[LeadT]) -> int | None:
        """Return the row of the last lead before those of the latest time.

        Position 0 is as good as such a lead. None if there is neither.
        """
        times = self._times(page)
        older = bisect_left(times, times[-1]) if times else 0
        if older:
            return page.row(older - 1)
        return 0 if times is not None and start == 0 else None

    def _start_of_overlap(self, start: int, page: DecodedPage[LeadT], row: int) -> int:
        """Return the start of a page that joins by time, as the list is expected to move."""
        covered = self.frontier - start
        if covered > page.rows:
            # The lead of this row stands after `start + row`, depending on where rows are hidden.
            return max(start + row, self.frontier - 2 * (page.rows - row) * covered // page.rows)
        index = page.index(row)
        latest = len(page.leads) - index - 1
        times = self._times(page) or []
        before = index + 1 - bisect_left(times, times[index])
        return max(0, start + row - self._margin.rows(row, more_ties=before - latest))

    def _look_behind_hidden_rows(self, start: int, join: Join) -> None:
        """Begin the next page between the last one, which was too early, and one too late."""
        top = min(self._top or self.frontier, self.frontier)
        if top - start > 1:
            self.start, self.sure, self.join = (start + top) // 2, start, join
        else:
            self.start = self.sure = self.frontier
            self.join = Join.TRUST

    def _overlap_by_id(self, start: int, page: DecodedPage[LeadT]) -> None:
        count = len(page.leads)
        row = page.row(max(count - 1 - min(OVERLAP, self.limit // 2), count // 2)) if count else 0
        if row > 0 and self.overlaps and not self.is_disordered:
            self.start = self.sure = start + row
            self.join = Join.ID
        else:
            self.start = self.sure = self.frontier
            self.join = Join.TRUST

    def _remember(self, page: DecodedPage[LeadT], first: int) -> None:
        """Add leads to `known`, and remove those that came before `leads[first]`."""
        leads, times = page.leads, self._times(page)
        if not times:
            # Unknown leads at the top that are older than `low` came before all known ones.
            rest = dropwhile(lambda each: self._was_read(each) and each.id not in self.known, leads)
            added = dict.fromkeys([lead.id for lead in rest], self.boundary)
            self.known = add_in_order(self.known, added)
        else:
            if times[-1] >= self.boundary:
                self.boundary = times[-1]
                if first > 0 and self.overlaps:
                    # Leads with the time of leads[first - 1] may continue after `first`. All of
                    # them stay known if that is the boundary. Otherwise they are older than the
                    # boundary, and need no ids.
                    later = bisect_right(times, times[first - 1])
                    self._forget(times[min(later, len(times) - 1)])
            kept = bisect_left(times, self.low)
            added = {lead.id: time for lead, time in zip(leads[kept:], times[kept:], strict=True)}
            self.known = add_in_order(self.known, added)
        for error in page.errors.values():
            if error.lead_id is not None:
                self.known[error.lead_id] = self.boundary

    def _forget(self, low: dt.datetime) -> None:
        if low > self.low:
            self.low = low
            self.known = {key: time for key, time in self.known.items() if time >= low}
