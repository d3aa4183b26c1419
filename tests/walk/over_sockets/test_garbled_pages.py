"""Test that a page which is garbled before its sound end is requested again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import Lead, LeadsClient, Timeouts
from pipedrive_leads_async.errors import RequestTimeoutError, UnexpectedResponseError
from tests.every_operation.operations import collect_pages, get_page
from tests.every_operation.table.exchanges import collect
from tests.support.calls import client_of
from tests.support.raw_server import End, RawServer, ScriptedResponse, failure, http


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"8ba414d0-8ad8-11ef-9e9e-{number:012x}",
            "title": f"Lead {number}",
            "add_time": f"2026-01-01T00:00:{number:02}.000Z",
        }
        for number in range(first, first + count)
    ]


def page(first: int = 0, count: int = 3, *, more: bool = False) -> bytes:
    position = {"start": first, "limit": 3, "more_items_in_collection": more}
    envelope = {
        "success": True,
        "data": rows(first, count),
        "additional_data": {"pagination": position},
    }
    return json.dumps(envelope).encode()


GARBLED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "null bytes": lambda body: body[:60] + b"\0" * 40 + body[100:],
    "a hole": lambda body: body[:60] + body[75:],
    "noise": lambda body: body[:60] + b"\xff\xfe" + body[62:],
    "another beginning": lambda body: b"<html>" + body[6:],
}
Call: TypeAlias = Callable[[LeadsClient], Coroutine[Any, Any, list[Lead]]]
CALLS: Final[dict[str, Call]] = {
    "get_lead_page": get_page,
    "get_leads": lambda client: collect(client.get_leads()),
    "get_leads without prefetch": lambda client: collect(client.get_leads(prefetch=0)),
    "get_lead_pages": lambda client: collect_pages(client.get_lead_pages()),
    "get_archived_leads": lambda client: collect(client.get_archived_leads()),
}
SOUND: Final[ScriptedResponse] = (http(200, page()),)


def garbled(body: bytes = page()) -> ScriptedResponse:
    return (http(200, GARBLED["null bytes"](body)),)


async def titles(client: LeadsClient) -> list[str]:
    return [lead.title async for lead in client.get_leads()]


@pytest.mark.parametrize("garble", GARBLED.values(), ids=GARBLED)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_garbled_page_is_requested_again(
    call: Call, garble: Callable[[bytes], bytes]
) -> None:
    async with RawServer((http(200, garble(page())),), SOUND) as server:
        async with client_of(server) as client:
            assert [lead.title for lead in await call(client)] == ["Lead 0", "Lead 1", "Lead 2"]
        first, second = server.requests
        assert first.target == second.target


async def test_garbled_page_that_was_requested_ahead_is_requested_again() -> None:
    first = (http(200, page(0, 3, more=True)),)
    second = page(1, 5)  # it overlaps the first page
    async with (
        RawServer(first, garbled(second), (http(200, second),)) as server,
        client_of(server, timeout=Timeouts(deadline=2.0)) as client,
    ):
        found: list[str] = []
        async for lead in client.get_leads(limit=3):
            found.append(lead.title)
            await asyncio.sleep(0.8)  # the deadline does not include the time between
        assert found == [f"Lead {number}" for number in range(6)]
        assert len(server.requests) == 3


@pytest.mark.parametrize("before", [[], [(failure(503),)]])
async def test_garbled_pages_count_as_attempts(before: list[ScriptedResponse]) -> None:
    async with RawServer(*before, garbled()) as server:
        async with client_of(server) as client:
            with pytest.raises(UnexpectedResponseError, match="is not a JSON object") as caught:
                await titles(client)
        assert len(server.requests) == caught.value.attempts == 3
    assert caught.value.operation == "getLeads"


async def test_deadline_includes_the_repeated_request() -> None:
    async with RawServer((0.5, *garbled()), (End.HANG,)) as server:
        async with client_of(server, timeout=Timeouts(deadline=1.0)) as client:
            started = time.monotonic()
            with pytest.raises(RequestTimeoutError, match="within the deadline of 1 s"):
                await titles(client)
            assert time.monotonic() - started < 1.4
        assert len(server.requests) == 2


async def test_next_position_is_that_of_the_repeated_response() -> None:
    sound = (http(200, page(0, 3, more=True)),)
    async with (
        RawServer(garbled(page(0, 3)), sound, (http(200, page(1, 5)),)) as server,
        client_of(server) as client,
    ):
        assert await titles(client) == [f"Lead {number}" for number in range(6)]
