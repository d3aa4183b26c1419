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
- A page *joins* if it is the first page of the walk, if it begins at position 0, or if its first
  lead is older than the boundary.

Assumptions:

- A page is a contiguous part of the list as it was at one moment.
- The list is sorted by `add_time`, which never changes. Leads with equal times come in any order,
  and their order may change.

**No lead that stays is missed.** After each page that joins, this claim is true: every lead that
stays and is older than the boundary was read. The proof goes from page to page:

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
end between two of them. So the next page reads all leads with the time of the boundary again.

**No lead is repeated.** Each lead that was read is in `known` or older than `low`: `low` only
rises, and `known` contains every lead that was read and is not older than `low`. The walk yields
none of these leads again. No lead that stays is lost by that: `low` is never later than the
boundary, so by the claim above, every lead that stays and is older than `low` was read.

Neither proof depends on the time at which a page is fetched, so pages can be fetched ahead.
Neither depends on the process that fetches it, so another process can resume from a checkpoint.

**Limits.** The proof needs creation times. If the list has another order, or if times are missing
or not ascending, the walk keeps every id, and a page joins if it contains any lead that was read.
The same condition applies if leads of one `add_time` fill half of the previous page. Pages of
fewer than 50 leads do not overlap at all, and a page does not overlap the previous one if more
than half of the rows of that are hidden, or if all rows of its second half are malformed. In these
cases no lead is repeated, but one may be missed.
"""

from __future__ import annotations

import datetime as dt
import enum
from bisect import bisect_left, bisect_right
from itertools import filterfalse
from typing import Final

import attrs

from ..models import Lead
from ..models._lead import LeadT
from .pages import DecodedPage

OVERLAP: Final = 20
"""How many leads are read again, besides those with the latest `add_time`.

If at most this many leads are removed between two pages, the second page joins without a step
back. With 500 leads a page, the overlap costs one request in 10,000 leads.
"""

SMALLEST_OVERLAPPING_LIMIT: Final = 50
"""The smallest page size with an overlap: it would be most of a smaller page."""

EVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
"""A time before every creation time."""


class Join(enum.StrEnum):
    """The condition under which the next page joins."""

    TIME = "time"
    """Its first lead is older than the boundary, as the proof above requires."""
    ID = "id"
    """It contains a lead that was read."""
    TRUST = "trust"
    """None: it is the first page, or it does not overlap the previous one."""


@attrs.define(kw_only=True)
class Trail:
    """The leads that a walk has read, as a few ids and times if the list is in creation order.

    Attributes:
        overlaps: Whether pages overlap.
        ordered: Whether the list is in creation order, as far as it was read.
        start: The position of the next page.
        frontier: The position after the leads that were read.
        join: The condition under which the next page joins.
        boundary: The latest creation time of the leads that were read.
        low: A time: all older leads were read, or stand before the start of the walk.
        known: The leads that were read and are not older than `low`: ids with creation times.
        overlap: How many positions before the frontier the last overlapping page was to begin.
        steps_back: The number of steps back since the last page that joined.
        reached: The frontier after the last page with new leads.
    """

    overlaps: bool
    ordered: bool
    start: int
    frontier: int
    join: Join = Join.TRUST
    boundary: dt.datetime = EVER
    low: dt.datetime = EVER
    known: dict[str, dt.datetime] = attrs.field(factory=dict[str, dt.datetime])
    overlap: int = attrs.field(init=False)
    steps_back: int = attrs.field(default=0, init=False)
    reached: int = attrs.field(init=False)
    _moves: tuple[int, int] = attrs.field(default=(0, 0), init=False)

    def __attrs_post_init__(self) -> None:
        self.overlap = OVERLAP + 1 if self.overlaps else 0
        self.reached = self.frontier

    @classmethod
    def begin(cls, start: int, *, limit: int, ordered: bool) -> Trail:
        """Return the trail of a walk that has not read any lead yet."""
        overlaps = limit >= SMALLEST_OVERLAPPING_LIMIT
        return cls(overlaps=overlaps, ordered=ordered and overlaps, start=start, frontier=start)

    def joins(self, start: int, page: DecodedPage[LeadT]) -> bool:
        """Return whether a page joins the leads that were read, so that no lead is missed."""
        if start == 0 or self.join is Join.TRUST:
            return True
        times = self._times(page)
        if self.join is Join.TIME and times is not None:
            return bool(times) and times[0] < self.boundary
        return any(map(self._was_read, page.leads))

    def new_leads(self, page: DecodedPage[LeadT]) -> list[LeadT]:
        """Return the leads of a page that joins which were not read before."""
        leads, times = page.leads, self._times(page)
        if self.join is Join.ID:
            # An unknown lead before the first known one most likely stood there before.
            first = next((i for i, lead in enumerate(leads) if self._was_read(lead)), 0)
            new = list(filterfalse(self._was_read, leads[first:]))
        else:
            # Leads later than the boundary are new, so only the others are looked up.
            later = len(leads) if times is None else bisect_right(times, self.boundary)
            new = [*filterfalse(self._was_read, leads[:later]), *leads[later:]]
        # Some lists contain a lead twice.
        return list({lead.id: lead for lead in new}.values())

    def advance(
        self, start: int, page: DecodedPage[LeadT], new_leads: list[LeadT], frontier: int
    ) -> None:
        """Record a page that joins as read.

        Args:
            start: The position of the page.
            page: The part of the page that was read.
            new_leads: The leads of the whole page that were not read before.
            frontier: The position after that part.
        """
        self._record_move(start, page, new_leads, frontier)
        self.ordered = self.ordered and page.times is not None
        self.start = self.frontier = frontier
        self.join = Join.TRUST
        self.steps_back = 0
        if page.leads:
            anchor = self._anchor(page)
            first = page.index(anchor)
            times = self._times(page)
            self._remember(page.leads, times, first)
            # If the server hides more rows than it shows, an overlap may contain no lead.
            shows_most = anchor >= (frontier - start) // 2
            if self.overlaps and shows_most and first < len(page.leads):
                self.start = max(0, start + anchor - min(self._moves))
                self.overlap = frontier - self.start
                by_time = times is not None and times[first] < self.boundary
                self.join = Join.TIME if by_time else Join.ID
        for error in page.errors.values():
            if error.lead_id is not None:
                self.known[error.lead_id] = self.boundary

    def step_back(self, rows: int) -> None:
        """Begin the next page half a page earlier, and twice as far at each further step.

        Args:
            rows: The number of rows of a page.
        """
        self.start = max(0, self.start - max(1, rows // 2) * 2**self.steps_back)
        self.steps_back += 1

    def _times(self, page: DecodedPage[LeadT]) -> list[dt.datetime] | None:
        return page.times if self.ordered else None

    def _was_read(self, lead: Lead) -> bool:
        return lead.id in self.known or (lead.add_time is not None and lead.add_time < self.low)

    def _record_move(
        self, start: int, page: DecodedPage[LeadT], new_leads: list[LeadT], frontier: int
    ) -> None:
        """Record how far the list moved up since the last page with new leads.

        A consumer that deletes or archives each lead it gets makes the list move up by the same
        number of positions after each page. After two such moves, the next page is requested at
        the position where its first lead will be after a third one.
        """
        if new_leads:
            first = next((i for i, lead in enumerate(page.leads) if lead is new_leads[0]), 0)
            self._moves = (self._moves[1], max(0, self.reached - start - page.row(first)))
            self.reached = frontier
        else:
            self._moves = (0, 0)

    def _anchor(self, page: DecodedPage[LeadT]) -> int:
        """Return the first row to read again: in the second half, before the latest time."""
        half = page.rows - page.rows // 2
        times = self._times(page)
        last = len(page.leads) - 1
        latest = last if times is None else bisect_left(times, times[-1])
        if page.row(max(latest - 1, 0)) < half:
            latest = last  # too many leads have the latest time to read all of them again
        return max(page.row(max(latest - OVERLAP, 0)), half)

    def _remember(self, leads: list[LeadT], times: list[dt.datetime] | None, first: int) -> None:
        """Add leads to `known`, and remove those that came before `leads[first]`."""
        if times is None:
            self.known |= dict.fromkeys([lead.id for lead in leads], self.boundary)
            return
        if times[-1] >= self.boundary:
            self.boundary = times[-1]
            if first > 0:
                # Leads with the time of leads[first - 1] may continue after `first`. All of them
                # stay known if that is the boundary. Otherwise they are older than the boundary,
                # and need no ids.
                later = bisect_right(times, times[first - 1])
                self._forget(times[min(later, len(times) - 1)])
        kept = bisect_left(times, self.low)
        self.known |= {lead.id: time for lead, time in zip(leads[kept:], times[kept:], strict=True)}

    def _forget(self, low: dt.datetime) -> None:
        if low > self.low:
            self.low = low
            self.known = {key: time for key, time in self.known.items() if time >= low}
