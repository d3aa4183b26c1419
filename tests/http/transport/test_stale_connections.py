"""Test that nothing is sent over a pooled connection on which something has arrived."""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, TypeAlias

import aiohttp
import pytest

from pipedrive_leads_async import AddLeadRequest, LeadsClient, SessionManager
from tests.support.calls import ALL, CANARY, DONE, ID, LEAD, QUICK, Call, client_of
from tests.support.raw_server import End, RawServer, ScriptedResponse, http, success

STRANGER: Final = success(LEAD | {"title": "The lead of somebody else"})
ONE_TOO_MANY: Final[ScriptedResponse] = (success(LEAD), 0.05, STRANGER)
CLOSED: Final[ScriptedResponse] = (success(LEAD), 0.05, End.FIN)

Sessions: TypeAlias = Callable[
    [], AbstractAsyncContextManager[SessionManager | aiohttp.ClientSession]
]


@asynccontextmanager
async def user_session() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession() as session:
        yield session


EACH_SESSION: Final = pytest.mark.parametrize(
    "sessions", [SessionManager, user_session], ids=["own connector", "user's connector"]
)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@EACH_SESSION
@pytest.mark.parametrize(
    ("extra", "count"),
    [(ONE_TOO_MANY, 0), (ONE_TOO_MANY, 5), (CLOSED, 5)],
    ids=["an unread response", "a response that aiohttp has read", "the end"],
)
@pytest.mark.parametrize("call", ALL)
async def test_connection_is_not_used_again_after_something_arrived(
    sessions: Sessions, extra: ScriptedResponse, count: int, call: Call
) -> None:
    async with RawServer(extra, DONE) as server, sessions() as session:
        async with client_of(server, session=session) as client:
            await client.get_lead(ID)
            await server.performed(1)
            await turns(count)

            result = await call(client)

            assert "somebody else" not in repr(result)
        assert (len(server.requests), server.connections) == (2, 2)


async def test_account_never_receives_the_response_to_another_account() -> None:
    async with RawServer(ONE_TOO_MANY, DONE) as server, SessionManager() as manager:
        first = client_of(server, session=manager)
        second = LeadsClient("another-token", base_url=server.url, session=manager, retry=QUICK)
        await first.get_lead(ID)
        await server.performed(1)
        assert (await second.get_lead(ID)).title == LEAD["title"]
    assert CANARY not in server.requests[1].headers.values()


async def test_creation_with_a_key_is_sent_and_not_taken_from_the_connection() -> None:
    created = success(LEAD | {"origin_id": "order-1"})
    async with RawServer(ONE_TOO_MANY, (created,)) as server, client_of(server) as client:
        await client.get_lead(ID)
        await server.performed(1)
        request = AddLeadRequest(title=LEAD["title"], person_id=42)
        assert (await client.add_lead(request, idempotency_key="order-1")).origin_id == "order-1"
        assert server.requests[1].method == "POST"


async def test_several_stale_connections_are_dropped_at_once() -> None:
    together = (0.05, *ONE_TOO_MANY)
    async with RawServer(together, together, together, DONE) as server:
        async with client_of(server) as client:
            await asyncio.gather(*(client.get_lead(ID) for _ in range(3)))
            await server.performed(3)
            assert (await client.get_lead(ID)).title == LEAD["title"]
        assert (len(server.requests), server.connections) == (4, 4)


async def test_quiet_connection_is_used_again() -> None:
    async with RawServer(DONE) as server:
        async with client_of(server) as client:
            for call in ALL:
                await call(client)
                await turns(5)
        assert (len(server.requests), server.connections) == (len(ALL), 1)


async def test_connections_are_checked_without_poll_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")  # as on Windows
    async with RawServer(DONE, ONE_TOO_MANY, DONE) as server:
        async with client_of(server) as client:
            await client.get_lead(ID)
            await client.get_lead(ID)
            await server.performed(2)
            assert (await client.get_lead(ID)).title == LEAD["title"]
        assert (len(server.requests), server.connections) == (3, 2)


async def test_connection_of_a_response_that_is_not_json_is_not_used_again() -> None:
    async with RawServer((http(200, b"<html>"),), DONE) as server:
        async with client_of(server) as client:
            await client.get_lead(ID)
        assert (len(server.requests), server.connections) == (2, 2)
