"""Test the token of an account in Redis: one process refreshes it, and no newer one is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from pipedrive_leads_async.auth import Token
from pipedrive_leads_async.errors import AuthUnavailableError, ConfigurationError, WrongLoopError
from pipedrive_leads_async.fleet import RedisTokenStore
from pipedrive_leads_async.token_store_contract import FIRST, SECOND, TokenStoreContract
from tests.auth.grant.grants import NEW, access_token_of, app
from tests.fleet.admissions import KEY, fleet_limiter, send
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, TokenServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

CANARY = "v1u:canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"
LEASE = f"{RedisTokenStore.__module__}._LEASE"


@pytest.fixture
def store(redis: Redis) -> RedisTokenStore:
    return RedisTokenStore(redis, KEY)


@pytest.fixture
def other(redis: Redis) -> RedisTokenStore:
    return RedisTokenStore(redis, KEY)


class TestRedisTokenStore(TokenStoreContract):
    """Test that the store keeps the contract."""


class TestRedisTokenStoreWithADecodingClient(TokenStoreContract):
    """Test that the store keeps the contract with a Redis client that decodes replies."""

    @pytest.fixture
    async def redis(self, redis_server: RedisServer) -> AsyncGenerator[Redis]:
        async with redis_server.client(decode_responses=True, protocol=2) as redis:
            yield redis


async def version(store: RedisTokenStore) -> int:
    stored = await store.load()
    assert stored is not None
    return stored[1]


def text_of(error: BaseException) -> str:
    """Return a traceback with the locals of the library's frames."""
    formatted = traceback.TracebackException.from_exception(error, capture_locals=True)
    formatted.stack[:] = [frame for frame in formatted.stack if "tests" not in frame.filename]
    return "".join(formatted.format())


# --- Versions


async def test_save_to_an_empty_store_with_an_expected_version_fails(
    store: RedisTokenStore,
) -> None:
    assert not await store.save(FIRST, expected=0)
    assert await store.load() is None


async def test_save_may_be_repeated_after_a_lost_reply(store: RedisTokenStore) -> None:
    await store.save(FIRST)
    first = await version(store)
    for _ in range(2):
        assert await store.save(SECOND, expected=first)


async def test_versions_stay_unique_after_redis_lost_its_data(
    redis: Redis, store: RedisTokenStore
) -> None:
    versions: list[int] = []
    for _ in range(3):
        await store.save(FIRST)
        versions.append(await version(store))
        await redis.delete(f"{KEY}:token")
    assert sorted({*versions}) == versions


# --- Leases


async def test_lease_is_extended_while_its_holder_lives(
    store: RedisTokenStore, other: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LEASE, 0.4)
    async with store.lease():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0), other.lease():
                pytest.fail("two stores hold the lease")


async def test_lease_of_a_killed_process_ends(
    redis_server: RedisServer, store: RedisTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LEASE, 0.3)
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


class RotatingHost(TokenServer):
    """An OAuth host that never completes its first response, as if it were on its way.

    Attributes:
        issued: Set when the first new token was issued.
    """

    def __init__(self) -> None:
        super().__init__(forgives=True)
        self.issued = asyncio.Event()
        self._ended = asyncio.Event()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        response = await super()._respond(request)
        if not self.issued.is_set():
            self.issued.set()
            await self._ended.wait()
        return response

    async def __aexit__(self, *_: object) -> None:
        self._ended.set()
        await super().__aexit__()

    async def forget_the_old_token(self, seconds: float) -> None:
        """Stop accepting the old refresh token after so many seconds."""
        await asyncio.sleep(seconds)
        self.forgives = False


async def test_grant_survives_a_process_killed_before_it_saves_the_new_token(
    redis_server: RedisServer, store: RedisTokenStore
) -> None:
    async with RotatingHost() as host:
        await store.save(host.token(expires_at=1))
        program = f"""
import asyncio
from redis.asyncio import Redis
from pipedrive_leads_async import OAuth2
from pipedrive_leads_async.fleet import RedisTokenStore
async def main():
    store = RedisTokenStore(Redis(unix_socket_path={redis_server.path!r}), {KEY!r})
    app = {CLIENT_ID!r}, {CLIENT_SECRET!r}, {REDIRECT_URI!r}
    oauth = OAuth2(*app, store=store, oauth_url={host.url!r})
    await oauth.__credential__().authorization()
asyncio.run(main())
"""
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
        await host.issued.wait()
        waiting = asyncio.create_task(access_token_of(app(host, store=store)))
        await asyncio.sleep(0.1)
        process.kill()
        await process.wait()
        forgetting = asyncio.create_task(host.forget_the_old_token(5.0))
        assert await waiting == NEW
        forgetting.cancel()
    assert host.refreshes == 2


async def test_lease_of_a_new_holder_is_not_released(
    redis: Redis, store: RedisTokenStore, other: RedisTokenStore
) -> None:
    async with store.lease():
        await redis.delete(f"{KEY}:lease")  # as if its holder had been stopped for long
        new = other.lease()
        await new.__aenter__()
    assert await redis.exists(f"{KEY}:lease")
    await new.__aexit__(None, None, None)
    assert not await redis.exists(f"{KEY}:lease")


async def test_holder_of_a_lease_continues_when_redis_is_lost(
    redis_server: RedisServer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LEASE, 0.06)
    async with RedisTokenStore(redis, KEY, timeout=0.1).lease():
        redis_server.kill()
        await asyncio.sleep(0.3)


# --- Errors


async def test_unreachable_redis_raises_a_typed_error_without_the_token(
    redis_server: RedisServer, redis: Redis
) -> None:
    store = RedisTokenStore(redis, KEY, timeout=0.1)
    redis_server.kill()
    for call in (store.load(), store.lease().__aenter__()):
        with pytest.raises(AuthUnavailableError, match="Redis"):
            await call
    with pytest.raises(AuthUnavailableError, match="Redis") as caught:
        await store.save(Token(CANARY))
    assert CANARY not in text_of(caught.value)


async def test_key_with_another_value_is_named_and_its_value_is_not(
    redis: Redis, store: RedisTokenStore
) -> None:
    await redis.hset(f"{KEY}:token", "token", CANARY)
    with pytest.raises(ConfigurationError, match=KEY) as caught:
        await store.load()
    assert CANARY not in text_of(caught.value)
    await redis.set(f"{KEY}:token", CANARY)  # not even a hash
    for call in (store.load(), store.save(Token("new"))):
        with pytest.raises(ConfigurationError, match=f"{KEY}:token' holds something else"):
            await call
    await redis.rpush(f"{KEY}:lease", CANARY)
    with pytest.raises(ConfigurationError, match=f"{KEY}:lease' holds something else"):
        async with store.lease():
            pytest.fail("the lease was taken")


async def load_token(redis: Redis) -> None:
    await RedisTokenStore(redis, KEY).load()


async def send_request(redis: Redis) -> None:
    await send(fleet_limiter(redis))


@pytest.mark.parametrize("use", [load_token, send_request])
def test_redis_client_of_another_event_loop_is_a_wrong_loop_error(
    redis_server: RedisServer, use: Callable[[Redis], Coroutine[Any, Any, None]]
) -> None:
    redis = redis_server.client()
    with asyncio.Runner() as home:
        home.run(use(redis))
        with pytest.raises(WrongLoopError, match="the Redis client belongs to another event loop"):
            asyncio.run(use(redis))
        home.run(redis.aclose())


# --- Constructor and equality


def test_stores_of_the_same_client_and_key_are_equal() -> None:
    redis = Redis()
    one, same = RedisTokenStore(redis, "acme"), RedisTokenStore(redis, "acme")
    assert one == same
    assert hash(one) == hash(same)
    assert one not in (RedisTokenStore(redis, "other"), RedisTokenStore(Redis(), "acme"), "acme")


@pytest.mark.parametrize(("key", "timeout", "named"), [("", 1.0, "key"), ("acme", 0.0, "timeout")])
def test_invalid_argument_is_named(key: str, timeout: float, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        RedisTokenStore(Redis(), key, timeout=timeout)
