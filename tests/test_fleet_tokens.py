"""The token of an account in Redis: one refreshes at a time, and nothing newer is overwritten."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from pipedrive_leads_async import fleet
from pipedrive_leads_async._token import Token
from pipedrive_leads_async.errors import AuthUnavailableError, ConfigurationError
from pipedrive_leads_async.fleet import RedisTokenStore
from pipedrive_leads_async.token_store_contract import FIRST, SECOND, TokenStoreContract
from tests.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

KEYS = (f"pipedrive:{number}" for number in itertools.count())
CANARY = "v1u:canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"


@pytest.fixture(scope="module")
def server() -> Generator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def redis(server: RedisServer) -> AsyncGenerator[Redis]:
    async with server.client() as redis:
        yield redis


@pytest.fixture
def key() -> str:
    return next(KEYS)


@pytest.fixture
def store(redis: Redis, key: str) -> RedisTokenStore:
    return RedisTokenStore(redis, key)


@pytest.fixture
def other(redis: Redis, key: str) -> RedisTokenStore:
    return RedisTokenStore(redis, key)


class TestRedisTokenStore(TokenStoreContract):
    """It keeps the contract."""


class TestRedisTokenStoreWhoseClientDecodes(TokenStoreContract):
    """It keeps the contract there, too."""

    @pytest.fixture
    async def redis(self, server: RedisServer) -> AsyncGenerator[Redis]:
        async with server.client(decode_responses=True, protocol=2) as redis:
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
    redis: Redis, key: str, store: RedisTokenStore
) -> None:
    versions: list[int] = []
    for _ in range(3):
        await store.save(FIRST)
        versions.append(await version(store))
        await redis.delete(f"{key}:token")
    assert sorted({*versions}) == versions


async def test_a_lease_is_kept_as_long_as_its_holder_lives(
    store: RedisTokenStore, other: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_LEASE", 0.15)
    async with store.lease():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), other.lease():
                pytest.fail("two hold it")


async def test_a_lease_of_a_process_that_was_killed_ends(
    server: RedisServer, key: str, store: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_LEASE", 0.3)
    program = f"""
import asyncio, os, signal
from redis.asyncio import Redis
from pipedrive_leads_async import fleet
async def main():
    fleet._LEASE = 0.3
    async with fleet.RedisTokenStore(Redis(unix_socket_path={server.path!r}), {key!r}).lease():
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)
    assert ended.returncode < 0
    async with asyncio.timeout(5.0), store.lease():
        pass


async def test_a_lease_that_another_took_over_is_not_released(
    redis: Redis, key: str, store: RedisTokenStore, other: RedisTokenStore
) -> None:
    async with store.lease():
        await redis.delete(f"{key}:lease")  # it ended, as its holder was stopped for long
        overtaking = other.lease()
        await overtaking.__aenter__()
    assert await redis.exists(f"{key}:lease")
    await overtaking.__aexit__(None, None, None)
    assert not await redis.exists(f"{key}:lease")


async def test_a_holder_goes_on_where_redis_is_lost_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "_LEASE", 0.06)
    with RedisServer() as server:
        async with server.client() as redis, RedisTokenStore(redis, "acme", timeout=0.1).lease():
            server.kill()
            await asyncio.sleep(0.3)


async def test_without_redis_a_typed_error_says_so_and_shows_no_token() -> None:
    with RedisServer() as server:
        async with server.client() as redis:
            store = RedisTokenStore(redis, "acme", timeout=0.1)
            server.kill()
            for call in (store.load(), store.lease().__aenter__()):
                with pytest.raises(AuthUnavailableError, match="Redis"):
                    await call
            with pytest.raises(AuthUnavailableError, match="Redis") as caught:
                await store.save(Token(CANARY))
            assert CANARY not in shown(caught.value)


async def test_a_key_that_holds_something_else_is_named_and_not_shown(
    redis: Redis, key: str, store: RedisTokenStore
) -> None:
    await redis.hset(f"{key}:token", "token", CANARY)
    with pytest.raises(ConfigurationError, match=key) as caught:
        await store.load()
    assert CANARY not in shown(caught.value)


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
