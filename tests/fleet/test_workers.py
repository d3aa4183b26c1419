"""Processes that share an account through Redis are refused nothing, also when Redis is killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipedrive_leads_async.sandbox import Sandbox
from tests.fleet.fleet_worker import fleet

if TYPE_CHECKING:
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]


def test_eight_processes_that_know_nothing_yet_meet_no_429(redis_server: RedisServer) -> None:
    with (
        Sandbox(leads=1, burst=(20, 1.1)) as account,
        fleet(account, redis_server.path, workers=8, calls=48) as processes,
    ):
        processes.go()
        assert processes.join() == {200: 48}


def wait_for(account: Sandbox, requests: int) -> None:
    while len(account.requests) < requests:
        time.sleep(0.01)


def test_where_redis_is_killed_and_comes_back_work_goes_on_without_a_burst_of_429s(
    redis_server: RedisServer,
) -> None:
    with (
        Sandbox(leads=1, burst=(20, 0.5)) as account,
        fleet(account, redis_server.path, workers=4, calls=80, timeout=0.2) as processes,
    ):
        processes.go()
        wait_for(account, 20)
        redis_server.kill()
        wait_for(account, 50)
        redis_server.start()
        ended = processes.join()
    assert ended.pop(200) == 80
    assert ended.total() <= 2
