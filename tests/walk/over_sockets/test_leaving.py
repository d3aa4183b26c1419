"""Test that a walk left while requests are running leaves no task and no connection behind."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from functools import partial
from typing import Final, TypeAlias

import pytest

from pipedrive_leads_async import ClientClosedError, Lead, LeadsClient, SessionManager
from tests.support.calls import CANARY
from tests.support.sandbox_api import until
from tests.walk.over_sockets.leads_server import LeadsServer, page_of

PREFETCH: Final = 8

RETURNED_PAGES: Final = 4
"""How many pages the server returns before the requests for the next ones get no response."""

STRIDE: Final = 48
"""The distance between the positions of two pages, as the last 2 of their 50 leads overlap."""

LAST: Final = f"lead-{50 + (RETURNED_PAGES - 1) * STRIDE - 1}"
"""The last lead that the server returns."""

AllRequested: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until the requests for all pages ahead are running."""

Way: TypeAlias = Callable[[LeadsClient, AllRequested], Awaitable[None]]
"""Starts a walk, and leaves it."""


def walk_of(client: LeadsClient) -> AsyncGenerator[Lead, None]:
    return client.get_leads(limit=50, prefetch=PREFETCH)


async def walk_to_the_end(client: LeadsClient) -> None:
    async for _ in walk_of(client):
        pass


# Ways that end a walk at once


async def by_break_within_aclosing(client: LeadsClient, all_requested: AllRequested) -> None:
    async with aclosing(walk_of(client)) as leads:
        async for lead in leads:
            if lead.id == LAST:
                await all_requested()
                break


async def by_an_error_within_aclosing(client: LeadsClient, all_requested: AllRequested) -> None:
    with suppress(ZeroDivisionError):
        async with aclosing(walk_of(client)) as leads:
            async for lead in leads:
                if lead.id == LAST:
                    await all_requested()
                    raise ZeroDivisionError


async def by_cancelling_a_consumer_that_waits_for_a_page(
    client: LeadsClient, all_requested: AllRequested
) -> None:
    consumer = asyncio.create_task(walk_to_the_end(client))
    await all_requested()
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer


async def by_a_timeout(client: LeadsClient, all_requested: AllRequested) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as timeout:
            async for lead in walk_of(client):
                if lead.id == LAST:
                    await all_requested()
                    timeout.reschedule(0)


async def by_closing_the_client(client: LeadsClient, all_requested: AllRequested) -> None:
    consumer = asyncio.create_task(walk_to_the_end(client))
    await all_requested()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await consumer


async def by_closing_the_client_between_two_leads(
    client: LeadsClient, all_requested: AllRequested
) -> None:
    with pytest.raises(ClientClosedError):
        async for lead in walk_of(client):
            if lead.id == LAST:
                await all_requested()
                await client.aclose()


# Ways after which Python ends the walk when it collects the generator


async def by_break(client: LeadsClient, all_requested: AllRequested) -> None:
    async for lead in walk_of(client):
        if lead.id == LAST:
            await all_requested()
            break


async def by_an_error(client: LeadsClient, all_requested: AllRequested) -> None:
    with suppress(ZeroDivisionError):
        async for lead in walk_of(client):
            if lead.id == LAST:
                await all_requested()
                raise ZeroDivisionError


async def by_cancelling_a_consumer_that_processes_a_lead(
    client: LeadsClient, all_requested: AllRequested
) -> None:
    is_working = asyncio.Event()

    async def work() -> None:
        async for lead in walk_of(client):
            if lead.id == LAST:
                await all_requested()
                is_working.set()
                await asyncio.Event().wait()

    consumer = asyncio.create_task(work())
    await is_working.wait()
    consumer.cancel()
    with suppress(asyncio.CancelledError):
        await consumer


@pytest.fixture
async def server() -> AsyncIterator[LeadsServer]:
    """Return a server that responds to the requests for the first pages only."""
    async with LeadsServer(partial(page_of, 2000), hangs_from=RETURNED_PAGES * STRIDE) as server:
        yield server


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which asyncio logs an exception that was never retrieved."""
    yield
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def until_requested(server: LeadsServer, count: int) -> None:
    await until(lambda: len(server.requests) == count)


def only_this_task_is_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("connections", [1, PREFETCH])
@pytest.mark.parametrize(
    ("way", "is_at_once"),
    [
        (by_break_within_aclosing, True),
        (by_an_error_within_aclosing, True),
        (by_cancelling_a_consumer_that_waits_for_a_page, True),
        (by_a_timeout, True),
        (by_closing_the_client, True),
        (by_closing_the_client_between_two_leads, True),
        (by_break, False),
        (by_an_error, False),
        (by_cancelling_a_consumer_that_processes_a_lead, False),
    ],
)
async def test_walk_that_is_left_leaves_no_task_and_no_connection_behind(
    way: Way, is_at_once: bool, connections: int, server: LeadsServer
) -> None:
    async with SessionManager(connections=connections) as manager, asyncio.timeout(30):
        # The second round needs the connections and the concurrency of the first one.
        for number in (1, 2):
            sent = number * (RETURNED_PAGES + connections) + number - 1
            client = LeadsClient(CANARY, base_url=server.url, session=manager)
            await way(client, partial(until_requested, server, sent))
            if not is_at_once:
                gc.collect()
                await until(only_this_task_is_left)
            assert only_this_task_is_left()

            other = LeadsClient(CANARY, base_url=server.url, session=manager)
            assert len((await other.get_lead_page(limit=5)).leads) == 5


async def test_event_loop_that_shuts_down_ends_its_walks(server: LeadsServer) -> None:
    left: list[AsyncGenerator[Lead, None]] = []

    async def main() -> None:
        async with LeadsClient(CANARY, base_url=server.url) as client:
            left.append(walk_of(client))
            async for lead in left[0]:
                if lead.id == LAST:
                    await until_requested(server, RETURNED_PAGES + PREFETCH)
                    break

    await asyncio.to_thread(asyncio.run, main())
    with pytest.raises(StopAsyncIteration):
        await anext(left[0])
