"""Test that an impossible value in Redis neither stops the fleet nor is kept."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from pipedrive_leads_async.errors import BlockedError, ConfigurationError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from pipedrive_leads_async.fleet import RedisGovernor, RedisTokenStore
from pipedrive_leads_async.token_store_contract import FIRST, SECOND
from tests.fleet.admissions import (
    FAST,
    KEY,
    assert_refused,
    daily_remaining,
    fail,
    fleet_limiter,
    send,
)
from tests.support.secrets.scanner import text_of_error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from redis.asyncio import Redis

    from pipedrive_leads_async._limits.limiter import Limiter
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

LIMITS: Final = f"{KEY}:limits"
CANARY: Final = "v1u:canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"

MOMENTS: Final = (
    *("next", "search_next", "closed_until", "search_closed_until", "last_run"),
    *("barred_until", "probe_until", "budget_seen_at"),
)
NUMBERS: Final = (
    *("limit", "search_limit", "length", "search_length", "barrier"),
    *("spent", "budget_left", "budget_spent"),
)
IMPOSSIBLE: Final = {
    "no text": "",
    "a word": "soon",
    "bytes": b"\xff\xfe",
    "NaN": "nan",
    "infinity": "inf",
    "minus infinity": "-inf",
    "a negative number": "-1",
    "a huge number": "1e300",
    "a number of 20 digits": "9" * 20,
}


@pytest.fixture
async def limiters(redis_server: RedisServer, redis: Redis) -> AsyncGenerator[list[Limiter]]:
    """Yield the limiters of two processes that have sent requests."""
    async with redis_server.client() as other:
        limiters = [fleet_limiter(each, keep_daily_tokens=1000) for each in (redis, other)]
        for limiter in limiters:
            for search in (False, True):
                await send(limiter, headers=FAST | daily_remaining(100_000), search=search)
            await send(limiter)
        yield limiters


async def assert_working(limiters: list[Limiter]) -> None:
    """Check that all processes send their requests without a long wait."""
    for limiter in limiters:
        for search in (False, True):
            await send(limiter, search=search, patience=5.0)


# --- The limits


@pytest.mark.parametrize("value", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
@pytest.mark.parametrize("field", [*MOMENTS, *NUMBERS])
async def test_impossible_value_delays_nothing_and_is_not_kept(
    redis: Redis, limiters: list[Limiter], field: str, value: str | bytes
) -> None:
    await redis.hset(LIMITS, field, value)
    await assert_working(limiters)
    text = value.encode() if isinstance(value, str) else value
    assert await redis.hget(LIMITS, field) != text


@pytest.mark.parametrize(
    ("field", "seconds"),
    [(field, days * 86_400) for field in MOMENTS for days in (2, 30, 3650)]
    + [(field, 3600) for field in MOMENTS if field != "barred_until"],
)
async def test_moment_in_the_far_future_delays_nothing_and_is_not_kept(
    redis: Redis, limiters: list[Limiter], field: str, seconds: int
) -> None:
    later = int((time.time() + seconds) * 1e6)
    await redis.hset(LIMITS, mapping={"barrier": 1, field: later})
    await assert_working(limiters)
    assert int(await redis.hget(LIMITS, field) or 0) < later - 1000 * 1e6


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "0"), ("limit", "10001"), ("length", "0"), ("length", "9999"), ("length", "6e7")],
)
async def test_impossible_limit_is_replaced_by_that_of_the_next_response(
    redis: Redis, limiters: list[Limiter], field: str, value: str
) -> None:
    known = await redis.hget(LIMITS, field)
    await redis.hset(LIMITS, field, value)
    await send(limiters[0], headers=FAST)
    await send(limiters[0])
    assert await redis.hget(LIMITS, field) == known


@pytest.mark.parametrize("reason", ["", "0", "3", "4", "nan", "blocked"])
async def test_barrier_without_its_reason_is_removed(
    redis: Redis, limiters: list[Limiter], reason: str
) -> None:
    for limiter in limiters:
        later = int((time.time() + 3600) * 1e6)
        await redis.hset(LIMITS, mapping={"barrier": reason, "barred_until": later})
        await assert_working([limiter])
        assert not await redis.hexists(LIMITS, "barred_until")
        await redis.hset(LIMITS, "barred_until", later)  # without any reason
        await assert_working([limiter])
        assert not await redis.hexists(LIMITS, "barred_until")


async def test_barrier_with_a_fraction_of_a_microsecond_ends(
    redis: Redis, limiters: list[Limiter]
) -> None:
    await redis.hset(LIMITS, mapping={"barrier": 2, "barred_until": "1700000000000000.5"})
    await assert_working(limiters)
    assert not await redis.hexists(LIMITS, "barred_until")


@pytest.mark.parametrize("field", sorted({*MOMENTS, *NUMBERS} - {"barred_until", "barrier"}))
async def test_barrier_stays_beside_an_impossible_value(
    redis: Redis, limiters: list[Limiter], field: str
) -> None:
    await fail(limiters[0], BlockedError())
    await redis.hset(LIMITS, field, "inf")
    for limiter in limiters:
        error = await assert_refused(limiter, BlockedError)
        assert 200 < (error.retry_after or 0) <= 300


async def test_reserve_is_kept_again_after_the_next_response(
    redis: Redis, limiters: list[Limiter]
) -> None:
    for field in ("budget_left", "budget_spent", "budget_seen_at", "spent"):
        await redis.hset(LIMITS, field, "1e18")
        await send(limiters[0], headers=daily_remaining(1000), cost=0)
        for limiter in limiters:
            await assert_refused(limiter, ExhaustedError)
        await send(limiters[0], headers=daily_remaining(100_000), cost=0)
        await assert_working(limiters)


# --- The replies


@pytest.mark.parametrize(
    "reply",
    [
        *("'text'", "false", "{}", "{0}", "{0, 0}", "{5, 0}", "{1, 'soon'}", "{'0', '0'}"),
        *("{1, 1e17}", "{3, 1e12}", "{0, 0, 0, 0, 0, 0, 0, 0, 0}"),
        *("{0, 0, 0, 1, 1, -20, 1, 0, 0}", "{0, 1e12, 0, 1, 1, 20, 1, 0, 0}"),
    ],
)
async def test_malformed_reply_counts_as_unreachable(
    redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    monkeypatch.setattr(f"{RedisGovernor.__module__}.ASSIGN_SLOT", f"return {reply}")
    limiter = fleet_limiter(redis)
    limiter.observe(FAST, is_local=True)
    for _ in range(3):
        await send(limiter, patience=5.0)
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.message.startswith("Redis cannot be reached (its reply is malformed)")


# --- The token


@pytest.fixture
def store(redis: Redis) -> RedisTokenStore:
    return RedisTokenStore(redis, KEY)


@pytest.mark.parametrize(
    "version", [*IMPOSSIBLE.values(), "0", "1.5", "9007199254740991", "9007199254740992"]
)
async def test_token_beside_an_impossible_version_can_be_replaced(
    redis: Redis, store: RedisTokenStore, version: str | bytes
) -> None:
    await store.save(FIRST)
    await redis.hset(f"{KEY}:token", "version", version)
    stored = await store.load()
    assert stored is not None
    assert stored[0] == FIRST
    assert not await store.save(SECOND, expected=stored[1] + 5)
    assert await store.save(SECOND, expected=stored[1])
    replaced = await store.load()
    assert replaced is not None
    assert replaced[0] == SECOND
    assert replaced[1] != stored[1]


TOKEN: Final = attrs.evolve(FIRST, access_token=CANARY).to_json()


@pytest.mark.parametrize(
    "token",
    [
        *(b"", CANARY.encode(), TOKEN.encode()[:-1], f"[{TOKEN}]".encode(), TOKEN.encode("utf-16")),
        *(TOKEN.replace('"v1u:', '"\\ud83d').encode(), TOKEN.encode() + b"\xff"),
        *(TOKEN.replace('"2026-01-01T12:00:00+00:00"', it).encode() for it in ("NaN", "1e300")),
        *(TOKEN.replace("2026", it).encode() for it in ("99999", "soon")),
    ],
)
@pytest.mark.parametrize("decodes", [False, True])
async def test_malformed_token_is_an_error_that_names_the_key_alone(
    redis_server: RedisServer, token: bytes, *, decodes: bool
) -> None:
    async with redis_server.client(decode_responses=decodes) as redis:
        store = RedisTokenStore(redis, KEY)
        await redis.hset(f"{KEY}:token", mapping={"token": token, "version": 1})
        with pytest.raises(ConfigurationError, match=KEY) as caught:
            await store.load()
        assert CANARY not in text_of_error(caught.value)
        assert await store.save(FIRST)
        assert await store.load()


@pytest.mark.parametrize("expiry", [None, 3600])
async def test_lease_without_an_end_or_far_from_it_ends(
    redis: Redis, store: RedisTokenStore, expiry: int | None
) -> None:
    await redis.set(f"{KEY}:lease", "somebody", ex=expiry)
    async with asyncio.timeout(20.0), store.lease():
        pass
