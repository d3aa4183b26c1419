"""The watch behind `watch_leads`: each pass reads the leads that changed since the last one."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final, Generic, TypeAlias

import attrs

from ..._http.caller import Caller
from ..._http.reference import GET_LEADS
from ..._shared import callbacks
from ..._shared.bounded import BoundedDict
from ..._shared.log import log, shown
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ..._walk.walk import Walk
from ...errors import (
    AuthUnavailableError,
    DecodeError,
    PaginationError,
    PipedriveError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from ...models import Lead, LeadPage
from ...models._lead import LeadT
from ...webhooks import LeadChanges, LeadCreated, LeadUpdated
from ...webhooks._events import make_checkpoint_late
from ..lists.lead_filters import LeadFilters
from ..lists.walks import fetch_page, start_walk
from ..log_context import log_context
from ..responses import LeadsResponse
from .place import LATEST, MARGIN, Place, is_ahead, read_from
from .seen import changed_at, microseconds, time_of

PASSING: Final = (
    TransportError,
    ServerError,
    RateLimitedError,
    UnexpectedResponseError,
    AuthUnavailableError,
)
"""The errors after which a watch continues with its next pass."""

_IDS: Final = uuid.UUID("d4b6b8a2-6f0c-4c53-9a57-1c3f6f0a8f4e")
"""The namespace of the ids of events."""

_FIRST_LEADS: Final = 10
"""The number of leads of the first request. Some may be malformed, or changed in the future."""

_Event: TypeAlias = LeadCreated[LeadT] | LeadUpdated[LeadT]


@attrs.frozen(kw_only=True)
class WatchOptions:
    """The options of a watch; `watch_leads` documents them.

    Attributes:
        filters: The filters, without `updated_since` and `sort`.
        since: The time or the place from which the watch reads; None for now.
        every: The seconds from the start of a pass to that of the next; None for one pass.
        on_malformed: Called with the error of a lead that cannot be decoded.
    """

    filters: LeadFilters
    since: Place | dt.datetime | None = None
    every: float | None = None
    on_malformed: Callable[[DecodeError], object] | None = None


class Watch(Generic[LeadT]):
    """One watch of the list of leads; it can be used once."""

    _clock = staticmethod(time.time)

    def __init__(self, caller: Caller, lead_type: type[LeadT], options: WatchOptions) -> None:
        self._caller = caller
        self._lead_type = lead_type
        self._options = options
        self._place = options.since if isinstance(options.since, Place) else None
        self._walk: Walk[LeadT] | None = None
        self._has_read_page = self._is_found = False
        self._late_error: PipedriveError | None = None
        self._started = self._next_start = 0.0
        self._is_over = False
        self._reported: BoundedDict[tuple[str | None, int], None] = BoundedDict()

    async def events(self) -> AsyncGenerator[_Event[LeadT], None]:
        """Yield the events one by one."""
        try:
            while (changes := await self._next_changes()) is not None:
                for event in changes.events:
                    yield event
        finally:
            await self._drop_walk()

    async def pages(self) -> AsyncGenerator[LeadChanges[LeadT], None]:
        """Yield the changes of each page, and at least once a pass."""
        try:
            while (changes := await self._next_changes()) is not None:
                yield changes
        finally:
            await self._drop_walk()

    async def _next_changes(self) -> LeadChanges[LeadT] | None:
        while not self._is_over:
            await self._wait_for_pass()
            try:
                return await self._read()
            except PipedriveError as error:
                await self._drop_walk()
                self._handle(error)
        return None

    async def _wait_for_pass(self) -> None:
        """Wait for the start of the next pass, unless a pass is in progress."""
        if self._walk is not None:
            return
        clock = asyncio.get_running_loop().time
        wait = self._next_start - clock()
        if wait > 0:
            await self._caller.sleep(wait)
        self._started = clock()

    async def _read(self) -> LeadChanges[LeadT]:
        """Read a page, and return its events; the last page also ends the pass."""
        place = self._place = self._place or await self._begin()
        walk = self._walk = self._walk or self._start_walk(place)
        events: list[_Event[LeadT]] = []
        while (page := await self._next_page(walk, has_events=bool(events))) is not None:
            events += self._events(place, page)
            place.end_page(page.checkpoint or "")
            self._has_read_page = self._is_found = True
            # The last page ends the pass without a further request.
            if page.more_items_in_collection:
                return LeadChanges(events=tuple(events), checkpoint=place.to_text())
        if self._late_error is None:
            await self._end_pass(place)
        return LeadChanges(events=tuple(events), checkpoint=place.to_text())

    async def _next_page(self, walk: Walk[LeadT], *, has_events: bool) -> LeadPage[LeadT] | None:
        """Return the next page; an error after events is raised by the next call."""
        error, self._late_error = self._late_error, None
        if error is not None:
            raise error
        try:
            return await walk.next_page()
        except PipedriveError as late:
            if not has_events:
                raise
            self._late_error = late
            return None

    async def _end_pass(self, place: Place) -> None:
        place.end_pass()
        await self._drop_walk()
        every = self._options.every
        self._is_over = every is None
        self._next_start = self._started + (every or 0.0)

    async def _drop_walk(self) -> None:
        walk, self._walk = self._walk, None
        if walk is not None:
            await walk.aclose()

    # The walks

    async def _begin(self) -> Place:
        """Request the latest changes, and return the place of a new watch.

        The filters are not sent: the server's time is needed even if no lead matches them.
        """
        query = LeadFilters(sort="update_time DESC").query()
        response = await fetch_page(
            self._caller, Lead, GET_LEADS, query, start=0, limit=_FIRST_LEADS
        )
        page = await response.decode()
        since, date = self._options.since, _date_of(response)
        now = self._now() if date is None else date
        times = [time for time in map(changed_at, page.leads) if not is_ahead(time, now)]
        newest = max(times, default=None)
        place = Place(self._options.filters.digest(), newest=newest, latest=newest)
        if isinstance(since, dt.datetime):
            place.since = min(microseconds(since), LATEST)
            place.begin = place.since if place.since > MARGIN else None
        elif page.rows:
            place.since = now * 1_000_000 if newest is None else newest
            place.includes_since = False
            place.begin = newest
        return place

    def _start_walk(self, place: Place) -> Walk[LeadT]:
        """Return the walk of a pass, from the start of the pass or from its checkpoint."""
        self._is_found = place.walk is None
        since = None if place.begin is None else time_of(read_from(place.begin))
        filters = attrs.evolve(self._options.filters, updated_since=since)
        now = self._now()
        options = WalkOptions(
            prefetch=0,  # nothing is read while the consumer works
            resume_from=place.walk,
            on_malformed=self._report if self._options.on_malformed else None,
        )

        def begin_pass(response: LeadsResponse[LeadT]) -> None:
            place.begin_pass(_date_of(response), now)

        return start_walk(
            self._caller, self._lead_type, LISTS[None], filters, options, on_page=begin_pass
        )

    def _now(self) -> int:
        return int(self._clock())

    # The leads

    def _events(self, place: Place, page: LeadPage[LeadT]) -> list[_Event[LeadT]]:
        """Return the events of a page, each with the checkpoint after it.

        The events share the text of the place before the page, which has 20 characters for each
        lead that was seen.
        """
        events: list[_Event[LeadT]] = []
        start, entries = place.to_text(), list[str]()
        for lead in page.leads:
            is_event, is_new, entry = place.add(lead)
            entries.append(entry)
            if is_event:
                event = _event(lead, is_new=is_new)
                make_checkpoint_late(event, partial(_checkpoint, start, entries, len(entries)))
                events.append(event)
        return events

    def _report(self, error: DecodeError) -> None:
        """Report a lead that cannot be decoded; only once, although several passes may read it."""
        key = (error.lead_id, hash(str(error.raw)))
        if self._options.on_malformed is not None and key not in self._reported:
            self._reported[key] = None
            callbacks.call("on_malformed", self._options.on_malformed, error)

    # Errors

    def _handle(self, error: PipedriveError) -> None:
        """Raise an error with the checkpoint, unless the watch continues after it."""
        place, every = self._place, self._options.every
        now = asyncio.get_running_loop().time()
        context = log_context(self._caller, GET_LEADS.id, error)
        if isinstance(error, PaginationError) and place and not self._is_found:
            place.walk = None  # the pass can only be read from its start
            if self._has_read_page:
                self._next_start = now
                log.warning(
                    "watch: the place in the list is lost: reading the list from its start",
                    extra=context,
                )
                return
        if every is not None and isinstance(error, PASSING):
            wait = getattr(error, "retry_after", None) or 0.0
            self._next_start = max(self._started + every, now + wait)
            pause = self._next_start - now
            log.warning("watch: %s: reading again in %s", error, shown(pause), extra=context)
            return
        error.checkpoint = place.to_text() if place else None
        raise error


def _checkpoint(start: str, entries: list[str], count: int) -> str:
    return start + "".join(entries[:count])


def _event(lead: LeadT, *, is_new: bool) -> _Event[LeadT]:
    time = changed_at(lead)
    fields: dict[str, Any] = {
        "id": str(uuid.uuid5(_IDS, f"{lead.id.lower()} {time}")),
        "lead_id": lead.id,
        "timestamp": time_of(time),
    }
    return LeadCreated(lead=lead, **fields) if is_new else LeadUpdated(lead=lead, **fields)


def _date_of(response: LeadsResponse[Any]) -> int | None:
    """Return the `Date` of a response in seconds since 1970; None if it has none."""
    try:
        return int(parsedate_to_datetime(response.response.headers.get("date", "")).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None
