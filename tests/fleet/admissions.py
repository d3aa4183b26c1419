"""Requests that a governor lets through, without a client: each tells when it was sent."""

from __future__ import annotations

import asyncio
import time
from math import inf
from typing import TYPE_CHECKING, Any, Final

import pytest

from pipedrive_leads_async.errors import ApiError, BlockedError
from pipedrive_leads_async.fleet import RedisGovernor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redis.asyncio import Redis

    from pipedrive_leads_async._limits.limiter import Limiter

KEY: Final = "pipedrive:acme"

FAST: Final = {"x-ratelimit-limit": "1000", "x-ratelimit-reset": "0.1"}
"""A limit that nobody notices, for tests of something else."""


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
    """Send a request that is answered after so many seconds."""
    async with limiter.admission(operation="getLeads", cost=cost, search=search, patience=patience):
        sent = time.monotonic()
        if seconds:
            await asyncio.sleep(seconds)
        limiter.observe(headers or {}, search=search)
        if isinstance(error, ApiError):
            limiter.heed(error, search=search)
        if error:
            raise error
    return sent


async def fail(limiter: Limiter, error: Exception, **options: Any) -> None:
    with pytest.raises(type(error)):
        await send(limiter, error=error, **options)


async def refuses(limiter: Limiter, kind: type[ApiError], **options: Any) -> ApiError:
    """Check that a request fails without being sent, and give its error."""
    with pytest.raises(kind) as caught:
        await send(limiter, **options)
    error = caught.value
    assert type(error) is kind
    assert error.status == (403 if kind is BlockedError else 429)
    assert (error.attempts, error.operation) == (0, "getLeads")
    assert str(error).startswith("getLeads: not sent: ")
    return error


def most(times: Sequence[float], window: float) -> int:
    return max(sum(end - window < moment <= end for moment in times) for end in times)


def daily(count: int) -> dict[str, str]:
    return {"x-daily-ratelimit-token-remaining": str(count)}
