"""A limiter in virtual time, and a server that counts the requests it receives."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine, Mapping
from math import inf
from typing import Any

from hypothesis import strategies as st

from pipedrive_leads_async._limits.limiter import LocalLimiter
from pipedrive_leads_async.errors import ApiError, BlockedError

TICK = 1 / 64
"""Seconds: a fraction whose multiples add up without rounding."""

TICKS = st.integers(0, 200)


class VirtualClock(selectors.SelectSelector):
    """A clock that jumps to the next timer as soon as the event loop is idle."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "all tasks wait forever: a wake-up was lost"
        self.now += max(timeout, 0)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that runs by a `VirtualClock`."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a `VirtualTimeLoop`."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(debug=False, loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """Return the time of the running event loop."""
    return asyncio.get_running_loop().time()


class Account(LocalLimiter):
    """A limiter that sends requests through itself, by the clock of the event loop."""

    _clock = staticmethod(now)

    def __init__(self, limit: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if limit:
            self.observe({"x-ratelimit-limit": str(limit)})

    async def send(
        self,
        seconds: float = 0.0,
        headers: Mapping[str, str] | None = None,
        *,
        cost: int = 20,
        search: bool = False,
        patience: float = inf,
    ) -> float:
        """Send a request whose response takes `seconds`; return the time at which it was sent."""
        async with self.admission(
            operation="getLeads", cost=cost, search=search, patience=patience
        ):
            sent = now()
            if seconds:
                await asyncio.sleep(seconds)
            self.observe(headers or {}, search=search)
        return sent

    def start(self, *args: Any, **kwargs: Any) -> asyncio.Task[float]:
        """Start a task that sends a request."""
        return asyncio.create_task(self.send(*args, **kwargs))

    async def burst(self, count: int, *args: Any, **kwargs: Any) -> list[float]:
        """Send requests together; return the times at which they were sent."""
        return await asyncio.gather(*[self.send(*args, **kwargs) for _ in range(count)])

    @property
    def logged(self) -> int:
        """The number of completed requests in the log of the window."""
        return len(self._windows[False].completed)

    async def assert_refused(self, kind: type[ApiError], **kwargs: Any) -> ApiError:
        """Check that requests fail at once without being sent, and return one of the errors."""
        before = now()
        requests = [self.send(**kwargs) for _ in range(100)]
        error, *others = await asyncio.gather(*requests, return_exceptions=True)
        assert isinstance(error, ApiError)
        assert ({type(other) for other in [error, *others]}, now()) == ({kind}, before)
        assert error.status == (403 if kind is BlockedError else 429)
        assert (error.attempts, error.operation) == (0, "getLeads")
        assert str(error).startswith("getLeads: not sent: ")
        return error


class Pipedrive:
    """A server that counts requests in a rolling window of 2 seconds, as they arrive."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.arrivals: list[float] = []

    def receive(self) -> dict[str, str]:
        """Count a request; return the headers of its response."""
        self.arrivals.append(now())
        left = self.limit - self.count(now())
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": "2",
        }

    def count(self, end: float) -> int:
        """Count the requests in the window that ends at a moment."""
        return sum(end - 2.0 < moment <= end for moment in self.arrivals)

    def largest_count(self) -> int:
        """Return the number of requests in the fullest window."""
        return max(map(self.count, self.arrivals), default=0)


async def run_iterations(count: int) -> None:
    """Run this many iterations of the event loop."""
    for _ in range(count):
        await asyncio.sleep(0)


def remaining(count: int) -> dict[str, str]:
    """Return the header of the requests left in the window."""
    return {"x-ratelimit-remaining": str(count)}


def daily_remaining(count: int) -> dict[str, str]:
    """Return the header of the tokens left of the daily budget."""
    return {"x-daily-ratelimit-token-remaining": str(count)}
