"""The place of a watch: its pass, the place of its walk, and the leads that it has seen."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import attrs

from ...errors import InvalidRequestError
from ...models import Lead
from .seen import Seen, changed_at, microseconds

_VERSION: Final = "w1"

LONGEST: Final = 8 << 20
"""The maximum number of characters of a checkpoint, which is parsed in one step."""

MARGIN: Final = 60_000_000
"""The microseconds after which each change is visible in the list.

A change can become visible later than its `update_time`, so each pass begins that much earlier.
"""

LATEST: Final = 253_370_764_799_999_999
"""The last microsecond of the year 9998, counted from 1970."""


def is_ahead(time: int, date: int) -> bool:
    """Return whether a time in microseconds is after a second of a clock."""
    return time >= (date + 1) * 1_000_000


def read_from(begin: int) -> int:
    """Return the time from which a pass with this `begin` reads. Requests contain whole seconds."""
    return (begin - MARGIN) // 1_000_000 * 1_000_000


@attrs.frozen
class Mark:
    """One moment before the start of a pass, on three clocks.

    Attributes:
        date: The `Date` of a response, in seconds.
        clock: The clock of this machine, in seconds.
        newest: A time of the clock of `update_time`, in microseconds.
    """

    date: int
    clock: int
    newest: int

    def newest_at(self, date: int, clock: int) -> int:
        """Return a later time of the clock of `update_time`.

        It is estimated from the seconds that have passed on the other two clocks. The smaller
        number is used, so that no change is lost while one of them is wrong.
        """
        passed = min(date - self.date, clock - self.clock)
        return min(self.newest + passed * 1_000_000, LATEST)


@attrs.define
class Place:
    """The place of a watch. All times are in microseconds since 1970, by the server's clock.

    A pass reads the leads that changed since `begin`, which is before the start of the previous
    pass. So a change that became visible too late for one pass is found by the next.

    Attributes:
        filters: A digest of the filters.
        since: The time after which a lead is new. Earlier changes are not events.
        includes_since: Whether a change at `since` is an event.
        begin: The time from which the pass reads, None for all leads.
        newest: A time before the start of the pass; None if it is not known, because there were
            no leads.
        latest: The time of the latest change in this and all earlier passes, without changes in
            the future.
        date: The `Date` of the first response of the pass, in seconds; if it has none, the time
            of this machine.
        mark: The time before the start of the last pass whose response had a `Date`.
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
    date: int = 0
    mark: Mark | None = None
    is_begun: bool = False
    walk: str | None = None
    seen: Seen = attrs.field(factory=Seen)

    def begin_pass(self, date: int | None, clock: int) -> None:
        """Record the first response of a pass.

        Args:
            date: The `Date` of the response, in seconds; None if it has none.
            clock: The time of this machine before the request, in seconds.
        """
        if self.is_begun:
            return
        self.is_begun, self.date = True, clock if date is None else date
        if date is None or self.newest is None:
            return
        if self.mark is not None:
            self.newest = max(self.newest, self.mark.newest_at(date, clock))
        self.mark = Mark(date, clock, self.newest)

    def add(self, lead: Lead) -> tuple[bool, bool, str]:
        """Record that a lead was read.

        Returns:
            Whether the change is an event, whether the lead is new, and the text to append to the
            checkpoint.
        """
        before, entry = self.seen.add(lead)
        time = changed_at(lead)
        if not is_ahead(time, self.date):
            self.latest = max(self.latest or time, time)
        if before == time:
            return False, False, ""
        is_event = time > self.since or (self.includes_since and time == self.since)
        if self.begin is not None and time < read_from(self.begin):
            is_event = False  # the server has ignored `updated_since`
        return is_event, before is None and self._is_new(lead), entry

    def _is_new(self, lead: Lead) -> bool:
        """Return whether an unseen lead was added since, and has not only entered the list."""
        after = self.since if self.begin is None else max(self.since, self.begin - MARGIN)
        return lead.add_time is not None and microseconds(lead.add_time) > after

    def end_page(self, walk: str) -> None:
        """Record that a page was read."""
        self.walk = walk
        if self.newest is not None:
            self.seen.end_page(read_from(self.newest))

    def end_pass(self) -> None:
        """Record that a pass has ended."""
        self.begin, self.walk, self.is_begun = self.newest, None, False
        self.seen.end_pass(-LATEST if self.begin is None else read_from(self.begin))
        if self.latest is not None:
            self.newest = max(self.newest or self.latest, self.latest)

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
            None if self.mark is None else attrs.astuple(self.mark),
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
            InvalidRequestError: The text is not a checkpoint, or is that of other filters.
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
            mark,
            bool(is_begun),
            str() | None as walk,
        ]:
            place = Place(filters, since, includes_since, begin, newest, latest, date or 0)
            place = attrs.evolve(place, mark=_mark(mark), is_begun=is_begun, walk=walk, seen=seen)
            times = since, begin or 0, newest or 0, latest or 0
            return place if all(abs(time) <= LATEST for time in times) else None
        case _:
            return None


def _mark(value: object) -> Mark | None:
    """Return the mark of a checkpoint; None for the list of pairs that version 0.1.0 wrote."""
    match value:
        case [int(date), int(clock), int(newest)] if abs(newest) <= LATEST:
            return Mark(date, clock, newest)
        case _:
            return None
