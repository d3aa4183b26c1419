"""Test that processes that share an account through Redis get no 429, even if Redis is killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipedrive_leads_async.sandbox import Sandbox
from tests.fleet.fleet_worker import fleet

if TYPE_CHECKING:
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


def test_eight_new_processes_get_no_429(redis_server: RedisServer) -> None:
    with (
        Sandbox(leads=1, burst=(20, 1.1)) as account,
        fleet(account, redis_server.path, workers=8, calls=48) as processes,
    ):
        processes.start()
        assert processes.join() == {200: 48}


def wait_for(account: Sandbox, requests: int) -> None:
    while len(account.requests) < requests:
        time.sleep(0.01)


def test_processes_continue_without_a_burst_of_429s_while_redis_is_killed(
    redis_server: RedisServer,
) -> None:
    with (
        Sandbox(leads=1, burst=(20, 0.5)) as account,
        fleet(account, redis_server.path, workers=4, calls=80, timeout=0.2) as processes,
    ):
        processes.start()
        wait_for(account, 20)
        redis_server.kill()
        wait_for(account, 50)
        redis_server.start()
        statuses = processes.join()
    assert statuses.pop(200) == 80
    assert statuses.total() <= 2
