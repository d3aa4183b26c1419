"""One of Pipedrive's rolling windows: the requests counted in it, and the requests in line.

See also the windows of a fleet, in `fleet/_line.py` and the script in `fleet/_scripts.py`, and the
window of the sandbox, in `sandbox/_limits.py`.

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

WINDOW_LENGTH: Final = 2.0
"""Seconds, as documented."""

# The window of the sandbox may have another length, in seconds.
SHORTEST_WINDOW: Final = 0.01
LONGEST_WINDOW: Final = 60.0

SEARCH_LIMIT: Final = 10
"""The limit of searches, which have a window of their own: the same on every plan."""

LARGEST_LIMIT: Final = 10_000
"""The maximum of a valid limit, and so of the entries in the log of a window."""


@attrs.define
class Budget:
    """The tokens left of the daily budget: as last reported, less those spent since."""

    left: int
    seen_at: float


@attrs.define(eq=False)
class Admission:
    """The place of one request, as an async context manager.

    Attributes:
        enter: Waits for the place.
        leave: Frees it; called with whether a response arrived.
        operation: Pipedrive's operation id, for errors.
        cost: Tokens of the daily budget that the request takes.
        search: Whether the request counts in the window of searches.
        arrival: Its number among all requests, in the order in which they came.
        deadline: The moment until which it can wait.
        woken: Done when the request should try again to enter.
        budget: The daily budget known when the request entered the window.
        expired: The value of `Window.expired` at that moment.
    """

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
        # The event loop may have been closed while a task still waited in it.
        if not self.woken.done() and not self.woken.get_loop().is_closed():
            self.woken.set_result(None)


@attrs.define(eq=False)
class Window:
    """A rolling window: the requests that Pipedrive may count in it, and the line before it.

    Pipedrive counts a request at an unknown moment between its sending and its response.
    Therefore a request keeps its place while it is in flight and for one window more. Then
    Pipedrive never counts more requests than its limit, however long the network takes.

    Attributes:
        limit: Requests that Pipedrive allows in the window, None until it is known.
        length: Seconds.
        reset: The last reported number of seconds until the window is free again.
        closed_until: The moment before which no request is sent.
        in_flight: The requests in flight, the oldest first.
        completed: The moments at which requests ended within the last window.
        expired: The number of requests that have left `completed` so far.
        waiters: The requests in line.
    """

    limit: int | None = None
    length: float = WINDOW_LENGTH
    reset: float = 0.0
    closed_until: float = -math.inf
    in_flight: dict[Admission, None] = attrs.field(factory=dict[Admission, None])
    completed: deque[float] = attrs.field(factory=deque[float])
    expired: int = 0
    waiters: deque[Admission] = attrs.field(factory=deque[Admission])

    def opens_at(self, now: float, ahead: int = 0) -> float:
        """Return the earliest moment for one more request, after `ahead` others in line."""
        completed = self.completed
        while completed and (completed[0] + self.length <= now or len(completed) > LARGEST_LIMIT):
            completed.popleft()
            self.expired += 1
        taken = len(self.in_flight) + len(completed) + ahead
        if self.limit is None or taken < self.limit:
            return self.closed_until
        # Places become free in the order in which requests ended. A request in flight frees its
        # place in one window from now at the earliest; each further round takes another window.
        rounds, place = divmod(taken - self.limit, self.limit)
        since = completed[place] if place < len(completed) else now
        return max(self.closed_until, since + (rounds + 1) * self.length)

    def serves_before(self, admission: Admission, now: float) -> bool:
        """Return whether the first request of this line came before `admission` and can go now."""
        first = self.waiters[0] if self.waiters else admission
        return first.arrival < admission.arrival and self.opens_at(now) <= now

    def learn(
        self,
        now: float,
        *,
        limit: int | None,
        left: int | None = None,
        reset: float | None = None,
        length: float | None = None,
    ) -> None:
        """Store the reported limits; None leaves a value unchanged."""
        self.limit = limit or self.limit
        self.length = length or self.length
        self.reset = self.reset if reset is None else reset
        if left is None or self.limit is None:
            return
        # The response describes a moment after its request was sent. Requests that expired
        # since the oldest one in flight was sent may still have counted at that moment.
        oldest = next(iter(self.in_flight), self)
        ours = len(self.in_flight) + len(self.completed) + self.expired - oldest.expired
        others = self.limit - left - ours
        if others > 0:
            # Another program uses the same token. Its places are free in a window at the latest.
            self.completed.extend([now] * others)
            if left == 0:
                self.pause(now)

    def pause(self, now: float, wait: float | None = None) -> None:
        """Close for `wait` seconds, by default as long as Pipedrive last reported."""
        self.closed_until = max(self.closed_until, now + (wait or self.reset or self.length))
        for waiter in self.waiters:
            if waiter.deadline < self.closed_until:
                waiter.wake()
