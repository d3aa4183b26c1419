"""What one process lets through to one Pipedrive account: its burst limit and daily budget.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import attrs

from .._shared import checks
from ..errors import ApiError, ConfigurationError, RateLimitedError
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


@attrs.frozen(kw_only=True)
class Rate:
    """What Pipedrive last said of its limits; each is None until it was seen.

    Attributes:
        limit: Requests that this token may send in 2 seconds; searches have their own limit.
        remaining: Requests that were left of them.
        reset: Seconds from `observed_at` until the window is free again.
        daily_limit: Tokens that the whole company has in a day.
        daily_remaining: Tokens that were left of them.
        observed_at: When Pipedrive last said any of it, in UTC.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    observed_at: dt.datetime | None = None


class GovernorProtocol(Protocol):
    """What a client asks of a governor, be it of this process or shared by many."""

    @property
    def rate(self) -> Rate:
        """What Pipedrive last said of its limits."""
        ...

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait until a request may be sent, and hold its place until it is answered.

        Args:
            operation: Pipedrive's operation id, for the errors.
            cost: What the request takes of the daily budget, in tokens.
            search: Whether it counts in the window of searches.
            patience: Seconds that the caller can wait. What is known to take longer is refused
                at once; a wait of unknown length is the caller's to end.

        Raises:
            RateLimitedError: The burst limit has no place in time, or the daily budget is
                known to be used up (`DailyBudgetExhaustedError`).
            BlockedError: Pipedrive's edge is known to block this client.
        """
        ...

    def observe(self, headers: Mapping[str, str], *, search: bool = False) -> None:
        """Learn from the headers of an answer, inside its admission."""
        ...

    def heed(self, error: ApiError, *, search: bool = False) -> None:
        """Make all siblings heed what Pipedrive answered, before anything else is awaited."""
        ...


class Governor:
    """Keeps all clients that share it within the limits of one Pipedrive credential.

    As soon as an answer has told the burst limit, no more requests than that are sent in any 2
    seconds; before, none is held back. After a 429 all requests pause together. When the daily
    budget is used up, calls fail at once with `DailyBudgetExhaustedError` until it can be back;
    then one request tries, and when it succeeds the others follow. Making a governor needs no
    event loop; all clients that share it run in the same one.

    Args:
        keep_daily_tokens: Tokens of the company's daily budget to leave to others: what would
            take the rest below that fails with `DailyBudgetExhaustedError`. Pipedrive tells
            the rest late, so what is in flight together can take a little more. 0 keeps none.
        max_in_flight: Requests in flight at once, at least 1.

    Raises:
        ConfigurationError: An argument is out of its bounds.

    Example:
        >>> from pipedrive_leads_async import Governor, LeadsClient
        >>> client = LeadsClient("api-token", governor=Governor(keep_daily_tokens=5000))

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """

    # Not the event loop's clock: uvloop's stands still within an iteration.
    _clock = staticmethod(time.monotonic)

    def __init__(self, *, keep_daily_tokens: int = 0, max_in_flight: int = 16) -> None:
        error = ConfigurationError
        self._keep = checks.integer("keep_daily_tokens", keep_daily_tokens, low=0, error=error)
        self._max_in_flight = checks.integer("max_in_flight", max_in_flight, error=error)
        self._windows = (Window(), Window(limit=SEARCHES))
        self._arrivals = 0
        self._cost_in_flight = 0
        self._budget: Budget | None = None
        self._barrier: Barrier | None = None
        self._probe: Admission | None = None
        self._said: dict[str, Any] = {}

    @property
    def rate(self) -> Rate:
        """What Pipedrive last said of its limits."""
        return Rate(**self._said)

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait until a request may be sent; see `GovernorProtocol`."""
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
