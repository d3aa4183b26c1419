"""How far a walk has come in a list that changes underneath it, and why it misses nothing.

When a lead is deleted or archived, every lead behind it moves up one position; one of them
moves from the next page to the last one, where nobody looks any more. So a page begins a
little before the end of the last one, and counts only if it *joins* it. Where it does not,
the walk steps back until a page does.

Assumed is this. A page is a stretch of the list as it was at one moment. The list is in order
of `add_time`, which a lead never changes; leads of one instant come in any order. A lead
*stays* if every request of the walk finds it in the list. The *boundary* is the latest
`add_time` of what was passed.

**Nothing that stays is missed**, because after each page that joins, everything that stays and
is older than the boundary has been handed over:

- The first page begins where the walk does, and all that is older than its last lead is on it.
- A later page joins if it begins with a lead older than the boundary, or begins the list. Take
  a lead that stays, older than the page's last one. If it is older than the boundary, it was
  handed over before. If not, it stands behind the page's first lead and before its last one,
  so it is on the page, and is handed over now unless it was before. The later of the page's
  last lead and the boundary is the new boundary, and the sentence is true of it too.
- Behind the end of the list there is nothing, so with the last page it is true of all leads.

"Older", never "as old": so all leads of the boundary's own instant are read again in one page.

**Nothing is repeated**: what was handed over is in `known` or older than `low`, and neither is
handed over again. `low` only rises, and `known` keeps the ids of all that is not older. What
stays is not lost by it, because `low` never passes the boundary.

Neither argument asks when a page was read, so pages can be fetched ahead; nor by which process,
so a walk can go on from a checkpoint.

Where creation times do not carry this (another order; times that are missing or not in order),
every id is kept, and a page joins if it has a lead that was passed; so too where one instant
fills half a page. Small pages do not overlap at all. In these cases nothing is repeated either,
but something may be missed.
"""

from __future__ import annotations

import datetime as dt
import enum
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import filterfalse
from typing import Final, Generic

import attrs

from ..errors import DecodeError
from ..models import Lead
from ..models._lead import LeadT

OVERLAP: Final = 20
"""Leads read again beyond those of the last instant: this many can go before a step back.

With 500 leads a page it costs one request in 10,000 leads.
"""

SMALLEST_OVERLAPPING_LIMIT: Final = 50
"""Below it, the overlap would be most of a page."""

EVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Before every creation time."""


@attrs.frozen
class Decoded(Generic[LeadT]):
    """A page in the server's order.

    Attributes:
        leads: Its leads, without the rows that are malformed.
        errors: What is wrong with those, by their row, in order.
    """

    leads: list[LeadT]
    errors: Mapping[int, DecodeError] = attrs.field(factory=dict[int, DecodeError])

    @property
    def rows(self) -> int:
        """How many positions of the list the page covers."""
        return len(self.leads) + len(self.errors)

    @cached_property
    def times(self) -> list[dt.datetime] | None:
        """The creation times, None if one is missing or they are not in order."""
        times = [time for lead in self.leads if (time := lead.add_time) is not None]
        return times if len(times) == len(self.leads) and times == sorted(times) else None

    def row(self, index: int) -> int:
        """The row of `leads[index]`."""
        for malformed in self.errors:
            index += malformed <= index
        return index

    def index(self, row: int) -> int:
        """How many leads stand before a row."""
        return row - sum(malformed < row for malformed in self.errors)

    def before(self, row: int) -> Decoded[LeadT]:
        """The page as if it ended before a row."""
        errors = {i: error for i, error in self.errors.items() if i < row}
        return Decoded(self.leads[: self.index(row)], errors)


class Join(enum.StrEnum):
    """By what the next page is seen to join what was passed."""

    TIME = "time"
    """By a creation time before the boundary, as proved above."""
    ID = "id"
    """By a lead that was passed."""
    TRUST = "trust"
    """By nothing: it is the first page, or one that does not overlap the last."""


@attrs.define(kw_only=True)
class Trail:
    """What a walk knows of what it has passed: in creation order a few ids, however long it is.

    Attributes:
        overlaps: Whether pages overlap.
        ordered: Whether the list is in creation order, as far as it was seen.
        start: Where the next page begins.
        frontier: The position behind what was passed.
        join: By what the next page joins.
        boundary: The latest creation time that was passed.
        low: What is older was passed, or stands before the walk's start.
        known: What was passed and is not older than `low`: ids with creation times.
        overlap: How far the next page begins before the frontier, of late.
        steps_back: How often the walk stepped back since a page joined.
        reached: The frontier behind the last page that brought something.
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
        """The trail of a walk that has passed nothing yet."""
        overlaps = limit >= SMALLEST_OVERLAPPING_LIMIT
        return cls(overlaps=overlaps, ordered=ordered and overlaps, start=start, frontier=start)

    def joins(self, start: int, page: Decoded[LeadT]) -> bool:
        """Whether nothing can be missing between what was passed and this page."""
        if start == 0 or self.join is Join.TRUST:
            return True
        times = self._times(page)
        if self.join is Join.TIME and times is not None:
            return bool(times) and times[0] < self.boundary
        return any(map(self._is_passed, page.leads))

    def fresh(self, page: Decoded[LeadT]) -> list[LeadT]:
        """The leads of a page that joins that were not passed before."""
        leads, times = page.leads, self._times(page)
        if self.join is Join.ID:
            # An unknown lead before all that are known was most likely there before them.
            first = next((i for i, lead in enumerate(leads) if self._is_passed(lead)), 0)
            fresh = list(filterfalse(self._is_passed, leads[first:]))
        else:
            # Behind the boundary, all is new without a look.
            behind = len(leads) if times is None else bisect_right(times, self.boundary)
            fresh = [*filterfalse(self._is_passed, leads[:behind]), *leads[behind:]]
        # A page is a stretch of the list, but a list may show one lead in two places.
        return list({lead.id: lead for lead in fresh}.values())

    def advance(self, start: int, page: Decoded[LeadT], fresh: list[LeadT], frontier: int) -> None:
        """Pass a page that joins.

        Args:
            start: Where it was read.
            page: What of it is done with.
            fresh: Its leads that were not passed before.
            frontier: The position behind it.
        """
        self._measure(start, page, fresh, frontier)
        self.ordered = self.ordered and page.times is not None
        self.start = self.frontier = frontier
        self.join = Join.TRUST
        self.steps_back = 0
        if page.leads:
            anchor = self._anchor(page)
            first = page.index(anchor)
            times = self._times(page)
            self._remember(page.leads, times, first)
            # Where the server hides more rows than it shows, positions can only be followed.
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
        """Go back from a page that does not join: half a page, and twice as far each time.

        Args:
            rows: How many rows a page has.
        """
        self.start = max(0, self.start - max(1, rows // 2) * 2**self.steps_back)
        self.steps_back += 1

    def _times(self, page: Decoded[LeadT]) -> list[dt.datetime] | None:
        return page.times if self.ordered else None

    def _is_passed(self, lead: Lead) -> bool:
        return lead.id in self.known or (lead.add_time is not None and lead.add_time < self.low)

    def _measure(self, start: int, page: Decoded[LeadT], fresh: list[LeadT], frontier: int) -> None:
        """Note how far the list moved up since the last page that brought something.

        Whoever deletes or archives the leads that a walk gives makes the list move by as much
        after each page: what it did twice, it is expected to do again.
        """
        if fresh:
            first = next((i for i, lead in enumerate(page.leads) if lead is fresh[0]), 0)
            self._moves = (self._moves[1], max(0, self.reached - start - page.row(first)))
            self.reached = frontier
        else:
            self._moves = (0, 0)

    def _anchor(self, page: Decoded[LeadT]) -> int:
        """The row from which a page is read again: in its second half, before the last instant."""
        half = page.rows - page.rows // 2
        times = self._times(page)
        last = len(page.leads) - 1
        instant = last if times is None else bisect_left(times, times[-1])
        if page.row(max(instant - 1, 0)) < half:
            instant = last  # it fills half a page, and cannot be read again as a whole
        return max(page.row(max(instant - OVERLAP, 0)), half)

    def _remember(self, leads: list[LeadT], times: list[dt.datetime] | None, first: int) -> None:
        """Add leads to what is known, and forget what came before `leads[first]`."""
        if times is None:
            self.known |= dict.fromkeys([lead.id for lead in leads], self.boundary)
            return
        if times[-1] >= self.boundary:
            self.boundary = times[-1]
            if first > 0:
                # An instant that begins before the overlap is known as a whole if it is the
                # boundary's; any other is older than the boundary, and needs no ids.
                behind = bisect_right(times, times[first - 1])
                self._forget(times[min(behind, len(times) - 1)])
        kept = bisect_left(times, self.low)
        self.known |= {lead.id: time for lead, time in zip(leads[kept:], times[kept:], strict=True)}

    def _forget(self, low: dt.datetime) -> None:
        if low > self.low:
            self.low = low
            self.known = {key: time for key, time in self.known.items() if time >= low}
