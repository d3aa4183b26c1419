"""Test that a walk left before its end leaves no request running, however it is left."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import pytest

from pipedrive_leads_async.errors import ServerError
from tests.walk.list_server import (
    LEADS,
    ListServer,
    ids_of_walk,
    leads,
    other_tasks,
    run_tasks,
    walk,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])


@PREFETCH
async def test_closed_walk_leaves_no_request_running(prefetch: int) -> None:
    server = ListServer({LEADS: leads(1000)}, holds_from=1)
    walking = walk(server, limit=60, prefetch=prefetch).pages()
    await anext(walking)
    assert len(server.held) == prefetch
    await walking.aclose()
    assert len(server.cancelled) == prefetch
    assert not other_tasks()


@PREFETCH
async def test_exception_of_the_consumer_leaves_no_request_running(prefetch: int) -> None:
    server = ListServer({LEADS: leads(1000)}, holds_from=1)
    with pytest.raises(ZeroDivisionError):
        async with aclosing(walk(server, limit=60, prefetch=prefetch).pages()) as walking:
            async for _ in walking:
                raise ZeroDivisionError
    assert len(server.cancelled) == prefetch
    assert not other_tasks()


@PREFETCH
async def test_cancelled_consumer_leaves_no_request_running(prefetch: int) -> None:
    server = ListServer({LEADS: leads(1000)}, holds_from=100)
    consumer = asyncio.create_task(ids_of_walk(server, limit=60, prefetch=prefetch))
    await run_tasks(20)
    running = sorted(server.held)
    assert len(running) == max(prefetch, 1)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer
    assert sorted(server.cancelled) == running
    assert not other_tasks()


async def test_timeout_around_a_walk_leaves_no_request_running() -> None:
    server = ListServer({LEADS: leads(1000)}, holds_from=0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await ids_of_walk(server, limit=60)
    assert server.cancelled == [0]
    assert not other_tasks()


@PREFETCH
async def test_garbage_collected_walk_leaves_no_request_running(prefetch: int) -> None:
    server = ListServer({LEADS: leads(1000)}, holds_from=1)
    async for _ in walk(server, limit=60, prefetch=prefetch).pages():
        break
    gc.collect()
    await run_tasks(10)
    assert len(server.cancelled) == prefetch
    assert not other_tasks()


async def test_error_of_a_page_of_a_closed_walk_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = ListServer({LEADS: leads(1000)}, failures={1: ServerError("down", status=503)})
    walking = walk(server, limit=60, prefetch=1).pages()
    await anext(walking)
    await run_tasks()
    await walking.aclose()
    del walking, server
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_pages_ahead_stay_undecoded_until_they_are_needed() -> None:
    server = ListServer({LEADS: leads(1000)})
    ahead: list[int] = []
    async with aclosing(walk(server, limit=60, prefetch=3).pages()) as walking:
        async for page in walking:
            await run_tasks()
            ahead.append(len(server.starts) - server.starts.index(page.start) - 1)
            assert server.events.count(f"decode {page.start}") == 1
            assert sum(event.startswith("decode") for event in server.events) == len(ahead)
    assert ahead[:5] == [3, 3, 3, 3, 3]
    assert ahead[-1] == 0
