"""Test what only a fleet promises: evenly sent requests, and one budget for all processes."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from math import inf
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.errors import ConfigurationError, NotFoundError, RateLimitedError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from pipedrive_leads_async.fleet import RedisGovernor
from tests.fleet.admissions import (
    FAST,
    KEY,
    assert_refused,
    burst,
    daily_remaining,
    fail,
    fleet_limiter,
    send,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from pipedrive_leads_async._limits.limiter import Limiter
    from pipedrive_leads_async.sandbox import Sandbox
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

LIMITS = f"{KEY}:limits"


@attrs.define
class Fleet:
    """The limiters of two processes, and the Redis that they share."""

    first: Limiter
    second: Limiter
    redis: Redis

    def learn(self, headers: Mapping[str, str]) -> None:
        for limiter in (self.first, self.second):
            limiter.observe(headers, is_local=True)

    async def stored(self, name: str) -> int:
        return int(await self.redis.hget(LIMITS, name) or 0)


@pytest.fixture
async def fleet(redis_server: RedisServer, redis: Redis) -> AsyncGenerator[Fleet]:
    async with redis_server.client() as other:
        first, second = (fleet_limiter(each, keep_daily_tokens=1000) for each in (redis, other))
        yield Fleet(first, second, redis)


# --- The pace


async def test_requests_leave_evenly(fleet: Fleet) -> None:
    fleet.learn(burst(20, 0.4))
    calls = [send(limiter) for limiter in (fleet.first, fleet.second) for _ in range(5)]
    times = sorted(await asyncio.gather(*calls))
    slack = 0.4 / 20
    for ahead in range(1, 10):
        assert times[ahead] - times[0] >= ahead * 1.1 * 0.4 / 20 - slack


async def test_unknown_limit_counts_as_that_of_the_smallest_plan(fleet: Fleet) -> None:
    calls = [send(limiter) for limiter in (fleet.first, fleet.second) for _ in range(2)]
    times = sorted(await asyncio.gather(*calls))
    assert times[-1] - times[0] >= 3 * 0.11 - 0.1


async def test_request_calls_redis_once(fleet: Fleet) -> None:
    fleet.learn(FAST)

    await send(fleet.first)  # the first one also loads the script
    redis: Any = fleet.redis  # redis-py types `info` loosely
    before = await redis.info("commandstats")
    for _ in range(10):
        await send(fleet.first)
    after = await redis.info("commandstats")
    calls = [statistics["cmdstat_evalsha"]["calls"] for statistics in (before, after)]
    assert calls[1] == calls[0] + 10


async def test_late_requests_of_a_busy_process_do_not_leave_together(fleet: Fleet) -> None:
    fleet.learn(burst(100, 1.5))
    waiting = [asyncio.create_task(send(fleet.first)) for _ in range(8)]
    await asyncio.sleep(0.03)
    time.sleep(0.3)  # noqa: ASYNC251 - it is busy
    late = sorted(await asyncio.gather(*waiting))[-5:]
    assert late[-1] - late[0] >= 4 * 0.0165 - 0.075 / 2


# --- Pauses


async def test_pause_holds_a_request_of_another_process_that_has_its_slot(fleet: Fleet) -> None:
    fleet.learn(burst(2, 0.5))
    # The second slot is 0.275 seconds after the first.
    refused = asyncio.create_task(fail(fleet.first, RateLimitedError(retry_after=0.5), seconds=0.1))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(send(fleet.second))
    await refused
    paused = time.monotonic()
    assert await waiting >= paused + 0.4


async def test_pause_holds_requests_of_the_same_process_with_near_slots(fleet: Fleet) -> None:
    # Slots are a hundredth of a second apart, and the process holds several at a time.
    fleet.learn(burst(100, 1.5))
    began = time.monotonic()
    refused = fail(fleet.first, RateLimitedError(retry_after=0.3), seconds=0.01)
    _, *times = await asyncio.gather(refused, *[send(fleet.first) for _ in range(4)])
    assert min(filter(None, times)) >= began + 0.3


async def test_other_programs_with_the_same_token_slow_the_fleet_down(fleet: Fleet) -> None:
    fleet.learn(burst(1000, 1.5))
    full = await send(fleet.first, headers={"x-ratelimit-remaining": "0"})
    assert await send(fleet.first) >= full + 0.14
    assert await send(fleet.second) >= full + 0.14


# --- What processes report


async def test_headers_read_during_a_call_to_redis_are_reported_next(fleet: Fleet) -> None:
    fleet.first.observe({"x-ratelimit-limit": "40"})
    sending = asyncio.create_task(send(fleet.first))
    await asyncio.sleep(0)
    fleet.first.observe({"x-ratelimit-limit": "80"})
    await sending
    assert await fleet.stored("limit") == 40
    await send(fleet.first)
    assert await fleet.stored("limit") == 80


async def test_limit_is_not_replaced_by_an_older_one_of_another_process(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST)
    await send(fleet.first)
    await send(fleet.second, headers=burst(2000, 0.1))
    await send(fleet.second)
    await send(fleet.first)
    assert await fleet.stored("limit") == 2000


async def test_fleet_uses_the_length_of_the_window_that_was_reported_last(fleet: Fleet) -> None:
    for limiter, window in ((fleet.first, 0.5), (fleet.second, 0.1), (fleet.first, 0.2)):
        limiter.observe(burst(1000, window), is_local=True)
        await send(limiter)
        assert await fleet.stored("length") == window * 1e6
    # A server on another host cannot report a length: its window is that of Pipedrive.
    fleet.second.observe(burst(1000, 0.1))
    await send(fleet.second)
    assert await fleet.stored("length") == 2_000_000


# --- The daily budget


async def test_tokens_spent_by_one_process_count_for_all(fleet: Fleet) -> None:
    await send(fleet.first, headers={**FAST, **daily_remaining(1080)})
    await send(fleet.first)
    await send(fleet.second)
    await send(fleet.first)
    await send(fleet.second)
    for limiter in (fleet.first, fleet.second):
        await assert_refused(limiter, ExhaustedError)


async def test_budget_of_an_older_request_is_ignored(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST)
    async with fleet.first.admission(operation="getLeads", cost=20, patience=inf):
        await send(fleet.second, headers=daily_remaining(1010))
        await assert_refused(fleet.second, ExhaustedError)
        fleet.first.observe(daily_remaining(5000))
    await assert_refused(fleet.first, ExhaustedError)


async def test_budget_reported_after_redis_lost_its_data_is_ignored(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST, cost=900)
    async with fleet.first.admission(operation="getLeads", cost=20, patience=inf):
        await fleet.redis.delete(LIMITS)
        fleet.first.observe(daily_remaining(5000))
    await send(fleet.first)
    await send(fleet.second, headers=daily_remaining(1010))
    await assert_refused(fleet.second, ExhaustedError)


async def test_request_that_waits_for_its_slot_is_counted_once(fleet: Fleet) -> None:
    fleet.learn(burst(2, 0.4))
    await send(fleet.first, headers=daily_remaining(1020))
    await send(fleet.first)
    await assert_refused(fleet.first, ExhaustedError, cost=1)


async def test_requests_admitted_after_that_of_a_response_are_subtracted(fleet: Fleet) -> None:
    fleet.learn(burst(2, 0.4))
    await send(fleet.first)
    waiting = asyncio.create_task(send(fleet.first, headers=daily_remaining(1030)))
    await asyncio.sleep(0.05)
    await send(fleet.second)
    await waiting
    await assert_refused(fleet.first, ExhaustedError)


async def test_budget_read_with_several_requests_in_flight_is_that_of_the_oldest(
    fleet: Fleet,
) -> None:
    fleet.learn(FAST)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(
                fleet.first.admission(operation="getLeads", cost=20, patience=inf)
            )
        fleet.first.observe(daily_remaining(1030))
        await assert_refused(fleet.first, ExhaustedError)


# --- The clock of Redis


async def test_clock_of_redis_that_is_set_back_delays_no_request(fleet: Fleet) -> None:
    fleet.learn(burst(2, 0.4))
    await send(fleet.first)
    waiting = asyncio.create_task(send(fleet.first))
    await asyncio.sleep(0.05)
    # As if the clock had been an hour ahead until now.
    for field in ("last_run", "next"):
        await fleet.redis.hincrby(LIMITS, field, 3600 * 10**6)
    began = time.monotonic()
    assert await send(fleet.second, patience=5.0) < began + 1.0
    await waiting


async def test_clock_of_redis_that_is_set_back_leaves_barriers_as_long(fleet: Fleet) -> None:
    fleet.learn(FAST)
    await fail(fleet.first, ExhaustedError(retry_after=3600.0))
    for field in ("last_run", "barred_until"):
        await fleet.redis.hincrby(LIMITS, field, 3600 * 10**6)
    refusal = await assert_refused(fleet.second, ExhaustedError)
    assert 3590 < (refusal.retry_after or 0) <= 3600


# --- Probes


async def test_probe_may_wait_for_its_slot(fleet: Fleet) -> None:
    fleet.learn(burst(2, 0.4))
    await fail(fleet.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.12)  # the next slot is at 0.22
    await send(fleet.first)
    await send(fleet.first)


async def test_probe_without_a_response_leaves_the_barrier_to_another(fleet: Fleet) -> None:
    fleet.learn(FAST)
    await fail(fleet.first, ExhaustedError(retry_after=0.2))
    await asyncio.sleep(0.25)
    await fail(fleet.first, OSError())
    assert (await assert_refused(fleet.second, ExhaustedError)).retry_after is None
    await fleet.redis.hset(LIMITS, "probe_until", "1")  # as if ten seconds had passed
    await fail(fleet.second, NotFoundError(status=404))
    await send(fleet.second)
    await send(fleet.first)


# --- The governor, its Redis client and its arguments


async def test_governor_stores_no_credential_in_redis(redis: Redis, sandbox: Sandbox) -> None:
    governor = RedisGovernor(redis, KEY)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, governor=governor) as client:
        await client.get_lead_page()
        await client.get_lead_page()
    assert sandbox.api_token not in str(await redis.hgetall(LIMITS))
    assert 0 < await redis.pttl(LIMITS) <= 26 * 3600 * 1000


async def test_redis_client_may_decode_replies(redis_server: RedisServer) -> None:
    async with redis_server.client(decode_responses=True, protocol=2) as redis:
        limiter = fleet_limiter(redis)
        await send(limiter, headers=FAST)
        await send(limiter)


def test_rate_of_a_governor_is_that_of_its_limiter() -> None:
    governor = RedisGovernor(Redis(), KEY)
    governor.__limiter__().observe(FAST, is_local=True)
    assert governor.rate.limit == 1000


@pytest.mark.parametrize("name", ["keep_daily_tokens", "max_in_flight", "workers", "timeout"])
def test_invalid_argument_is_named(name: str) -> None:
    invalid: dict[str, Any] = {name: -1}
    with pytest.raises(ConfigurationError, match=name):
        RedisGovernor(Redis(), "pipedrive:acme", **invalid)


def test_invalid_key_is_refused() -> None:
    key: Any = 7
    with pytest.raises(ConfigurationError, match="key is empty"):
        RedisGovernor(Redis(), " ")
    with pytest.raises(TypeError, match="key must be a str, got int"):
        RedisGovernor(Redis(), key)


def test_synchronous_redis_client_is_refused() -> None:
    sync: Any = SyncRedis()
    with pytest.raises(TypeError, match=r"redis\.asyncio\.Redis, got redis\.client\.Redis"):
        RedisGovernor(sync, "pipedrive:acme")
