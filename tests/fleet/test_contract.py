"""What any governor promises, to siblings in one process as to those of a fleet."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from contextlib import AsyncExitStack
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import pytest

from pipedrive_leads_async import Governor, Rate
from pipedrive_leads_async.errors import ApiError, BlockedError, RateLimitedError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from tests.fleet.admissions import FAST, daily, fail, fleet_limiter, most, refuses, send

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from redis.asyncio import Redis

    from pipedrive_leads_async._limits.limiter import Limiter
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


class Siblings(NamedTuple):
    """Two governors of one credential, which may be the same."""

    first: Limiter
    second: Limiter

    def learn(self, headers: Mapping[str, str]) -> None:
        for governor in self:
            governor.observe(headers)


@pytest.fixture(params=["one process", "fleet"])
async def siblings(
    request: pytest.FixtureRequest, redis_server: RedisServer
) -> AsyncGenerator[Siblings]:
    if request.param == "one process":
        limiter = Governor().__limiter__()
        yield Siblings(limiter, limiter)
        return
    async with redis_server.client() as one, redis_server.client() as other:
        yield Siblings(fleet_limiter(one), fleet_limiter(other))


async def test_siblings_send_no_more_than_the_limit_in_any_window(siblings: Siblings) -> None:
    siblings.learn({"x-ratelimit-limit": "5", "x-ratelimit-reset": "0.1"})
    calls = [send(governor) for governor in (siblings.first, siblings.second) for _ in range(8)]
    times = await asyncio.gather(*calls)
    assert most(times, 0.1) <= 5


async def test_searches_have_a_limit_of_their_own(siblings: Siblings) -> None:
    siblings.learn({"x-ratelimit-limit": "1", "x-ratelimit-reset": "0.5"})
    waiting = asyncio.create_task(send(siblings.first))
    began = time.monotonic()
    assert await send(siblings.second, search=True) < began + 0.3
    await waiting


async def test_after_one_429_no_sibling_sends_before_the_time_that_it_named(
    siblings: Siblings,
) -> None:
    siblings.learn(FAST)
    began = time.monotonic()
    await fail(siblings.first, RateLimitedError(retry_after=0.2))
    times = [send(siblings.second), send(siblings.first)]
    assert min(await asyncio.gather(*times)) >= began + 0.2


async def test_of_several_pauses_the_longest_counts(siblings: Siblings) -> None:
    siblings.learn(FAST)
    first, second = siblings
    pauses = [(first, 0.05), (second, 0.25), (first, 0.1)]
    began = time.monotonic()
    await asyncio.gather(
        *[
            fail(governor, RateLimitedError(retry_after=pause), seconds=0.05)
            for governor, pause in pauses
        ]
    )
    assert min(await asyncio.gather(send(first), send(second))) >= began + 0.25


async def test_a_pause_longer_than_the_patience_is_refused_at_once(siblings: Siblings) -> None:
    await fail(siblings.first, RateLimitedError(retry_after=60.0))
    error = await refuses(siblings.second, RateLimitedError, patience=50.0)
    assert error.retry_after == pytest.approx(60.0, abs=3.0)


async def test_a_line_longer_than_the_patience_is_refused_at_once(siblings: Siblings) -> None:
    siblings.learn({"x-ratelimit-limit": "1", "x-ratelimit-reset": "0.25"})
    await send(siblings.first)
    waiting = [asyncio.create_task(send(siblings.first)) for _ in range(4)]
    await asyncio.sleep(0)
    began = time.monotonic()
    error = await refuses(siblings.first, RateLimitedError, patience=0.95)
    assert error.retry_after
    assert error.retry_after > 0.95
    assert time.monotonic() < began + 0.25
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await send(siblings.first, patience=0.95)


@pytest.mark.parametrize("patience", [0.0, -1.0])
async def test_no_patience_is_needed_where_there_is_no_wait(
    siblings: Siblings, patience: float
) -> None:
    await send(siblings.first, patience=patience)


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        (ExhaustedError(retry_after=3939.0), 3939.0),
        (ExhaustedError(), 900.0),
        (BlockedError(), 300.0),
    ],
)
async def test_what_closes_the_way_for_one_closes_it_for_all(
    siblings: Siblings, error: ApiError, closed: float
) -> None:
    await fail(siblings.first, error)
    for governor in (siblings.second, siblings.first):
        refusal = await refuses(governor, type(error), search=True)
        assert refusal.retry_after == pytest.approx(closed, abs=5.0)


async def test_when_it_is_over_one_tries_and_when_it_succeeds_the_others_follow(
    siblings: Siblings,
) -> None:
    siblings.learn(FAST)
    await fail(siblings.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.15)
    async with siblings.first.admission(operation="getLeads", cost=20, patience=inf):
        refusal = await refuses(siblings.second, ExhaustedError)
        assert refusal.retry_after is None
    await send(siblings.first)
    await send(siblings.second)


async def test_a_try_that_gets_the_same_answer_closes_the_way_again(siblings: Siblings) -> None:
    siblings.learn(FAST)
    await fail(siblings.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.15)
    await fail(siblings.first, ExhaustedError(retry_after=3600.0))
    for governor in (siblings.first, siblings.second):
        assert (await refuses(governor, ExhaustedError)).retry_after


async def test_a_shorter_barrier_does_not_open_a_longer_one(siblings: Siblings) -> None:
    siblings.learn(FAST)
    late = asyncio.create_task(fail(siblings.second, ExhaustedError(retry_after=0.1), seconds=0.1))
    await asyncio.sleep(0.05)
    await fail(siblings.first, ExhaustedError(retry_after=3600.0))
    await late
    await asyncio.sleep(0.1)
    for governor in (siblings.second, siblings.first):
        await refuses(governor, ExhaustedError)


async def test_a_try_does_not_open_what_was_closed_meanwhile(siblings: Siblings) -> None:
    siblings.learn(FAST)
    late = asyncio.create_task(fail(siblings.second, BlockedError(), seconds=0.3))
    await asyncio.sleep(0.05)
    await fail(siblings.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.15)
    trying = asyncio.create_task(send(siblings.first, 0.2))
    await late
    assert not trying.done()
    await trying
    for governor in siblings:
        await refuses(governor, BlockedError)


async def test_a_garbage_header_is_ignored(siblings: Siblings) -> None:
    for value in ("", "-1", "nan", "x", "1790000000000000"):
        siblings.first.observe({"x-ratelimit-limit": value, "x-ratelimit-reset": value})
    assert siblings.first.rate == Rate()
    await send(siblings.first)


async def test_the_rate_is_what_was_last_said_of_each(siblings: Siblings) -> None:
    headers = {"x-ratelimit-remaining": "19", "x-ratelimit-reset": "2", **daily(75_000)}
    siblings.first.observe({"x-ratelimit-limit": "20", **headers})
    siblings.first.observe({"x-ratelimit-remaining": "3", **daily(74_000)}, search=True)
    rate = siblings.first.rate
    assert attrs.evolve(rate, observed_at=None) == Rate(
        limit=20, remaining=19, reset=2.0, daily_remaining=74_000
    )
    assert rate.observed_at is not None
    assert dt.datetime.now(dt.UTC) - rate.observed_at < dt.timedelta(minutes=1)


@pytest.fixture(params=["one process", "fleet"])
def small(request: pytest.FixtureRequest, redis: Redis) -> Limiter:
    """A governor with two places that keeps a thousand tokens."""
    options: dict[str, Any] = {"keep_daily_tokens": 1000, "max_in_flight": 2}
    if request.param == "one process":
        return Governor(**options).__limiter__()
    return fleet_limiter(redis, **options)


async def test_no_more_are_in_flight_than_there_are_places(small: Limiter) -> None:
    small.observe(FAST)
    in_flight = 0

    async def call() -> None:
        nonlocal in_flight
        async with small.admission(operation="getLeads", cost=20, patience=inf):
            in_flight += 1
            assert in_flight <= 2
            await asyncio.sleep(0.05)
            in_flight -= 1

    await asyncio.gather(*[call() for _ in range(6)])


async def test_whoever_is_cancelled_gives_its_place_and_its_turn_to_the_next(
    small: Limiter,
) -> None:
    await send(small, headers=FAST)
    async with AsyncExitStack() as holders:
        for _ in range(2):
            await holders.enter_async_context(
                small.admission(operation="getLeads", cost=20, patience=inf)
            )
        waiting = [asyncio.create_task(send(small)) for _ in range(4)]
        await asyncio.sleep(0.05)
        waiting[0].cancel()
        waiting[2].cancel()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError, float] * 2
    await asyncio.gather(send(small, 0.01), send(small, 0.01))


async def test_a_reserve_of_the_daily_budget_is_kept_to_the_token(
    small: Limiter,
) -> None:
    await send(small, headers={**FAST, **daily(1059)})
    await send(small, headers=daily(1039))  # an answer that tells what is left
    await send(small)  # and one that does not
    error = await refuses(small, ExhaustedError)
    assert error.retry_after == pytest.approx(900.0, abs=5.0)
    assert "keep_daily_tokens=1000" in str(error)
    await send(small, cost=19)
    await refuses(small, ExhaustedError, cost=1)
