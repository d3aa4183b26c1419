"""One process of a fleet: how it waits for its slots, and what it does without them.

A script that all of them run gives each request a slot, one pace after the other. To count what
was admitted, in a log or a bucket, would not do: a request arrives later than it is admitted, by
more or less, and so up to twice the limit arrives in one window.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import attrs

from .._codec.json import dumps
from .._limits.barrier import PROBE_INTERVAL, Barrier, turn_too_late
from .._limits.limiter import LocalLimiter
from .._limits.rate import Rate
from .._limits.signals import LimitHeaders, plausible_wait
from .._limits.window import SEARCH_LIMIT, WINDOW_LENGTH, Window
from .._shared.log import log
from ..errors import ApiError, BlockedError, RateLimitedError
from ._scripts import UnreachableError

# Of an API token on the plan that allows least.
_SMALLEST_LIMIT: Final = 20

# What the script answers.
_GRANTED, _EXHAUSTED, _BLOCKED, _KEPT, _TOO_LATE = range(5)

# Seconds; Redis's numbers have an end.
_LONGEST: Final = 1e9


class FleetLimiter:
    """The governor of one process among many.

    Args:
        admit: Runs the script `ADMIT` with what it is to know, both as JSON.
        keep_daily_tokens: As for `Governor`.
        max_in_flight: As for `Governor`.
        workers: How many processes there are at most.
        timeout: Seconds that `admit` takes at most.
    """

    # Not the event loop's clock: uvloop's stands still within an iteration.
    _clock = staticmethod(time.monotonic)

    def __init__(
        self,
        admit: Callable[[bytes, bytes], Awaitable[Any]],
        *,
        keep_daily_tokens: int,
        max_in_flight: int,
        workers: int,
        timeout: float,
    ) -> None:
        self._admit = admit
        self._keep = keep_daily_tokens
        self._workers = workers
        self._timeout = timeout
        self._alone = _Share(
            workers, keep_daily_tokens=keep_daily_tokens, max_in_flight=max_in_flight
        )
        self._places = asyncio.Semaphore(max_in_flight)
        self._lines = (_Line("", Window()), _Line("search_", Window(limit=SEARCH_LIMIT)))
        for search in (False, True):
            self._alone.share(self._lines[search].window, search=search)
        self._slots: dict[_Ask, _Slot | None] = {}
        self.rate = Rate()
        self._news: dict[str, Any] = {}
        self._barrier: Barrier | None = None
        self._is_urgent = False
        self._is_lost = False
        self._look_at = -math.inf

    @asynccontextmanager
    async def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AsyncGenerator[None]:
        """Wait until a request may be sent; see `Limiter`."""
        ask = _Ask(operation, cost, search, self._clock() + patience)
        async with AsyncExitStack() as held:
            slot = self._slots[ask] = await self._wait(ask, held)
            try:
                yield
            except ApiError:
                self._note_answer(slot)
                await self._tell_what_is_urgent()
                raise
            else:
                self._note_answer(slot)
            finally:
                del self._slots[ask]

    def observe(self, headers: Mapping[str, str], *, search: bool = False) -> None:
        """Learn from the headers of an answer; what is missing or garbage changes nothing."""
        now, limits = self._clock(), LimitHeaders.read(headers)
        self.rate = limits.update(self.rate, search=search)
        line = self._lines[search]
        line.window.learn(now, limits.limit, None, limits.reset)
        if limits.limit:
            self._news[f"{line.prefix}limit"] = limits.limit
        if line.window.length < WINDOW_LENGTH:
            self._news[f"{line.prefix}length"] = _micro(line.window.length)
        if limits.remaining == 0:
            # Somebody without the key uses the same token, or the way there is uneven.
            line.window.pause(now, line.window.length / 10)
        marks = [slot.mark for slot in self._slots.values() if slot]
        if limits.daily_remaining is not None and marks:
            self._news["budget"] = {"left": limits.daily_remaining, "mark": min(marks)}
        if limits.daily_remaining is not None:
            self._alone.set_budget(limits.daily_remaining)
        self._alone.share(line.window, search=search)

    def heed(self, error: ApiError, *, search: bool = False) -> None:
        """Make all siblings heed what Pipedrive answered; other errors change nothing."""
        now = self._clock()
        self._alone.heed(error, search=search)
        barrier = Barrier.for_error(error, now)
        if barrier:
            self._barrier = barrier
        elif isinstance(error, RateLimitedError):
            self._lines[search].window.pause(now, plausible_wait(error))
        else:
            return
        self._is_urgent = True

    def _note_answer(self, slot: _Slot | None) -> None:
        if slot and slot.trying:
            self._news["opened"] = slot.trying

    async def _tell_what_is_urgent(self) -> None:
        """Tell the others at once; never after a success, which is not to be delayed."""
        if self._is_urgent:
            self._is_urgent = False
            await self._run({})

    async def _wait(self, ask: _Ask, held: AsyncExitStack) -> _Slot | None:
        """Wait in line for a slot and for its moment; without Redis there is no slot."""
        line, slot, was_late = self._lines[ask.search], None, False
        ahead = line.waiting * line.pace
        if ahead > max(0.0, ask.ends - self._clock()):
            raise turn_too_late(ahead, ask.operation)
        line.waiting += 1
        try:
            while True:
                async with line.turn:
                    if slot is None:
                        await held.enter_async_context(self._places)
                    slot = await self._reserve(ask, slot)
                    if slot is None:
                        await self._wait_alone(ask, held)
                        return None
                await self._sleep_until(max(slot.due, line.window.closed_until))
                now = self._clock()
                is_late = now > slot.due + slot.slack
                if line.window.closed_until <= now and (was_late or not is_late):
                    return slot
                was_late |= is_late  # once: a process as slow as that spreads its requests itself
        finally:
            line.waiting -= 1

    async def _reserve(self, ask: _Ask, slot: _Slot | None) -> _Slot | None:
        """Ask for a slot; stay the first in line until it is near, and see that it still stands."""
        slot = await self._ask(ask, slot)
        while slot and slot.due - self._clock() > slot.slack:
            await self._sleep_until(slot.due - slot.slack)
            slot = await self._ask(ask, slot)
        return slot

    async def _wait_alone(self, ask: _Ask, held: AsyncExitStack) -> None:
        """Wait for this process's own share."""
        patience = ask.ends - self._clock()
        await held.enter_async_context(
            self._alone.admission(
                operation=ask.operation, cost=ask.cost, search=ask.search, patience=patience
            )
        )
        # What Redis will be told: it knows nothing of this request.
        window = self._lines[ask.search].window
        window.pause(self._clock(), window.length)

    async def _ask(self, ask: _Ask, slot: _Slot | None) -> _Slot | None:
        """Ask Redis for a slot, or whether the one that it gave still stands."""
        line = self._lines[ask.search]
        reply = await self._run(
            {
                "window": line.prefix,
                "limit": line.window.limit or _SMALLEST_LIMIT,
                "cost": ask.cost,
                "keep": self._keep,
                "patience": _micro(min(max(0.0, ask.ends - self._clock()), _LONGEST)),
                "probe_interval": _micro(PROBE_INTERVAL),
                "slot": slot.at if slot else 0,
                "trying": slot.trying if slot else 0,
            }
        )
        if reply is None:
            return None
        verdict, wait, *granted = reply
        if verdict != _GRANTED:
            raise self._refusal(verdict, wait, ask.operation)
        at, slack, pace, limit, length, mark, trying = granted
        now, line.pace = self._clock(), pace / 1e6
        line.window.learn(
            now, limit, None, length / 1e6 if length < _micro(WINDOW_LENGTH) else None
        )
        self._alone.share(line.window, search=ask.search)
        return _Slot(at, now + wait / 1e6, slack / 1e6, slot.mark if slot else mark, trying)

    def _refusal(self, verdict: int, wait: int, operation: str) -> ApiError:
        now = self._clock()
        until = now + wait / 1e6
        if verdict == _TOO_LATE:
            return turn_too_late(wait / 1e6, operation)
        if verdict == _KEPT:
            return Barrier.budget_reserved(until, self._keep).refusal(
                operation, now if wait >= 0 else None
            )
        barrier = Barrier.blocked(until) if verdict == _BLOCKED else Barrier.budget_exhausted(until)
        if wait < 0:
            return barrier.refusal(operation, None)
        refusal = barrier.refusal(operation, now)
        self._alone.heed(refusal)  # Redis may be lost next
        return refusal

    async def _run(self, ask: Mapping[str, Any]) -> list[int] | None:
        """Ask Redis, and tell it the news; None while it is lost."""
        now = self._clock()
        if self._is_lost and now < self._look_at:
            return None
        # Within the window that what was sent alone counts, so that all share again before
        # Redis gives the first slot.
        self._look_at = now + self._timeout + self._lines[False].window.length / 2
        news = dict(self._news)
        try:
            reply: list[int] = await self._admit(dumps(ask), dumps(news | self._closures(now)))
        except UnreachableError as error:
            self._lose(error)
            return None
        if self._is_lost:
            self._is_lost = False
            log.info("Redis is back: this process shares Pipedrive's limits with the others again")
        self._news = {name: it for name, it in self._news.items() if it != news.get(name)}
        return reply

    def _closures(self, now: float) -> dict[str, Any]:
        """What is closed, and for how long from now."""
        waits = {line.prefix: line.window.closed_until - now for line in self._lines}
        closures: dict[str, Any] = {
            "closed": {
                f"{prefix}closed": _micro(wait) for prefix, wait in waits.items() if wait > 0
            }
        }
        if self._barrier and now < self._barrier.until:
            why = _BLOCKED if self._barrier.error is BlockedError else _EXHAUSTED
            closures["barrier"] = {"why": why, "wait": _micro(self._barrier.until - now)}
        return closures

    def _lose(self, error: Exception) -> None:
        if self._is_lost:
            return
        self._is_lost = True
        for search in (False, True):
            # What Redis admitted last counts for a window more, in whichever process.
            pause = 1.1 * self._lines[search].window.length
            self._alone.heed(RateLimitedError(retry_after=pause), search=search)
        part = f"1/{self._workers} of Pipedrive's limits"
        log.warning("Redis is lost (%s): until it is back, this process keeps to %s", error, part)

    async def _sleep_until(self, moment: float) -> None:
        await asyncio.sleep(moment - self._clock())


@attrs.frozen(eq=False)
class _Ask:
    """A request that asks to be let through."""

    operation: str
    cost: int
    search: bool
    ends: float


@attrs.frozen
class _Slot:
    """The moment that Redis gave to one request.

    Attributes:
        at: By Redis's clock, in microseconds.
        due: By the clock of this process.
        slack: Seconds that a request may leave late; and what is in so many is near.
        mark: What the fleet had spent of the daily budget, this request included.
        trying: The barrier of which it tries whether it is over, 0 for none.
    """

    at: int
    due: float
    slack: float
    mark: int
    trying: int


@attrs.define
class _Line:
    """Those of this process who wait for one of Pipedrive's two windows.

    Attributes:
        prefix: Of the window's fields in Redis.
        window: What this process knows of it.
        turn: Held by the first in line, who asks Redis, so that few hold a slot at a time.
        waiting: How many wait.
        pace: Seconds between the slots of the whole fleet.
    """

    prefix: str
    window: Window
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    waiting: int = 0
    pace: float = 0.0


class _Share(LocalLimiter):
    """What one of many workers lets through while they cannot see each other."""

    def __init__(self, workers: int, **options: Any) -> None:
        super().__init__(**options)
        self._workers = workers

    def share(self, whole: Window, *, search: bool) -> None:
        """Keep to one part of a window; of less than one request, to one in a longer window."""
        limit, window = whole.limit or _SMALLEST_LIMIT, self._windows[search]
        window.limit = max(1, limit // self._workers)
        window.length = whole.length * max(1.0, self._workers / limit)


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)
