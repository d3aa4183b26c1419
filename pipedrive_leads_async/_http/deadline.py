"""Limit the time of calls: each by its deadline, and all of a client by its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType


class Deadline:
    """The time at which a call must have ended. It can be moved while the call runs.

    Args:
        seconds: The time limit.

    Attributes:
        seconds: The time limit, for messages.
        at: The deadline as a `time.monotonic()` value.
        on_expire: Called by `expire`.
        timers: The timers of the code that it limits, with their event loops.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds
        self.on_expire: Callable[[], None] | None = None
        self.timers: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}
        self._time_left: float | None = None
        self._earlier: list[tuple[Deadline, float]] = []

    def time_left(self) -> float:
        """Return the seconds that are left; negative after the deadline."""
        return self.at - time.monotonic()

    def before(self, seconds: float) -> Deadline:
        """Return a deadline some seconds before this one; it moves with this one."""
        deadline = Deadline(0.0)
        self._earlier.append((deadline, seconds))
        deadline.move(self.at - seconds, self.seconds - seconds)
        return deadline

    def move(self, at: float, seconds: float) -> None:
        """Move the deadline to `at`; `seconds` is the new limit for messages."""
        self.at, self.seconds = at, seconds
        self._reschedule()
        for deadline, difference in self._earlier:
            deadline.move(at - difference, seconds - difference)

    def pause(self) -> None:
        """Keep the time that is left until `resume` is called."""
        self._time_left = self.time_left()

    def resume(self) -> None:
        """Continue after a pause, with the time that was left."""
        if self._time_left is not None:
            self.move(time.monotonic() + self._time_left, self.seconds)
            self._time_left = None

    def expire(self) -> None:
        """Move the deadline to the present."""
        self.at = min(self.at, time.monotonic())
        self._reschedule()
        if self.on_expire is not None:
            self.on_expire()

    def _reschedule(self) -> None:
        for timer, loop in self.timers.items():
            if not (timer.expired() or loop.is_closed()):
                timer.reschedule(loop.time() + self.time_left())


class Lifetime:
    """The time until a client is closed, which ends its calls in progress.

    Attributes:
        closed: Whether the client is closed.
        limits: The limits of the calls in progress.
    """

    def __init__(self) -> None:
        self.closed = False
        self.limits: dict[Limit, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def limit(self, deadline: Deadline) -> Limit:
        """Return a limit for code that ends at the deadline, or when the client is closed."""
        if self.closed:
            deadline.expire()
        if self._loop is not asyncio.get_running_loop():
            self._loop = asyncio.get_running_loop()
            self.limits.clear()  # they are those of a closed loop
        return Limit(self, deadline)

    def end(self) -> None:
        """Close the client, and end its calls in progress."""
        self.closed = True
        for limit in self.limits:
            limit.deadline.expire()


class Limit:
    """An async context manager that ends the code in its context with a `TimeoutError`.

    A class, because each call has one: `asynccontextmanager` would take three times as long.
    """

    def __init__(self, lifetime: Lifetime, deadline: Deadline) -> None:
        self.deadline = deadline
        self._lifetime = lifetime
        self._timer = asyncio.timeout(deadline.time_left())

    async def __aenter__(self) -> asyncio.Timeout:
        self._lifetime.limits[self] = None
        self.deadline.timers[self._timer] = asyncio.get_running_loop()
        return await self._timer.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del self.deadline.timers[self._timer]
        self._lifetime.limits.pop(self, None)
        await self._timer.__aexit__(kind, error, traceback)
