"""Retries as clients make them: what they may cost, who shares that, and how they are spread."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from pipedrive_leads_async import (
    Attempt,
    ConnectionFailedError,
    LeadsClient,
    RetryPolicy,
    SessionManager,
)
from tests.support.calls import CANARY, DONE, client_of, get
from tests.support.raw_server import End, RawServer, ScriptedResponse


async def test_a_thousand_calls_to_a_dead_server_send_little_more_than_once_each() -> None:
    retry = RetryPolicy(attempts=10, base=0.001, quota=100)
    dead: list[ScriptedResponse] = [(End.FIN,)]
    async with RawServer(*dead) as server, client_of(server, retry=retry) as client:
        results = await asyncio.gather(*[get(client) for _ in range(1000)], return_exceptions=True)
        assert {type(result) for result in results} == {ConnectionFailedError}
        assert 1000 < len(server.requests) <= 1000 + 100 // 5

        server.requests.clear()
        with pytest.raises(ConnectionFailedError):
            await get(client)
        assert len(server.requests) == 1

        # Recovered: each success gives back a fifth of a retry.
        server.responses = [DONE]
        for _ in range(5):
            await get(client)
        server.responses = dead
        server.requests.clear()
        with pytest.raises(ConnectionFailedError):
            await get(client)
        assert len(server.requests) == 2


async def test_clients_of_one_credential_and_manager_share_what_their_retries_may_cost() -> None:
    retry = RetryPolicy(attempts=10, base=0.001, quota=50)
    async with RawServer((End.FIN,)) as server, SessionManager() as manager:
        for token in (CANARY, f"another-{CANARY}"):
            server.requests.clear()
            for _ in range(20):
                one = LeadsClient(token, base_url=server.url, session=manager, retry=retry)
                with pytest.raises(ConnectionFailedError):
                    await get(one)
            assert len(server.requests) == 20 + 50 // 5


async def test_a_success_after_a_retry_gives_back_what_that_cost() -> None:
    retry = RetryPolicy(base=0.001, quota=5)
    answers: list[ScriptedResponse] = [(End.FIN,), DONE] * 3
    async with RawServer(*answers) as server, client_of(server, retry=retry) as client:
        for _ in range(3):
            await get(client)


async def test_retries_are_spread_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.999)
    retry = RetryPolicy(base=0.1)
    async with RawServer((End.FIN,), DONE) as server, client_of(server, retry=retry) as client:
        began = time.monotonic()
        await get(client)
        assert time.monotonic() - began > 0.09


async def test_a_clock_on_the_wall_that_is_set_ends_no_retries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = time.time

    def set_by_a_day(_: Attempt) -> None:
        monkeypatch.setattr(time, "time", lambda: wall() + 86_400)

    async with (
        RawServer((End.FIN,), DONE) as server,
        client_of(server, on_attempt=set_by_a_day) as client,
    ):
        await get(client)
