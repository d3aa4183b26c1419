"""A governor in a loop whose time jumps, and a Pipedrive that counts what arrives."""

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

TICK = 1 / 64  # seconds, in fractions that add without rounding
TICKS = st.integers(0, 200)


class JumpingClock(selectors.SelectSelector):
    """Time that passes when nothing else is to do, and then at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for ever: a wake-up was lost"
        self.now += max(timeout, 0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = JumpingClock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def jumping(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a loop whose time jumps."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(debug=False, loop_factory=JumpingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    return asyncio.get_running_loop().time()


class Account(LocalLimiter):
    """A governor whose requests are made here; each tells when it was sent."""

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
        """Send a request that is answered after so many seconds."""
        async with self.admission(
            operation="getLeads", cost=cost, search=search, patience=patience
        ):
            sent = now()
            if seconds:
                await asyncio.sleep(seconds)
            self.observe(headers or {}, search=search)
        return sent

    def begin(self, *args: Any, **kwargs: Any) -> asyncio.Task[float]:
        return asyncio.create_task(self.send(*args, **kwargs))

    async def burst(self, count: int, *args: Any, **kwargs: Any) -> list[float]:
        return await asyncio.gather(*[self.send(*args, **kwargs) for _ in range(count)])

    @property
    def remembered(self) -> int:
        return len(self._windows[False].completed)

    async def refuses(self, kind: type[ApiError], **kwargs: Any) -> ApiError:
        """Check that requests fail at once without being sent, and give one of the errors."""
        before = now()
        tries = [self.send(**kwargs) for _ in range(100)]
        error, *others = await asyncio.gather(*tries, return_exceptions=True)
        assert isinstance(error, ApiError)
        assert ({type(other) for other in [error, *others]}, now()) == ({kind}, before)
        assert error.status == (403 if kind is BlockedError else 429)
        assert (error.attempts, error.operation) == (0, "getLeads")
        assert str(error).startswith("getLeads: not sent: ")
        return error


class Pipedrive:
    """Counts requests in a rolling window of 2 seconds, when they arrive there."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.arrived: list[float] = []

    def arrive(self) -> dict[str, str]:
        self.arrived.append(now())
        left = self.limit - self.counted(now())
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": "2",
        }

    def counted(self, end: float) -> int:
        return sum(end - 2.0 < moment <= end for moment in self.arrived)

    def most(self) -> int:
        return max(map(self.counted, self.arrived), default=0)


async def iterations(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def remaining(count: int) -> dict[str, str]:
    return {"x-ratelimit-remaining": str(count)}


def daily(count: int) -> dict[str, str]:
    return {"x-daily-ratelimit-token-remaining": str(count)}
