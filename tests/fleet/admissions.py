"""Send requests through a limiter without a client, and check when they were sent."""

from __future__ import annotations

import asyncio
import time
from math import inf
from typing import TYPE_CHECKING, Any, Final

import pytest

from pipedrive_leads_async.errors import ApiError, BlockedError
from pipedrive_leads_async.fleet import RedisGovernor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from redis.asyncio import Redis

    from pipedrive_leads_async._limits.limiter import Limiter

KEY: Final = "pipedrive:acme"


def burst(limit: int, window: float) -> dict[str, str]:
    """Return the headers of a sandbox with this limit in a window of so many seconds."""
    return {"x-ratelimit-limit": str(limit), "x-sandbox-burst-window": str(window)}


FAST: Final = burst(1000, 0.1)
"""Headers of a limit that is too high to slow a test down."""


def fleet_limiter(redis: Redis, **options: Any) -> Limiter:
    """Return the limiter of a process that shares `KEY`."""
    return RedisGovernor(redis, KEY, **options).__limiter__()


async def send(
    limiter: Limiter,
    seconds: float = 0.0,
    headers: Mapping[str, str] | None = None,
    *,
    cost: int = 20,
    search: bool = False,
    patience: float = inf,
    error: Exception | None = None,
) -> float:
    """Send a request whose response takes `seconds`; return the time at which it was sent."""
    async with limiter.admission(operation="getLeads", cost=cost, search=search, patience=patience):
        sent = time.monotonic()
        if seconds:
            await asyncio.sleep(seconds)
        limiter.observe(headers or {}, search=search, is_local=True)
        if isinstance(error, ApiError):
            limiter.react_to(error, search=search)
        if error:
            raise error
    return sent


async def fail(limiter: Limiter, error: Exception, **options: Any) -> None:
    """Send a request that fails with an error."""
    with pytest.raises(type(error)):
        await send(limiter, error=error, **options)


async def assert_refused(limiter: Limiter, kind: type[ApiError], **options: Any) -> ApiError:
    """Check that a request fails without being sent, and return its error."""
    with pytest.raises(kind) as caught:
        await send(limiter, **options)
    error = caught.value
    assert type(error) is kind
    assert error.status == (403 if kind is BlockedError else 429)
    assert (error.attempts, error.operation) == (0, "getLeads")
    assert str(error).startswith("getLeads: not sent: ")
    return error


async def in_calm(
    run: Callable[[float], Awaitable[list[float]]], window: float
) -> tuple[float, list[float]]:
    """Run requests, and return the length of their window and the times at which they were sent.

    A request may leave late by a twentieth of the window. If a busy machine stopped the event loop
    for longer than that, the run proves nothing and is repeated with a window twice as long. The
    run with a window of 3 seconds counts in any case.
    """
    while True:
        pauses: list[float] = []
        watching = asyncio.create_task(_watch(pauses))
        times = await run(window)
        watching.cancel()
        await asyncio.wait([watching])
        if window > 3 or max(pauses, default=0.0) < window / 20:
            return window, times
        window *= 2


async def _watch(pauses: list[float]) -> None:
    """Record the pauses of the event loop."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.001)
        pauses.append(time.monotonic() - began - 0.001)


def largest_count(times: Sequence[float], window: float) -> int:
    """Return the number of times in the fullest window."""
    return max(sum(end - window < moment <= end for moment in times) for end in times)


def daily_remaining(count: int) -> dict[str, str]:
    """Return the header of the tokens left of the daily budget."""
    return {"x-daily-ratelimit-token-remaining": str(count)}
