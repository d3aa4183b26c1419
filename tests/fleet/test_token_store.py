"""The token of an account in Redis: one refreshes at a time, and nothing newer is overwritten."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from pipedrive_leads_async.auth import Token
from pipedrive_leads_async.errors import AuthUnavailableError, ConfigurationError, WrongLoopError
from pipedrive_leads_async.fleet import RedisTokenStore
from pipedrive_leads_async.token_store_contract import FIRST, SECOND, TokenStoreContract
from tests.fleet.admissions import KEY, fleet_limiter, send

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

CANARY = "v1u:canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"


@pytest.fixture
def store(redis: Redis) -> RedisTokenStore:
    return RedisTokenStore(redis, KEY)


@pytest.fixture
def other(redis: Redis) -> RedisTokenStore:
    return RedisTokenStore(redis, KEY)


class TestRedisTokenStore(TokenStoreContract):
    """It keeps the contract."""


class TestRedisTokenStoreWhoseClientDecodes(TokenStoreContract):
    """It keeps the contract there, too."""

    @pytest.fixture
    async def redis(self, redis_server: RedisServer) -> AsyncGenerator[Redis]:
        async with redis_server.client(decode_responses=True, protocol=2) as redis:
            yield redis


async def version(store: RedisTokenStore) -> int:
    stored = await store.load()
    assert stored is not None
    return stored[1]


def shown(error: BaseException) -> str:
    """Give all that a traceback with locals shows of the library."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    told.stack[:] = [frame for frame in told.stack if "tests" not in frame.filename]
    return "".join(told.format())


async def test_where_nothing_is_stored_no_version_is_replaced(store: RedisTokenStore) -> None:
    assert not await store.save(FIRST, expected=0)
    assert await store.load() is None


async def test_a_save_whose_answer_was_lost_may_be_repeated(store: RedisTokenStore) -> None:
    await store.save(FIRST)
    first = await version(store)
    for _ in range(2):
        assert await store.save(SECOND, expected=first)


async def test_no_version_comes_twice_even_after_redis_forgot_all(
    redis: Redis, store: RedisTokenStore
) -> None:
    versions: list[int] = []
    for _ in range(3):
        await store.save(FIRST)
        versions.append(await version(store))
        await redis.delete(f"{KEY}:token")
    assert sorted({*versions}) == versions


async def test_a_lease_is_kept_as_long_as_its_holder_lives(
    store: RedisTokenStore, other: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{RedisTokenStore.__module__}._LEASE", 0.15)
    async with store.lease():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), other.lease():
                pytest.fail("two hold it")


async def test_a_lease_of_a_process_that_was_killed_ends(
    redis_server: RedisServer, store: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{RedisTokenStore.__module__}._LEASE", 0.3)
    program = f"""
import asyncio, os, signal
from redis.asyncio import Redis
from pipedrive_leads_async.fleet import _token_store
async def main():
    _token_store._LEASE = 0.3
    redis = Redis(unix_socket_path={redis_server.path!r})
    async with _token_store.RedisTokenStore(redis, {KEY!r}).lease():
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)
    assert ended.returncode < 0
    async with asyncio.timeout(5.0), store.lease():
        pass


async def test_a_lease_that_another_took_over_is_not_released(
    redis: Redis, store: RedisTokenStore, other: RedisTokenStore
) -> None:
    async with store.lease():
        await redis.delete(f"{KEY}:lease")  # it ended, as its holder was stopped for long
        overtaking = other.lease()
        await overtaking.__aenter__()
    assert await redis.exists(f"{KEY}:lease")
    await overtaking.__aexit__(None, None, None)
    assert not await redis.exists(f"{KEY}:lease")


async def test_a_holder_goes_on_where_redis_is_lost_meanwhile(
    redis_server: RedisServer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{RedisTokenStore.__module__}._LEASE", 0.06)
    async with RedisTokenStore(redis, KEY, timeout=0.1).lease():
        redis_server.kill()
        await asyncio.sleep(0.3)


async def test_without_redis_a_typed_error_says_so_and_shows_no_token(
    redis_server: RedisServer, redis: Redis
) -> None:
    store = RedisTokenStore(redis, KEY, timeout=0.1)
    redis_server.kill()
    for call in (store.load(), store.lease().__aenter__()):
        with pytest.raises(AuthUnavailableError, match="Redis"):
            await call
    with pytest.raises(AuthUnavailableError, match="Redis") as caught:
        await store.save(Token(CANARY))
    assert CANARY not in shown(caught.value)


async def test_a_key_that_holds_something_else_is_named_and_not_shown(
    redis: Redis, store: RedisTokenStore
) -> None:
    await redis.hset(f"{KEY}:token", "token", CANARY)
    with pytest.raises(ConfigurationError, match=KEY) as caught:
        await store.load()
    assert CANARY not in shown(caught.value)
    await redis.set(f"{KEY}:token", CANARY)  # and no hash at all
    for call in (store.load(), store.save(Token("new"))):
        with pytest.raises(ConfigurationError, match=f"{KEY}:token' holds something else"):
            await call
    await redis.rpush(f"{KEY}:lease", CANARY)
    with pytest.raises(ConfigurationError, match=f"{KEY}:lease' holds something else"):
        async with store.lease():
            pytest.fail("it was taken")


async def load_a_token(redis: Redis) -> None:
    await RedisTokenStore(redis, KEY).load()


async def send_a_request(redis: Redis) -> None:
    await send(fleet_limiter(redis))


@pytest.mark.parametrize("use", [load_a_token, send_a_request])
def test_a_redis_client_of_another_loop_is_told(
    redis_server: RedisServer, use: Callable[[Redis], Coroutine[Any, Any, None]]
) -> None:
    redis = redis_server.client()
    with asyncio.Runner() as home:
        home.run(use(redis))
        with pytest.raises(WrongLoopError, match="the Redis client belongs to another event loop"):
            asyncio.run(use(redis))
        home.run(redis.aclose())


def test_stores_of_the_same_place_are_equal() -> None:
    redis = Redis()
    one, same = RedisTokenStore(redis, "acme"), RedisTokenStore(redis, "acme")
    assert one == same
    assert hash(one) == hash(same)
    assert one not in (RedisTokenStore(redis, "other"), RedisTokenStore(Redis(), "acme"), "acme")


@pytest.mark.parametrize(("key", "timeout", "named"), [("", 1.0, "key"), ("acme", 0.0, "timeout")])
def test_a_wrong_argument_is_named(key: str, timeout: float, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        RedisTokenStore(Redis(), key, timeout=timeout)
