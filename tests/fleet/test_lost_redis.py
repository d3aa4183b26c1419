"""Without Redis each process of a fleet goes on with its share, and says so once."""

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
from tests.fleet.admissions import FAST, KEY, daily, fail, fleet_limiter, most, refuses, send

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


def limits(limit: str, window: float) -> dict[str, str]:
    return {"x-ratelimit-limit": limit, "x-ratelimit-reset": str(window)}


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


@pytest.mark.parametrize(
    ("limit", "workers", "most_of", "window"),
    [("9", 4, 2, 0.1), ("2", 4, 1, 0.2)],
)
async def test_a_process_keeps_to_its_share(
    redis_server: RedisServer,
    redis: Redis,
    *,
    limit: str,
    workers: int,
    most_of: int,
    window: float,
) -> None:
    governor = fleet_limiter(redis, workers=workers, timeout=0.1)
    governor.observe(limits(limit, 0.1))
    await send(governor)
    redis_server.kill()
    times = await asyncio.gather(*[send(governor) for _ in range(2 * most_of + 1)])
    assert most(times, window) <= most_of


async def test_what_others_were_admitted_to_counts_a_window_long(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, timeout=0.05)
    governor.observe(limits("1000", 0.3))
    await send(governor)
    redis_server.kill()
    began = time.monotonic()
    assert await send(governor) >= began + 0.3


async def test_a_process_goes_on_with_what_the_others_knew(
    redis_server: RedisServer, redis: Redis
) -> None:
    async with redis_server.client() as another:
        told = fleet_limiter(redis, timeout=0.05)
        told.observe(limits("80", 0.1))
        await send(told)
        governor = fleet_limiter(another, timeout=0.05)
        await send(governor)
        redis_server.kill()
        times = await asyncio.gather(*[send(governor) for _ in range(20)])
        assert max(times) < min(times) + 1.0


async def test_a_process_that_never_reached_redis_keeps_to_its_share_of_the_smallest_plan(
    redis_server: RedisServer, redis: Redis
) -> None:
    redis_server.kill()
    governor = fleet_limiter(redis, workers=10, timeout=0.1)
    governor.observe({"x-ratelimit-reset": "0.1"})
    times = await asyncio.gather(*[send(governor) for _ in range(5)])
    assert most(times, 0.1) <= 2


async def test_the_log_says_once_that_redis_is_lost_and_once_that_it_is_back(
    redis_server: RedisServer, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="pipedrive_leads_async")
    governor = fleet_limiter(redis, timeout=0.1)
    governor.observe(FAST)
    await send(governor)
    assert caplog.records == []
    redis_server.kill()
    for _ in range(3):
        await send(governor)
        await asyncio.sleep(0.1)  # until it looks for Redis again
    (line,) = lines(caplog, logging.WARNING)
    assert line.startswith("Redis is lost (")
    assert "1/8 of Pipedrive's limits" in line
    redis_server.start()
    await asyncio.sleep(0.15)
    for _ in range(3):
        await send(governor)
    assert len(lines(caplog, logging.WARNING)) == 1
    (line,) = lines(caplog, logging.INFO)
    assert line.startswith("Redis is back")
    assert await redis.exists(f"{KEY}:limits")


async def test_when_redis_is_back_what_was_sent_without_it_counts_a_window_long(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, workers=1, timeout=0.1)
    governor.observe(limits("1000", 0.3))
    redis_server.kill()
    alone = await send(governor)
    redis_server.start()
    await asyncio.sleep(max(0.0, alone + 0.25 - time.monotonic()))
    assert await send(governor) >= alone + 0.3
    assert await redis.exists(f"{KEY}:limits")


async def test_a_redis_that_does_not_answer_holds_up_only_who_asks_it(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, workers=1, timeout=0.1)
    governor.observe(FAST)
    governor.observe(FAST, search=True)
    await send(governor)
    redis_server.stall()
    began = time.monotonic()
    assert await send(governor) < began + 1.0
    await asyncio.sleep(0.15)  # until it looks for Redis again
    began = time.monotonic()
    asking = asyncio.create_task(send(governor))
    await asyncio.sleep(0.01)
    assert await send(governor, search=True) < began + 0.09
    await asking
    redis_server.resume()
    await asyncio.sleep(0.15)
    # No answer to one question is taken for that to another.
    await asyncio.gather(*[send(governor) for _ in range(5)])
    assert await redis.hget(f"{KEY}:limits", "limit") == b"1000"


async def test_whoever_is_cancelled_while_redis_does_not_answer_holds_nothing(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, max_in_flight=1, timeout=5.0)
    governor.observe(FAST)
    await send(governor)
    redis_server.stall()
    asking = asyncio.create_task(send(governor))
    await asyncio.sleep(0.02)
    asking.cancel()
    await asyncio.wait([asking])
    redis_server.resume()
    await send(governor)


async def test_whoever_is_cancelled_at_any_moment_is_and_holds_nothing(redis: Redis) -> None:
    governor = fleet_limiter(redis, max_in_flight=1)
    governor.observe(FAST)
    await send(governor)
    for moment in range(30):
        asking = asyncio.create_task(send(governor, 60.0))
        for _ in range(moment):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking], timeout=1.0)
        assert asking.cancelled()
    await send(governor)


async def test_a_redis_that_answers_with_an_error_counts_as_lost(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await redis.set(f"{KEY}:limits", "a text")
    governor = fleet_limiter(redis)
    governor.observe(FAST)
    await send(governor)
    (line,) = lines(caplog, logging.WARNING)
    assert "WRONGTYPE" in line


@pytest.mark.parametrize("error", [ExhaustedError(retry_after=3600.0), BlockedError()])
async def test_what_closed_the_way_before_closes_it_now(
    redis_server: RedisServer, error: ExhaustedError | BlockedError
) -> None:
    async with redis_server.client() as redis, redis_server.client() as another:
        first, second = (fleet_limiter(each, timeout=0.1) for each in (redis, another))
        await fail(first, error)
        await refuses(second, type(error))
        redis_server.kill()
        await refuses(first, type(error))
        await refuses(second, type(error))


async def test_a_429_pauses_the_process_now_and_the_others_when_redis_is_back(
    redis_server: RedisServer,
) -> None:
    async with redis_server.client() as redis, redis_server.client() as another:
        governor = fleet_limiter(redis, timeout=0.1)
        governor.observe(FAST)
        redis_server.kill()
        await fail(governor, RateLimitedError(retry_after=60.0))
        await refuses(governor, RateLimitedError, patience=50.0)
        redis_server.start()
        await asyncio.sleep(0.2)
        await refuses(governor, RateLimitedError, patience=50.0)
        await refuses(fleet_limiter(another), RateLimitedError, patience=50.0)


async def test_the_reserve_of_the_daily_budget_is_kept_by_what_was_last_seen(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, keep_daily_tokens=1000, timeout=0.1)
    await send(governor, headers={**FAST, **daily(1025)})
    redis_server.kill()
    await send(governor)
    await refuses(governor, ExhaustedError)


async def test_a_turn_is_kept_where_redis_is_lost_just_before_it(
    redis_server: RedisServer, redis: Redis
) -> None:
    governor = fleet_limiter(redis, workers=1, timeout=0.1)
    governor.observe(limits("2", 0.25))
    await send(governor)
    waiting = asyncio.create_task(send(governor))
    await asyncio.sleep(0.05)
    redis_server.kill()
    await waiting


def test_the_library_does_not_import_redis_and_the_fleet_says_how_to_get_it() -> None:
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
