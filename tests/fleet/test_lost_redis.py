"""Test that each process of a fleet continues with its share while Redis cannot be reached."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pipedrive_leads_async.errors import BlockedError, RateLimitedError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from tests.fleet.admissions import (
    FAST,
    KEY,
    assert_refused,
    burst,
    daily_remaining,
    fail,
    fleet_limiter,
    largest_count,
    send,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


def messages(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


# --- The share of a process


@pytest.mark.parametrize(
    ("limit", "workers", "share", "window"),
    [(9, 4, 2, 0.1), (2, 4, 1, 0.2)],
)
async def test_process_without_redis_sends_no_more_than_its_share(
    redis_server: RedisServer,
    redis: Redis,
    *,
    limit: int,
    workers: int,
    share: int,
    window: float,
) -> None:
    limiter = fleet_limiter(redis, workers=workers, timeout=0.1)
    limiter.observe(burst(limit, 0.1), is_local=True)
    await send(limiter)
    redis_server.kill()
    times = await asyncio.gather(*[send(limiter) for _ in range(2 * share + 1)])
    assert largest_count(times, window) <= share


async def test_requests_admitted_before_the_loss_count_for_one_window(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, timeout=0.05)
    limiter.observe(burst(1000, 0.3), is_local=True)
    await send(limiter)
    redis_server.kill()
    began = time.monotonic()
    assert await send(limiter) >= began + 0.3


async def test_process_without_redis_uses_the_limits_that_others_reported(
    redis_server: RedisServer, redis: Redis
) -> None:
    async with redis_server.client() as another:
        reporting = fleet_limiter(redis, timeout=0.05)
        reporting.observe(burst(80, 0.1), is_local=True)
        await send(reporting)
        limiter = fleet_limiter(another, timeout=0.05)
        await send(limiter)
        redis_server.kill()
        times = await asyncio.gather(*[send(limiter) for _ in range(20)])
        assert max(times) < min(times) + 1.0


async def test_process_that_never_reached_redis_uses_a_share_of_the_smallest_plan(
    redis_server: RedisServer, redis: Redis
) -> None:
    redis_server.kill()
    limiter = fleet_limiter(redis, workers=10, timeout=0.1)
    limiter.observe({"x-sandbox-burst-window": "0.1"}, is_local=True)
    times = await asyncio.gather(*[send(limiter) for _ in range(5)])
    assert largest_count(times, 0.1) <= 2


async def test_waiting_request_is_sent_when_redis_is_lost_before_its_slot(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, workers=1, timeout=0.1)
    limiter.observe(burst(2, 0.25), is_local=True)
    await send(limiter)
    waiting = asyncio.create_task(send(limiter))
    await asyncio.sleep(0.05)
    redis_server.kill()
    await waiting


# --- Loss and return


async def test_loss_and_return_of_redis_are_logged_once_each(
    redis_server: RedisServer, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="pipedrive_leads_async")
    limiter = fleet_limiter(redis, timeout=0.1)
    limiter.observe(FAST, is_local=True)
    await send(limiter)
    assert caplog.records == []
    redis_server.kill()
    for _ in range(3):
        await send(limiter)
        await asyncio.sleep(0.1)  # until it calls Redis again
    (message,) = messages(caplog, logging.WARNING)
    assert message.startswith("Redis cannot be reached (")
    assert "1/8 of Pipedrive's limits" in message
    redis_server.start()
    await asyncio.sleep(0.15)
    for _ in range(3):
        await send(limiter)
    assert len(messages(caplog, logging.WARNING)) == 1
    (message,) = messages(caplog, logging.INFO)
    assert message.startswith("Redis can be reached again")
    assert await redis.exists(f"{KEY}:limits")


async def test_requests_sent_without_redis_count_for_one_window_after_its_return(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, workers=1, timeout=0.1)
    limiter.observe(burst(1000, 0.3), is_local=True)
    redis_server.kill()
    sent = await send(limiter)
    redis_server.start()
    await asyncio.sleep(max(0.0, sent + 0.25 - time.monotonic()))
    assert await send(limiter) >= sent + 0.3
    assert await redis.exists(f"{KEY}:limits")


async def test_stalled_redis_delays_only_the_request_that_calls_it(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, workers=1, timeout=0.1)
    limiter.observe(FAST, is_local=True)
    limiter.observe(FAST, search=True, is_local=True)
    await send(limiter)
    redis_server.stall()
    began = time.monotonic()
    assert await send(limiter) < began + 1.0
    await asyncio.sleep(0.15)  # until it calls Redis again
    began = time.monotonic()
    calling = asyncio.create_task(send(limiter))
    await asyncio.sleep(0.01)
    assert await send(limiter, search=True) < began + 0.09
    await calling
    redis_server.resume()
    await asyncio.sleep(0.15)
    # A late reply is not mistaken for the reply to a later call.
    await asyncio.gather(*[send(limiter) for _ in range(5)])
    assert await redis.hget(f"{KEY}:limits", "limit") == b"1000"


async def test_redis_that_replies_with_an_error_counts_as_lost(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.set(f"{KEY}:limits", "a text")
    limiter = fleet_limiter(redis)
    limiter.observe(FAST, is_local=True)
    await send(limiter)
    (message,) = messages(caplog, logging.WARNING)
    assert "WRONGTYPE" in message


# --- Cancellation


async def test_request_cancelled_while_redis_is_stalled_frees_its_place(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, max_in_flight=1, timeout=5.0)
    limiter.observe(FAST, is_local=True)
    await send(limiter)
    redis_server.stall()
    calling = asyncio.create_task(send(limiter))
    await asyncio.sleep(0.02)
    calling.cancel()
    await asyncio.wait([calling])
    redis_server.resume()
    await send(limiter)


async def test_request_can_be_cancelled_at_any_moment_and_frees_its_place(redis: Redis) -> None:
    limiter = fleet_limiter(redis, max_in_flight=1)
    limiter.observe(FAST, is_local=True)
    await send(limiter)
    for moment in range(30):
        sending = asyncio.create_task(send(limiter, 60.0))
        for _ in range(moment):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending], timeout=1.0)
        assert sending.cancelled()
    await send(limiter)


# --- Barriers, pauses and the reserve


@pytest.mark.parametrize(
    "error", [ExhaustedError(retry_after=3600.0), BlockedError()], ids=["daily budget", "blocked"]
)
async def test_barrier_stays_when_redis_is_lost(
    redis_server: RedisServer, error: ExhaustedError | BlockedError
) -> None:
    async with redis_server.client() as redis, redis_server.client() as another:
        first, second = (fleet_limiter(each, timeout=0.1) for each in (redis, another))
        await fail(first, error)
        await assert_refused(second, type(error))
        redis_server.kill()
        await assert_refused(first, type(error))
        await assert_refused(second, type(error))


async def test_429_pauses_its_process_now_and_the_others_when_redis_is_back(
    redis_server: RedisServer,
) -> None:
    async with redis_server.client() as redis, redis_server.client() as another:
        limiter = fleet_limiter(redis, timeout=0.1)
        limiter.observe(FAST, is_local=True)
        redis_server.kill()
        await fail(limiter, RateLimitedError(retry_after=60.0))
        await assert_refused(limiter, RateLimitedError, patience=50.0)
        redis_server.start()
        await asyncio.sleep(0.2)
        await assert_refused(limiter, RateLimitedError, patience=50.0)
        await assert_refused(fleet_limiter(another), RateLimitedError, patience=50.0)


async def test_reserve_of_the_daily_budget_is_kept_by_the_last_report(
    redis_server: RedisServer, redis: Redis
) -> None:
    limiter = fleet_limiter(redis, keep_daily_tokens=1000, timeout=0.1)
    await send(limiter, headers={**FAST, **daily_remaining(1025)})
    redis_server.kill()
    await send(limiter)
    await assert_refused(limiter, ExhaustedError)


# --- The extra


def test_library_does_not_import_redis_and_fleet_names_the_missing_extra() -> None:
    program = (
        "import sys, pipedrive_leads_async\n"
        "assert 'redis' not in sys.modules\n"
        "sys.modules['redis'] = None\n"
        "import pipedrive_leads_async.fleet\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert ended.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: pipedrive_leads_async.fleet needs redis: "
        "pip install 'pipedrive-leads-async[redis]'"
    )
