"""A rolling window of Pipedrive's: the requests that it may count there, and the line before it.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import attrs

from ..errors import ApiError

LENGTH: Final = 2.0
"""Seconds, as documented."""

LARGEST_LIMIT: Final = 10_000
"""What is larger is garbage; the log of a window is never longer either."""


@attrs.define
class Budget:
    """What is left of the daily budget: as an answer said, less what was spent since."""

    left: int
    seen_at: float


@attrs.define(eq=False)
class Admission:
    """One request's place, and what was known when it took it."""

    enter: Callable[[Admission], Awaitable[None]]
    leave: Callable[[Admission, bool], None]
    operation: str
    cost: int
    search: bool
    arrival: int
    deadline: float
    woken: asyncio.Future[None] = attrs.field(init=False)
    budget: Budget | None = attrs.field(init=False)
    expired: int = attrs.field(init=False)

    async def __aenter__(self) -> None:
        await self.enter(self)

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        self.leave(self, error is None or isinstance(error, ApiError))

    def wake(self) -> None:
        # A loop may be closed while somebody still waits in it.
        if not self.woken.done() and not self.woken.get_loop().is_closed():
            self.woken.set_result(None)


@attrs.define(eq=False)
class Window:
    """A rolling window: the requests that Pipedrive may count in it, and the line before it.

    Pipedrive counts a request at an unknown moment between its sending and its answer. So it
    has a place while it is in flight, and for one window more. Then Pipedrive never counts more
    than its limit, however long the ways there and back.
    """

    limit: int | None = None
    length: float = LENGTH
    reset: float = 0.0
    largest_reset: float = 0.0
    closed_until: float = -math.inf
    in_flight: dict[Admission, None] = attrs.field(factory=dict[Admission, None])
    answered: deque[float] = attrs.field(factory=deque[float])
    expired: int = 0
    waiters: deque[Admission] = attrs.field(factory=deque[Admission])

    def opens_at(self, now: float, ahead: int = 0) -> float:
        """The earliest moment for one more request, after `ahead` others of the line."""
        answered = self.answered
        while answered and (answered[0] + self.length <= now or len(answered) > LARGEST_LIMIT):
            answered.popleft()
            self.expired += 1
        taken = len(self.in_flight) + len(answered) + ahead
        if self.limit is None or taken < self.limit:
            return self.closed_until
        # Places come back in the order of the answers, those of requests in flight in a window
        # from now at the earliest, and those of the next round a window later.
        rounds, place = divmod(taken - self.limit, self.limit)
        since = answered[place] if place < len(answered) else now
        return max(self.closed_until, since + (rounds + 1) * self.length)

    def serves_before(self, admission: Admission, now: float) -> bool:
        """Whether the first of this line came before `admission` and can go now."""
        first = self.waiters[0] if self.waiters else admission
        return first.arrival < admission.arrival and self.opens_at(now) <= now

    def learn(self, now: float, limit: int | None, left: int | None, reset: float | None) -> None:
        self.limit = limit or self.limit
        if reset is not None:
            self.reset = reset
            self.largest_reset = max(self.largest_reset, reset)
            if reset % 1:
                # Pipedrive sends whole seconds. This is a stand-in with a shorter window.
                self.length = min(LENGTH, self.largest_reset)
        if left is None or self.limit is None:
            return
        # The answer tells of a moment after its request was sent: what has expired since the
        # oldest in flight was sent can still have counted then.
        oldest = next(iter(self.in_flight), self)
        ours = len(self.in_flight) + len(self.answered) + self.expired - oldest.expired
        others = self.limit - left - ours
        if others > 0:
            # Somebody else uses the same token. Their places come back in a window at the latest.
            self.answered.extend([now] * others)
            if left == 0:
                self.pause(now)

    def pause(self, now: float, wait: float | None = None) -> None:
        """Close for `wait` seconds, or as long as Pipedrive last said."""
        self.closed_until = max(self.closed_until, now + (wait or self.reset or self.length))
        for waiter in self.waiters:
            if waiter.deadline < self.closed_until:
                waiter.wake()
