"""`Limiter`: decides when a request may be sent; `LocalLimiter` is the one of a single process.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from ..errors import ApiError, RateLimitedError
from .rate import Rate
from .signals import (
    PROBE_INTERVAL,
    SEARCHES,
    Barrier,
    asked_wait,
    barrier_after,
    kept,
    told_by,
    too_late,
)
from .window import Admission, Budget, Window


class Limiter(Protocol):
    """The limits of one credential, in one process or shared by many."""

    @property
    def rate(self) -> Rate:
        """The limits that Pipedrive last reported."""
        ...

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait until a request may be sent, and hold its place until the response has arrived.

        Args:
            operation: Pipedrive's operation id, for errors.
            cost: Tokens of the daily budget that the request takes.
            search: Whether the request counts in the window of searches.
            patience: Seconds that the caller can wait. A longer wait is refused at once if its
                length is known; the caller itself ends a wait of unknown length.

        Raises:
            RateLimitedError: The burst limit has no place in time, or the daily budget is
                known to be used up (`DailyBudgetExhaustedError`).
            BlockedError: Pipedrive's edge is known to block this client.
        """
        ...

    def observe(self, headers: Mapping[str, str], *, search: bool = False) -> None:
        """Read the limits from the headers of a response, inside its admission."""
        ...

    def heed(self, error: ApiError, *, search: bool = False) -> None:
        """Hold back other requests as an error requires, before anything else is awaited."""
        ...


class LocalLimiter:
    """The limits of one credential in one process.

    Args:
        keep_daily_tokens: As for `Governor`.
        max_in_flight: As for `Governor`.
    """

    # Not the event loop's clock: uvloop's does not advance within an iteration.
    _clock = staticmethod(time.monotonic)

    def __init__(self, *, keep_daily_tokens: int = 0, max_in_flight: int = 16) -> None:
        self._keep = keep_daily_tokens
        self._max_in_flight = max_in_flight
        self._windows = (Window(), Window(limit=SEARCHES))
        self._arrivals = 0
        self._cost_in_flight = 0
        self._budget: Budget | None = None
        self._barrier: Barrier | None = None
        self._probe: Admission | None = None
        self._said: dict[str, Any] = {}

    @property
    def rate(self) -> Rate:
        """The limits that Pipedrive last reported."""
        return Rate(**self._said)

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait until a request may be sent; see `Limiter`."""
        self._arrivals += 1
        arrival, deadline = self._arrivals, self._clock() + patience
        return Admission(self._enter, self._leave, operation, cost, search, arrival, deadline)

    def observe(self, headers: Mapping[str, str], *, search: bool = False) -> None:
        """Learn from the headers of an answer; what is missing or garbage changes nothing."""
        now, told = self._clock(), told_by(headers)
        self._windows[search].learn(now, told.limit, told.remaining, told.reset)
        if told.daily_remaining is not None:
            self._budget = Budget(told.daily_remaining, now)
        self._said.update(told.said(search=search))

    def heed(self, error: ApiError, *, search: bool = False) -> None:
        """Make all siblings heed what Pipedrive answered; other errors change nothing."""
        now = self._clock()
        barrier = barrier_after(error, now)
        if barrier:
            self._bar(barrier)
        elif isinstance(error, RateLimitedError):
            self._windows[search].pause(now, asked_wait(error))

    def _bar(self, barrier: Barrier) -> None:
        if self._barrier is None or self._barrier.until < barrier.until:
            self._barrier = barrier
        for window in self._windows:
            for waiter in window.waiters:
                waiter.wake()

    async def _enter(self, admission: Admission) -> None:
        """Wait in line: only the first of a line is woken to go, others at most to give up."""
        waiters = self._windows[admission.search].waiters
        wait = self._take(admission, ahead=len(waiters))
        if wait == 0:
            return
        loop = asyncio.get_running_loop()
        waiters.append(admission)
        try:
            while wait != 0:
                admission.woken = loop.create_future()
                await asyncio.wait([admission.woken], timeout=wait)
                wait = self._take(admission, ahead=0)
        finally:
            # Admitted, refused or cancelled: the place it was woken for may serve the next.
            waiters.remove(admission)
            self._wake()

    def _take(self, admission: Admission, *, ahead: int) -> float | None:
        """Take a place and return 0, or return the seconds until it is worth looking again.

        None if that is only when somebody leaves, who wakes the first of each line.
        """
        now = self._clock()
        barrier = self._barrier_for(admission.cost)
        if barrier and (self._probe or now < barrier.until):
            raise barrier.refusal(admission.operation, None if self._probe else now)
        window, other = self._windows[admission.search], self._windows[not admission.search]
        wait = window.opens_at(now, ahead) - now
        if wait > max(0.0, admission.deadline - now):
            raise too_late(wait, admission.operation)
        full = len(window.in_flight) + len(other.in_flight) >= self._max_in_flight
        if ahead or full or other.serves_before(admission, now):
            return None
        if wait > 0:
            return wait
        if barrier:
            self._probe = admission
        window.in_flight[admission] = None
        admission.expired = window.expired
        admission.budget = self._budget
        self._cost_in_flight += admission.cost
        return 0.0

    def _leave(self, admission: Admission, answered: bool) -> None:
        now = self._clock()
        window = self._windows[admission.search]
        del window.in_flight[admission]
        window.answered.append(now)
        self._cost_in_flight -= admission.cost
        if self._budget and self._budget is admission.budget:
            # No answer has told the rest since this request was sent.
            self._budget.left -= admission.cost
        if self._probe is admission:
            self._probe = None
            if answered and self._barrier and self._barrier.until <= now:
                self._barrier = None
        self._wake()

    def _wake(self) -> None:
        for window in self._windows:
            if window.waiters:
                window.waiters[0].wake()

    def _barrier_for(self, cost: int) -> Barrier | None:
        if self._barrier or not self._keep or not self._budget:
            return self._barrier
        if self._budget.left - self._cost_in_flight - cost >= self._keep:
            return None
        return kept(self._budget.seen_at + PROBE_INTERVAL, self._keep)
