"""Test a governor whose event loop was closed, with requests of that loop in line."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from pipedrive_leads_async.errors import WrongLoopError
from pipedrive_leads_async.fleet import RedisTokenStore
from pipedrive_leads_async.fleet._limiter import FleetLimiter
from pipedrive_leads_async.fleet._redis import UnreachableError
from tests.client.event_loops import run_by_hand
from tests.fleet.admissions import KEY, fleet_limiter, send

if TYPE_CHECKING:
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


async def fail_to_reach_redis(*_: bytes) -> Any:
    raise UnreachableError("down")


# The tasks that the closed loop left pending are deleted at an unknown time.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_limiter_drops_the_requests_of_a_closed_loop() -> None:
    limiter = FleetLimiter(
        fail_to_reach_redis, keep_daily_tokens=0, max_in_flight=1, workers=1, timeout=0.1
    )
    tasks: list[asyncio.Task[Any]] = []

    async def leave() -> None:
        tasks.extend(asyncio.create_task(send(limiter, 60.0)) for _ in range(3))
        await asyncio.sleep(0.1)

    async def send_at_once() -> float:
        async with asyncio.timeout(10):
            return await send(limiter)

    run_by_hand(leave)
    assert run_by_hand(send_at_once)
    for task in tasks:
        vars_of_task: Any = task
        vars_of_task._log_destroy_pending = False
    tasks.clear()
    gc.collect()


def test_token_store_of_another_loop_is_refused_each_time(redis_server: RedisServer) -> None:
    redis = redis_server.client()
    store = RedisTokenStore(redis, KEY)
    with asyncio.Runner() as home:
        home.run(store.load())
        for _ in range(3):
            with pytest.raises(WrongLoopError, match="make one for each loop"):
                asyncio.run(store.load())
        assert home.run(store.load()) is None
        home.run(redis.aclose())


def test_redis_client_that_is_closed_with_each_loop_can_be_used_again(
    redis_server: RedisServer,
) -> None:
    redis = redis_server.client()
    store, limiter = RedisTokenStore(redis, KEY), fleet_limiter(redis)

    async def use() -> None:
        assert await store.load() is None
        await send(limiter)
        await redis.aclose()

    for _ in range(3):
        asyncio.run(use())
