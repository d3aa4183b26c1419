"""`Limiter` decides when a request may be sent; `LocalLimiter` does so for a single process.

The terms of this wing:

- window: the time in which Pipedrive counts requests. Searches have a window of their own.
- place: one of the requests that fit into a window. A request holds its place while it is in
  flight and for one window more.
- line: the requests that wait for a place in one window.
- turn: the moment at which a request in line can get a place.
- patience: the seconds that a request can wait for its turn, because of its deadline.
- barrier: a reason to send nothing for a while, such as an exhausted daily budget. When it ends,
  one request probes it, and the others are refused until its response has arrived.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ..errors import ApiError, RateLimitedError
from .barrier import PROBE_INTERVAL, Barrier, turn_too_late
from .home_loop import HomeLoop
from .rate import LastReport, Rate
from .signals import LimitHeaders, plausible_wait
from .window import SEARCH_LIMIT, Admission, Budget, Window


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
            RateLimitedError: The wait would be longer than `patience`, or the daily budget is
                known to be used up (`DailyBudgetExhaustedError`).
            BlockedError: Pipedrive's edge is known to block this client.
        """
        ...

    def observe(
        self, headers: Mapping[str, str], *, search: bool = False, is_local: bool = False
    ) -> None:
        """Read the limits from the headers of a response, before its admission ends.

        Args:
            headers: The headers.
            search: Whether the request counts in the window of searches.
            is_local: Whether a server on this machine has sent them, such as the sandbox.
        """
        ...

    def react_to(self, error: ApiError, *, search: bool = False) -> None:
        """Hold back other requests if an error requires it; call it before awaiting anything."""
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
        self._windows = (Window(), Window(limit=SEARCH_LIMIT))
        self._arrivals = 0
        self._cost_in_flight = 0
        self._budget: Budget | None = None
        self._barrier: Barrier | None = None
        self._probe: Admission | None = None
        self._last_report = LastReport()
        self._home = HomeLoop()

    @property
    def rate(self) -> Rate:
        """The limits that Pipedrive last reported."""
        return self._last_report.rate

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait until a request may be sent; see `Limiter`."""
        self._arrivals += 1
        arrival, deadline = self._arrivals, self._clock() + patience
        return Admission(self._enter, self._leave, operation, cost, search, arrival, deadline)

    def observe(
        self, headers: Mapping[str, str], *, search: bool = False, is_local: bool = False
    ) -> None:
        """Read the limits from the headers of a response; see `Limiter`."""
        limits = LimitHeaders.read(headers, is_local=is_local)
        self._windows[search].learn(
            self._clock(),
            limit=limits.limit,
            left=limits.remaining,
            reset=limits.reset,
            length=limits.window,
        )
        if limits.daily_remaining is not None:
            self.set_budget(limits.daily_remaining)
        self._last_report.update(limits, search=search)

    def set_budget(self, tokens: int) -> None:
        """Set the tokens that are left of the daily budget."""
        self._budget = Budget(tokens, self._clock())

    def react_to(self, error: ApiError, *, search: bool = False) -> None:
        """Hold back other requests if an error requires it; see `Limiter`."""
        now = self._clock()
        barrier = Barrier.for_error(error, now)
        if barrier:
            self._close(barrier)
        elif isinstance(error, RateLimitedError):
            self._windows[search].pause(now, plausible_wait(error))

    def _close(self, barrier: Barrier) -> None:
        if self._barrier is None or self._barrier.until < barrier.until:
            self._barrier = barrier
        for window in self._windows:
            for waiter in window.waiters:
                waiter.wake()

    async def _enter(self, admission: Admission) -> None:
        """Wait in line.

        Only the first waiter is woken to enter; the others are woken only to be refused.
        """
        if not self._home.is_running:
            self._move_to_running_loop()
        waiters = self._windows[admission.search].waiters
        wait = self._try_to_enter(admission, ahead=len(waiters))
        if wait == 0:
            return
        loop = asyncio.get_running_loop()
        waiters.append(admission)
        try:
            while wait != 0:
                admission.woken = loop.create_future()
                await asyncio.wait([admission.woken], timeout=wait)
                wait = self._try_to_enter(admission, ahead=0)
        finally:
            # If this request was refused or cancelled, its place goes to another waiter.
            if admission in waiters:  # unless its event loop was closed
                waiters.remove(admission)
            self._wake()

    def _move_to_running_loop(self) -> None:
        """Drop the requests of a closed event loop; those in flight may have reached Pipedrive."""
        in_flight = [admission for window in self._windows for admission in window.in_flight]
        has_waiters = any(window.waiters for window in self._windows)
        if self._home.move(has_requests=has_waiters or bool(in_flight)):
            for window in self._windows:
                window.waiters.clear()
            for admission in in_flight:
                self._leave(admission, has_response=False)

    def _try_to_enter(self, admission: Admission, *, ahead: int) -> float | None:
        """Take a place and return 0, or return the seconds until the next attempt.

        None means that a request in flight must end first: it wakes the first of each line.
        """
        now = self._clock()
        barrier = self._check_barrier(admission, now)
        window, other = self._windows[admission.search], self._windows[not admission.search]
        wait = window.opens_at(now, ahead) - now
        patience = max(0.0, admission.deadline - now)
        if wait > patience:
            raise turn_too_late(wait, patience, admission.operation)
        is_full = len(window.in_flight) + len(other.in_flight) >= self._max_in_flight
        if ahead or is_full or other.serves_before(admission, now):
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

    def _check_barrier(self, admission: Admission, now: float) -> Barrier | None:
        """Return an ended barrier, which the request then probes; raise while a barrier lasts."""
        barrier = self._barrier or self._reserve_barrier(admission.cost)
        if barrier and (self._probe or now < barrier.until):
            raise barrier.refusal(admission.operation, None if self._probe else now)
        return barrier

    def _reserve_barrier(self, cost: int) -> Barrier | None:
        """Return a barrier if a request would take tokens from the reserve."""
        if not self._keep or not self._budget:
            return None
        if self._budget.left - self._cost_in_flight - cost >= self._keep:
            return None
        return Barrier.budget_reserved(self._budget.seen_at + PROBE_INTERVAL, self._keep)

    def _leave(self, admission: Admission, has_response: bool) -> None:
        now = self._clock()
        window = self._windows[admission.search]
        if admission not in window.in_flight:  # its event loop was closed
            return
        del window.in_flight[admission]
        window.completed.append(now)
        self._cost_in_flight -= admission.cost
        if self._budget and self._budget is admission.budget:
            # No response has reported the remaining tokens since this request was sent.
            self._budget.left -= admission.cost
        if self._probe is admission:
            self._probe = None
            if has_response and self._barrier and self._barrier.until <= now:
                self._barrier = None
        self._wake()

    def _wake(self) -> None:
        """Wake the first waiter of each line."""
        for window in self._windows:
            if window.waiters:
                window.waiters[0].wake()
