"""Test what every governor promises, for one process and for a fleet alike."""

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
from tests.fleet.admissions import (
    FAST,
    assert_refused,
    burst,
    daily_remaining,
    fail,
    fleet_limiter,
    in_calm,
    largest_count,
    send,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from redis.asyncio import Redis

    from pipedrive_leads_async._limits.limiter import Limiter
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


class Siblings(NamedTuple):
    """Two limiters of one credential; in one process they are the same."""

    first: Limiter
    second: Limiter

    def learn(self, headers: Mapping[str, str]) -> None:
        for limiter in self:
            limiter.observe(headers, is_local=True)


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


# --- The burst limit


async def test_siblings_send_no_more_than_the_limit_in_any_window(siblings: Siblings) -> None:
    async def run(window: float) -> list[float]:
        siblings.learn(burst(5, window))
        calls = [send(limiter) for limiter in (siblings.first, siblings.second) for _ in range(8)]
        return await asyncio.gather(*calls)

    window, times = await in_calm(run, 0.1)
    assert largest_count(times, window) <= 5


async def test_searches_have_a_limit_of_their_own(siblings: Siblings) -> None:
    siblings.learn(burst(1, 0.5))
    waiting = asyncio.create_task(send(siblings.first))
    began = time.monotonic()
    assert await send(siblings.second, search=True) < began + 0.3
    await waiting


async def test_429_pauses_all_siblings_for_its_retry_after(siblings: Siblings) -> None:
    siblings.learn(FAST)
    began = time.monotonic()
    await fail(siblings.first, RateLimitedError(retry_after=0.2))
    times = [send(siblings.second), send(siblings.first)]
    assert min(await asyncio.gather(*times)) >= began + 0.2


async def test_longest_of_several_pauses_counts(siblings: Siblings) -> None:
    siblings.learn(FAST)
    first, second = siblings
    pauses = [(first, 0.05), (second, 0.25), (first, 0.1)]
    began = time.monotonic()
    await asyncio.gather(
        *[
            fail(limiter, RateLimitedError(retry_after=pause), seconds=0.05)
            for limiter, pause in pauses
        ]
    )
    assert min(await asyncio.gather(send(first), send(second))) >= began + 0.25


async def test_pause_longer_than_the_patience_is_refused_at_once(siblings: Siblings) -> None:
    await fail(siblings.first, RateLimitedError(retry_after=60.0))
    error = await assert_refused(siblings.second, RateLimitedError, patience=50.0)
    assert error.retry_after == pytest.approx(60.0, abs=3.0)


async def test_line_longer_than_the_patience_is_refused_at_once(siblings: Siblings) -> None:
    siblings.learn(burst(1, 0.25))
    await send(siblings.first)
    waiting = [asyncio.create_task(send(siblings.first)) for _ in range(4)]
    await asyncio.sleep(0)
    began = time.monotonic()
    error = await assert_refused(siblings.first, RateLimitedError, patience=0.95)
    assert error.retry_after
    assert error.retry_after > 0.95
    assert "beyond the call's deadline: raise LeadsClient(timeout=...)" in str(error)
    assert time.monotonic() < began + 0.25
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await send(siblings.first, patience=0.95)


@pytest.mark.parametrize("patience", [0.0, -1.0])
async def test_request_without_patience_is_sent_if_it_need_not_wait(
    siblings: Siblings, patience: float
) -> None:
    await send(siblings.first, patience=patience)


# --- The daily budget, and blocks


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ExhaustedError(retry_after=3939.0), 3939.0),
        (ExhaustedError(), 900.0),
        (BlockedError(), 300.0),
    ],
    ids=["budget for a known time", "budget", "blocked"],
)
async def test_barrier_of_one_sibling_holds_all(
    siblings: Siblings, error: ApiError, seconds: float
) -> None:
    await fail(siblings.first, error)
    for limiter in (siblings.second, siblings.first):
        refusal = await assert_refused(limiter, type(error), search=True)
        assert refusal.retry_after == pytest.approx(seconds, abs=5.0)


async def test_one_request_probes_an_ended_barrier_and_the_others_follow(
    siblings: Siblings,
) -> None:
    siblings.learn(FAST)
    await fail(siblings.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.15)
    async with siblings.first.admission(operation="getLeads", cost=20, patience=inf):
        refusal = await assert_refused(siblings.second, ExhaustedError)
        assert refusal.retry_after is None
    await send(siblings.first)
    await send(siblings.second)


async def test_probe_with_the_same_error_starts_the_barrier_again(siblings: Siblings) -> None:
    siblings.learn(FAST)
    await fail(siblings.first, ExhaustedError(retry_after=0.1))
    await asyncio.sleep(0.15)
    await fail(siblings.first, ExhaustedError(retry_after=3600.0))
    for limiter in (siblings.first, siblings.second):
        assert (await assert_refused(limiter, ExhaustedError)).retry_after


async def test_shorter_barrier_does_not_replace_a_longer_one(siblings: Siblings) -> None:
    siblings.learn(FAST)
    with pytest.raises(ExhaustedError):
        async with siblings.second.admission(operation="getLeads", cost=20, patience=inf):
            await fail(siblings.first, ExhaustedError(retry_after=3600.0))
            error = ExhaustedError(retry_after=0.1)
            siblings.second.react_to(error)
            raise error
    await asyncio.sleep(0.15)
    for limiter in (siblings.second, siblings.first):
        await assert_refused(limiter, ExhaustedError)


async def test_probe_does_not_end_a_barrier_that_came_later(siblings: Siblings) -> None:
    siblings.learn(FAST)
    first, second = (
        limiter.admission(operation="getLeads", cost=20, patience=inf) for limiter in siblings
    )
    async with AsyncExitStack() as probe:
        with pytest.raises(BlockedError):
            async with second:
                await fail(siblings.first, ExhaustedError(retry_after=0.1))
                await asyncio.sleep(0.15)
                await probe.enter_async_context(first)
                siblings.second.react_to(error := BlockedError())
                raise error
    for limiter in siblings:
        await assert_refused(limiter, BlockedError)


# --- The reported rate


async def test_invalid_header_is_ignored(siblings: Siblings) -> None:
    for value in ("", "-1", "nan", "x", "1790000000000000"):
        siblings.first.observe({"x-ratelimit-limit": value, "x-ratelimit-reset": value})
    assert siblings.first.rate == Rate()
    await send(siblings.first)


async def test_rate_has_the_last_reported_value_of_each_limit(siblings: Siblings) -> None:
    headers = {"x-ratelimit-remaining": "19", "x-ratelimit-reset": "2", **daily_remaining(75_000)}
    siblings.first.observe({"x-ratelimit-limit": "20", **headers})
    siblings.first.observe({"x-ratelimit-remaining": "3", **daily_remaining(74_000)}, search=True)
    rate = siblings.first.rate
    assert attrs.evolve(rate, observed_at=None) == Rate(
        limit=20, remaining=19, reset=2.0, daily_remaining=74_000
    )
    assert rate.observed_at is not None
    assert dt.datetime.now(dt.UTC) - rate.observed_at < dt.timedelta(minutes=1)


# --- Places and the reserve


@pytest.fixture(params=["one process", "fleet"])
def small(request: pytest.FixtureRequest, redis: Redis) -> Limiter:
    """Return a limiter with two places that keeps a thousand tokens."""
    options: dict[str, Any] = {"keep_daily_tokens": 1000, "max_in_flight": 2}
    if request.param == "one process":
        return Governor(**options).__limiter__()
    return fleet_limiter(redis, **options)


async def test_no_more_requests_are_in_flight_than_there_are_places(small: Limiter) -> None:
    small.observe(FAST, is_local=True)
    in_flight = 0

    async def call() -> None:
        nonlocal in_flight
        async with small.admission(operation="getLeads", cost=20, patience=inf):
            in_flight += 1
            assert in_flight <= 2
            await asyncio.sleep(0.05)
            in_flight -= 1

    await asyncio.gather(*[call() for _ in range(6)])


async def test_cancelled_waiter_passes_its_place_and_its_turn_on(small: Limiter) -> None:
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
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, float] * 2
    await asyncio.gather(send(small, 0.01), send(small, 0.01))


async def test_reserve_of_the_daily_budget_is_kept_to_the_token(small: Limiter) -> None:
    await send(small, headers={**FAST, **daily_remaining(1059)})
    await send(small, headers=daily_remaining(1039))  # a response that reports the budget
    await send(small)  # and one that does not
    error = await assert_refused(small, ExhaustedError)
    assert error.retry_after == pytest.approx(900.0, abs=5.0)
    assert "keep_daily_tokens=1000" in str(error)
    await send(small, cost=19)
    await assert_refused(small, ExhaustedError, cost=1)
