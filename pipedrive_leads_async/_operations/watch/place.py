"""The place of a watch: its pass, the place of the walk, and the leads it has seen."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any, Final, cast

import attrs

from ...errors import InvalidRequestError
from ...models import Lead
from .seen import Seen, changed_at, microseconds

_VERSION: Final = "w1"

LONGEST: Final = 8 << 20
"""The characters of a checkpoint at most. It is parsed in one step, and may come from outside."""

MARGIN: Final = 60_000_000
"""The microseconds after which each change is visible in the list.

A change can become visible later than its `update_time`, so each pass begins that much earlier.
"""

_YEAR_9999: Final = 253_370_764_800_000_000
"""Its first microsecond, counted from 1970."""

_MARKS: Final = 16
"""The marks that are kept at most; of the older half, every second one is then dropped."""


def _before_jump(marks: list[tuple[int, int]], date: int) -> list[tuple[int, int]]:
    """Return the marks that were right, after a date that is lower than the last of them.

    The dates became wrong at the largest step between two recent ones.
    """
    recent = marks[-_MARKS // 2 :]
    steps = [(after[0] - before[0], -after[0]) for before, after in pairwise(recent)]
    first_wrong = -max(steps)[1] if steps else date + 1
    return [mark for mark in marks if mark[0] <= date and mark[0] < first_wrong]


def is_ahead(time: int, date: int | None) -> bool:
    """Return whether a time is later than the server's clock, which shows a date in seconds."""
    return time >= (_YEAR_9999 if date is None else (date + 1) * 1_000_000)


def read_from(begin: int) -> int:
    """Return the time from which a pass with this beginning reads: whole seconds, as sent."""
    return (begin - MARGIN) // 1_000_000 * 1_000_000


@attrs.define
class Place:
    """The place of a watch. All times are in microseconds since 1970, by the server's clock.

    A pass reads the leads that changed since `begin`, which is a time before the start of the
    pass before. So a change that was too late for a pass is found by the next one. It is the time
    before the start of the second last pass if that is known: the date of the last response may
    be ahead, and only the date of the next one shows it.

    Attributes:
        filters: A digest of the filters.
        since: The time after which a lead is new. Changes before it are no events.
        includes_since: Whether a change at `since` is an event.
        begin: The time from which the pass reads, None for all leads.
        newest: A time before the start of the pass; None if it is not known, because there were
            no leads.
        latest: The time of the latest change in this pass and those before. A change that is
            later than the server's clock does not count.
        date: The `Date` of the first response of the pass, in seconds.
        marks: The dates of earlier passes, in ascending order, each with the `newest` of its pass.
        is_begun: Whether the pass has received a response.
        walk: The checkpoint of the walk, None at the start of a pass.
        seen: The leads that the pass, or the next one, can meet again.
    """

    filters: str
    since: int = 0
    includes_since: bool = True
    begin: int | None = None
    newest: int | None = None
    latest: int | None = None
    date: int | None = None
    marks: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]])
    is_begun: bool = False
    walk: str | None = None
    seen: Seen = attrs.field(factory=Seen)

    def begin_pass(self, date: int | None) -> None:
        """Record the first response of a pass, with its `Date` in seconds if it has one.

        The server's clock goes on if nothing changes. Its time is estimated from the seconds
        between the first responses of two passes, because their dates may be of another clock.

        If a date is lower than earlier ones, they were ahead. If this pass reads from one of
        them, which was still to come, the next pass reads from the mark before them.
        """
        if self.is_begun:
            return
        self.is_begun, self.date = True, date
        if date is None or self.newest is None:
            return
        right = self.marks
        if right and date < right[-1][0]:
            self.marks = _before_jump(right, date) or [(date, self.marks[0][1])]
            self.newest, self.latest = self.marks[-1][1], None
            if self.begin is not None and self.begin > self.newest:
                return
            right = self.marks
        if right:
            last_date, last_newest = right[-1]
            estimate = last_newest + (date - last_date) * 1_000_000
            self.newest = min(max(self.newest, estimate), _YEAR_9999 - 1)
        self.marks.append((date, self.newest))
        if len(self.marks) > _MARKS:
            self.marks[: _MARKS // 2] = self.marks[: _MARKS // 2 : 2]

    def add(self, lead: Lead) -> tuple[bool, bool, str]:
        """Record that a lead was read.

        Returns:
            Whether its state is an event, whether the lead is new, and the text to append to the
            checkpoint.
        """
        before, entry = self.seen.add(lead)
        time = changed_at(lead)
        if not is_ahead(time, self.date):
            self.latest = max(self.latest or time, time)
        if before == time:
            return False, False, ""
        is_event = time > self.since or (self.includes_since and time == self.since)
        return is_event, before is None and self._is_new(lead), entry

    def _is_new(self, lead: Lead) -> bool:
        """Return whether a lead that was not seen was added, and did not only come into view."""
        after = self.since if self.begin is None else max(self.since, self.begin - MARGIN)
        return lead.add_time is not None and microseconds(lead.add_time) > after

    def end_page(self, walk: str) -> None:
        """Record that a page was read."""
        self.walk = walk
        if self.newest is not None:
            self.seen.end_page(read_from(self._lowest(self.newest)))

    def end_pass(self) -> None:
        """Record that a pass has ended."""
        newest = self.newest
        self.seen.end_pass(-_YEAR_9999 if newest is None else read_from(self._lowest(newest)))
        self.begin, self.walk, self.is_begun = self._next_begin(), None, False
        if self.latest is not None:
            self.newest = max(self.newest or self.latest, self.latest)

    def _next_begin(self) -> int | None:
        """Return the time from which the next pass reads."""
        is_marked = self.marks[1:] and self.marks[-1] == (self.date, self.newest)
        return self.marks[-2][1] if is_marked else self.newest

    def _lowest(self, newest: int) -> int:
        """Return the time from which the next passes read, also if the last date was ahead."""
        return min([newest, *(mark[1] for mark in self.marks[-3:])])

    def to_text(self) -> str:
        """Return the checkpoint of the place; the texts of `add` can be appended to it."""
        state = [
            self.filters,
            self.since,
            self.includes_since,
            self.begin,
            self.newest,
            self.latest,
            self.date,
            self.marks,
            self.is_begun,
            self.walk,
        ]
        body = base64.urlsafe_b64encode(json.dumps(state, separators=(",", ":")).encode()).decode()
        return f"{_VERSION}.{body}.{self.seen.to_text()}"

    @classmethod
    def from_text(cls, text: str, filters: str) -> Place:
        """Parse a checkpoint.

        Args:
            text: The checkpoint.
            filters: The digest of the filters of the new watch.

        Raises:
            InvalidRequestError: The text is no checkpoint, or that of a watch with other filters.
        """
        place = _parse(text)
        if place is None:
            raise InvalidRequestError(
                "since is not a checkpoint: pass the unchanged checkpoint of an event, of a "
                "LeadChanges or of an error of a watch, or an aware datetime"
            )
        if place.filters != filters:
            raise InvalidRequestError(
                "since is the checkpoint of a watch with other filters: pass the filters of that "
                "watch"
            )
        return place


def _parse(text: str) -> Place | None:
    version, _, rest = text.partition(".")
    body, dot, seen = rest.partition(".")
    if version != _VERSION or not dot or len(text) > LONGEST:
        return None
    try:
        state: Any = json.loads(base64.b64decode(body, altchars=b"-_", validate=True))
        return _place(state, Seen.from_text(seen))
    except (ValueError, RecursionError):
        return None


def _place(state: Any, seen: Seen) -> Place | None:
    match state:
        case [
            str(filters),
            int(since),
            bool(includes_since),
            int() | None as begin,
            int() | None as newest,
            int() | None as latest,
            int() | None as date,
            rows,
            bool(is_begun),
            str() | None as walk,
        ]:
            marks = _marks(rows)
            times = since, begin or 0, newest or 0, latest or 0, *(mark[1] for mark in marks)
            if not all(-_YEAR_9999 < time < _YEAR_9999 for time in times):
                return None
            place = Place(filters, since, includes_since, begin, newest, latest, date, marks)
            return attrs.evolve(place, is_begun=is_begun, walk=walk, seen=seen)
        case _:
            return None


def _marks(rows: object) -> list[tuple[int, int]]:
    marks: list[tuple[int, int]] = []
    for row in cast("Any", rows) if isinstance(rows, list) else [rows]:
        match row:
            case [int(date), int(newest)]:
                marks.append((date, newest))
            case _:
                raise ValueError("a mark is not two numbers")
    return marks
