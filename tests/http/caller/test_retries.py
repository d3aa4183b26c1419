"""Test how the calls of clients are retried: the shared quota, and random waits."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Final

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

QUOTA: Final = 500


async def test_thousand_calls_to_a_dead_server_make_few_retries() -> None:
    retry = RetryPolicy(attempts=10, base=0.001)
    dead: list[ScriptedResponse] = [(End.FIN,)]
    async with RawServer(*dead) as server, client_of(server, retry=retry) as client:
        results = await asyncio.gather(*[get(client) for _ in range(1000)], return_exceptions=True)
        assert {type(result) for result in results} == {ConnectionFailedError}
        assert 1000 < len(server.requests) <= 1000 + QUOTA // 5

        server.requests.clear()
        with pytest.raises(ConnectionFailedError):
            await get(client)
        assert len(server.requests) == 1

        # The server has recovered: each success returns a fifth of a retry's cost.
        server.responses = [DONE]
        for _ in range(5):
            await get(client)
        server.responses = dead
        server.requests.clear()
        with pytest.raises(ConnectionFailedError):
            await get(client)
        assert len(server.requests) == 2


async def test_clients_of_one_credential_and_manager_share_a_retry_quota() -> None:
    policies = [RetryPolicy(attempts=10, cap=0.001), RetryPolicy(attempts=20, cap=0.001)]
    async with RawServer((End.FIN,)) as server, SessionManager() as manager:
        for token in (CANARY, f"another-{CANARY}"):
            server.requests.clear()
            for retry in policies * 10:
                client = LeadsClient(token, base_url=server.url, session=manager, retry=retry)
                with pytest.raises(ConnectionFailedError):
                    await get(client)
            assert len(server.requests) == 20 + QUOTA // 5


async def test_success_after_a_retry_returns_its_cost() -> None:
    # The first call leaves the quota of one retry.
    retry = RetryPolicy(attempts=QUOTA // 5, cap=0.001)
    failed: list[ScriptedResponse] = [(End.FIN,)] * (QUOTA // 5)
    retried: list[ScriptedResponse] = [(End.FIN,), DONE] * 3
    async with RawServer(*failed, *retried) as server, client_of(server, retry=retry) as client:
        with pytest.raises(ConnectionFailedError):
            await get(client)
        for _ in range(3):
            await get(client)


async def test_waits_before_retries_are_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.999)
    retry = RetryPolicy(base=0.1)
    async with RawServer((End.FIN,), DONE) as server, client_of(server, retry=retry) as client:
        started = time.monotonic()
        await get(client)
        assert time.monotonic() - started > 0.09


async def test_change_of_the_system_clock_does_not_end_retries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system_time = time.time

    def advance_clock_by_a_day(_: Attempt) -> None:
        monkeypatch.setattr(time, "time", lambda: system_time() + 86_400)

    async with (
        RawServer((End.FIN,), DONE) as server,
        client_of(server, on_attempt=advance_clock_by_a_day) as client,
    ):
        await get(client)
