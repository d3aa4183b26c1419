"""What a fleet promises besides: requests that leave evenly, and one budget for all."""

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
from tests.fleet.admissions import FAST, KEY, daily, fail, fleet_limiter, refuses, send

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from pipedrive_leads_async._limits.limiter import Limiter
    from pipedrive_leads_async.sandbox import Sandbox
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

LIMITS = f"{KEY}:limits"


@attrs.define
class Fleet:
    """The governors of two processes, and what they share."""

    first: Limiter
    second: Limiter
    redis: Redis

    def learn(self, headers: Mapping[str, str]) -> None:
        for governor in (self.first, self.second):
            governor.observe(headers)

    async def stored(self, name: str) -> int:
        return int(await self.redis.hget(LIMITS, name) or 0)


@pytest.fixture
async def fleet(redis_server: RedisServer, redis: Redis) -> AsyncGenerator[Fleet]:
    async with redis_server.client() as other:
        first, second = (fleet_limiter(each, keep_daily_tokens=1000) for each in (redis, other))
        yield Fleet(first, second, redis)


async def test_requests_leave_evenly(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "20", "x-ratelimit-reset": "0.4"})
    calls = [send(governor) for governor in (fleet.first, fleet.second) for _ in range(5)]
    times = sorted(await asyncio.gather(*calls))
    slack = 0.4 / 20
    for ahead in range(1, 10):
        assert times[ahead] - times[0] >= ahead * 1.1 * 0.4 / 20 - slack


async def test_before_an_answer_told_the_limit_it_is_that_of_the_smallest_plan(
    fleet: Fleet,
) -> None:
    calls = [send(governor) for governor in (fleet.first, fleet.second) for _ in range(2)]
    times = sorted(await asyncio.gather(*calls))
    assert times[-1] - times[0] >= 3 * 0.11 - 0.1


async def test_a_request_asks_redis_once(fleet: Fleet) -> None:
    fleet.learn(FAST)

    await send(fleet.first)  # which also brings the script
    redis: Any = fleet.redis  # whose own types of this are loose
    before = await redis.info("commandstats")
    for _ in range(10):
        await send(fleet.first)
    after = await redis.info("commandstats")
    asked = [statistics["cmdstat_evalsha"]["calls"] for statistics in (before, after)]
    assert asked[1] == asked[0] + 10


async def test_what_waits_for_its_turn_hears_of_a_pause(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.5"})
    # Its turn is a pace of 0.275 seconds after that of the first.
    refused = asyncio.create_task(fail(fleet.first, RateLimitedError(retry_after=0.5), seconds=0.1))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(send(fleet.second))
    await refused
    paused = time.monotonic()
    assert await waiting >= paused + 0.4


async def test_requests_that_a_busy_process_sends_late_do_not_leave_together(
    fleet: Fleet,
) -> None:
    fleet.learn({"x-ratelimit-limit": "100", "x-ratelimit-reset": "1.5"})
    waiting = [asyncio.create_task(send(fleet.first)) for _ in range(8)]
    await asyncio.sleep(0.03)
    time.sleep(0.3)  # noqa: ASYNC251 - it is busy
    late = sorted(await asyncio.gather(*waiting))[-5:]
    assert late[-1] - late[0] >= 4 * 0.0165 - 0.075 / 2


async def test_what_a_process_is_about_to_send_hears_of_its_429(fleet: Fleet) -> None:
    # Its turns are a hundredth of a second apart, and several are given at a time.
    fleet.learn({"x-ratelimit-limit": "100", "x-ratelimit-reset": "1.5"})
    began = time.monotonic()
    refused = fail(fleet.first, RateLimitedError(retry_after=0.3), seconds=0.01)
    _, *times = await asyncio.gather(refused, *[send(fleet.first) for _ in range(4)])
    assert min(filter(None, times)) >= began + 0.3


async def test_what_is_seen_while_redis_is_asked_is_told_next(fleet: Fleet) -> None:
    fleet.first.observe({"x-ratelimit-limit": "40"})
    asking = asyncio.create_task(send(fleet.first))
    await asyncio.sleep(0)
    fleet.first.observe({"x-ratelimit-limit": "80"})
    await asking
    assert await fleet.stored("limit") == 40
    await send(fleet.first)
    assert await fleet.stored("limit") == 80


async def test_a_limit_that_changed_is_not_taken_back_by_who_saw_it_before(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST)
    await send(fleet.first)
    await send(fleet.second, headers={"x-ratelimit-limit": "2000"})
    await send(fleet.second)
    await send(fleet.first)
    assert await fleet.stored("limit") == 2000


async def test_what_one_spends_of_the_daily_budget_all_know(fleet: Fleet) -> None:
    await send(fleet.first, headers={**FAST, **daily(1080)})
    await send(fleet.first)
    await send(fleet.second)
    await send(fleet.first)
    await send(fleet.second)
    for governor in (fleet.first, fleet.second):
        await refuses(governor, ExhaustedError)


async def test_an_answer_to_an_older_request_does_not_tell_what_is_left(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST)
    async with fleet.first.admission(operation="getLeads", cost=20, patience=inf):
        await send(fleet.second, headers=daily(1010))
        await refuses(fleet.second, ExhaustedError)
        fleet.first.observe(daily(5000))
    await refuses(fleet.first, ExhaustedError)


async def test_what_redis_forgot_does_not_count_when_it_is_told_later(fleet: Fleet) -> None:
    await send(fleet.first, headers=FAST, cost=900)
    async with fleet.first.admission(operation="getLeads", cost=20, patience=inf):
        await fleet.redis.delete(LIMITS)
        fleet.first.observe(daily(5000))
    await send(fleet.first)
    await send(fleet.second, headers=daily(1010))
    await refuses(fleet.second, ExhaustedError)


async def test_a_worker_that_saw_only_the_rest_of_a_window_does_not_shorten_it(
    fleet: Fleet,
) -> None:
    fleet.first.observe({"x-ratelimit-limit": "1000", "x-ratelimit-reset": "0.5"})
    await send(fleet.first)
    fleet.second.observe({"x-ratelimit-reset": "0.1"})
    await send(fleet.second)
    assert await fleet.stored("length") == 500_000


async def test_a_worker_that_was_told_no_window_does_not_lengthen_it(fleet: Fleet) -> None:
    fleet.first.observe({"x-ratelimit-limit": "1000"})
    await send(fleet.first)
    fleet.second.observe({"x-ratelimit-reset": "0.1"})
    await send(fleet.second)
    assert await fleet.stored("length") == 100_000


async def test_what_waits_for_its_turn_is_spent_once(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.4"})
    await send(fleet.first, headers=daily(1020))
    await send(fleet.first)
    await refuses(fleet.first, ExhaustedError, cost=1)


async def test_an_answer_does_not_tell_of_what_was_admitted_after_its_request(
    fleet: Fleet,
) -> None:
    fleet.learn({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.4"})
    await send(fleet.first)
    waiting = asyncio.create_task(send(fleet.first, headers=daily(1030)))
    await asyncio.sleep(0.05)
    await send(fleet.second)
    await waiting
    await refuses(fleet.first, ExhaustedError)


async def test_of_several_in_flight_an_answer_tells_what_was_left_before_all(
    fleet: Fleet,
) -> None:
    fleet.learn(FAST)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(
                fleet.first.admission(operation="getLeads", cost=20, patience=inf)
            )
        fleet.first.observe(daily(1030))
        await refuses(fleet.first, ExhaustedError)


async def test_a_clock_of_redis_that_is_set_back_stops_nobody(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.4"})
    await send(fleet.first)
    waiting = asyncio.create_task(send(fleet.first))
    await asyncio.sleep(0.05)
    # As if all that was noted until now had been an hour ahead.
    for noted in ("last_run", "next"):
        await fleet.redis.hincrby(LIMITS, noted, 3600 * 10**6)
    began = time.monotonic()
    assert await send(fleet.second, patience=5.0) < began + 1.0
    await waiting


async def test_after_that_what_is_closed_stays_so_for_as_long_as_was_asked(fleet: Fleet) -> None:
    fleet.learn(FAST)
    await fail(fleet.first, ExhaustedError(retry_after=3600.0))
    for noted in ("last_run", "barred_until"):
        await fleet.redis.hincrby(LIMITS, noted, 3600 * 10**6)
    refusal = await refuses(fleet.second, ExhaustedError)
    assert 3590 < (refusal.retry_after or 0) <= 3600


async def test_others_with_the_same_token_slow_the_fleet_down(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "1000", "x-ratelimit-reset": "1.5"})
    full = await send(fleet.first, headers={"x-ratelimit-remaining": "0"})
    assert await send(fleet.first) >= full + 0.14
    assert await send(fleet.second) >= full + 0.14


async def test_who_tries_may_have_to_wait_for_its_turn(fleet: Fleet) -> None:
    fleet.learn({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.4"})
    await fail(fleet.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.12)  # and its turn is after 0.22
    await send(fleet.first)
    await send(fleet.first)


async def test_who_gives_up_while_it_tries_leaves_it_to_another(fleet: Fleet) -> None:
    fleet.learn(FAST)
    await fail(fleet.first, ExhaustedError(retry_after=0.2))
    await asyncio.sleep(0.25)
    await fail(fleet.first, OSError())
    assert (await refuses(fleet.second, ExhaustedError)).retry_after is None
    await fleet.redis.hset(LIMITS, "probe_until", "1")  # ten seconds later
    await fail(fleet.second, NotFoundError(status=404))
    await send(fleet.second)
    await send(fleet.first)


async def test_a_governor_leaves_nothing_of_a_credential_in_redis(
    redis: Redis, sandbox: Sandbox
) -> None:
    governor = RedisGovernor(redis, KEY)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, governor=governor) as client:
        await client.get_lead_page()
        await client.get_lead_page()
    assert sandbox.api_token not in str(await redis.hgetall(LIMITS))
    assert 0 < await redis.pttl(LIMITS) <= 26 * 3600 * 1000


async def test_a_client_may_decode_answers(redis_server: RedisServer) -> None:
    async with redis_server.client(decode_responses=True, protocol=2) as redis:
        governor = fleet_limiter(redis)
        await send(governor, headers=FAST)
        await send(governor)


@pytest.mark.parametrize("name", ["keep_daily_tokens", "max_in_flight", "workers", "timeout"])
def test_a_wrong_argument_is_named(name: str) -> None:
    wrong: dict[str, Any] = {name: -1}
    with pytest.raises(ConfigurationError, match=name):
        RedisGovernor(Redis(), "pipedrive:acme", **wrong)


def test_a_wrong_key_is_refused() -> None:
    key: Any = 7
    with pytest.raises(ConfigurationError, match="key is empty"):
        RedisGovernor(Redis(), " ")
    with pytest.raises(TypeError, match="key must be str, got int"):
        RedisGovernor(Redis(), key)


def test_a_client_that_is_not_async_is_refused() -> None:
    sync: Any = SyncRedis()
    with pytest.raises(TypeError, match=r"redis\.asyncio\.Redis, got redis\.client\.Redis"):
        RedisGovernor(sync, "pipedrive:acme")
