"""Walks over real sockets that are left while pages are under way: nothing of them remains."""

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

ANSWERED: Final = 4
"""Pages until so many are asked for ahead: one, two, four, then eight."""

PITCH: Final = 29
"""Where each page begins behind the one before it, as 21 of its 50 leads overlap."""

LAST: Final = f"lead-{50 + (ANSWERED - 1) * PITCH - 1}"
"""The last lead that is answered."""

UnderWay: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until the requests for all pages ahead are under way."""

Way: TypeAlias = Callable[[LeadsClient, UnderWay], Awaitable[None]]
"""Begins a walk, and leaves it."""


def walk_of(client: LeadsClient) -> AsyncGenerator[Lead, None]:
    return client.get_leads(limit=50, prefetch=PREFETCH)


async def walk_to_the_end(client: LeadsClient) -> None:
    async for _ in walk_of(client):
        pass


# Ways that end a walk at once


async def by_break_within_aclosing(client: LeadsClient, under_way: UnderWay) -> None:
    async with aclosing(walk_of(client)) as leads:
        async for lead in leads:
            if lead.id == LAST:
                await under_way()
                break


async def by_an_error_within_aclosing(client: LeadsClient, under_way: UnderWay) -> None:
    with suppress(ZeroDivisionError):
        async with aclosing(walk_of(client)) as leads:
            async for lead in leads:
                if lead.id == LAST:
                    await under_way()
                    raise ZeroDivisionError


async def by_cancelling_who_waits_for_a_page(client: LeadsClient, under_way: UnderWay) -> None:
    consumer = asyncio.create_task(walk_to_the_end(client))
    await under_way()
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer


async def by_a_timeout(client: LeadsClient, under_way: UnderWay) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as timeout:
            async for lead in walk_of(client):
                if lead.id == LAST:
                    await under_way()
                    timeout.reschedule(0)


async def by_closing_the_client(client: LeadsClient, under_way: UnderWay) -> None:
    consumer = asyncio.create_task(walk_to_the_end(client))
    await under_way()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await consumer


async def by_closing_the_client_between_two_leads(client: LeadsClient, under_way: UnderWay) -> None:
    with pytest.raises(ClientClosedError):
        async for lead in walk_of(client):
            if lead.id == LAST:
                await under_way()
                await client.aclose()


# Ways that leave it to Python to end it


async def by_break(client: LeadsClient, under_way: UnderWay) -> None:
    async for lead in walk_of(client):
        if lead.id == LAST:
            await under_way()
            break


async def by_an_error(client: LeadsClient, under_way: UnderWay) -> None:
    with suppress(ZeroDivisionError):
        async for lead in walk_of(client):
            if lead.id == LAST:
                await under_way()
                raise ZeroDivisionError


async def by_cancelling_who_works_with_a_lead(client: LeadsClient, under_way: UnderWay) -> None:
    is_working = asyncio.Event()

    async def work() -> None:
        async for lead in walk_of(client):
            if lead.id == LAST:
                await under_way()
                is_working.set()
                await asyncio.Event().wait()

    consumer = asyncio.create_task(work())
    await is_working.wait()
    consumer.cancel()
    with suppress(asyncio.CancelledError):
        await consumer


@pytest.fixture
async def server() -> AsyncIterator[LeadsServer]:
    """Answers the first pages, and none behind them."""
    async with LeadsServer(partial(page_of, 2000), hangs_from=ANSWERED * PITCH) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_is_reported(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let a test fail in which asyncio reports a task's error that nobody took."""
    yield
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def until_asked(server: LeadsServer, count: int) -> None:
    await until(lambda: len(server.asked) == count)


def only_this_task_is_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("connections", [1, PREFETCH])
@pytest.mark.parametrize(
    ("way", "is_at_once"),
    [
        (by_break_within_aclosing, True),
        (by_an_error_within_aclosing, True),
        (by_cancelling_who_waits_for_a_page, True),
        (by_a_timeout, True),
        (by_closing_the_client, True),
        (by_closing_the_client_between_two_leads, True),
        (by_break, False),
        (by_an_error, False),
        (by_cancelling_who_works_with_a_lead, False),
    ],
)
async def test_a_walk_that_is_left_leaves_no_task_and_no_connection_behind(
    way: Way, is_at_once: bool, connections: int, server: LeadsServer
) -> None:
    async with SessionManager(connections=connections) as manager, asyncio.timeout(30):
        # The second round needs the connections and the places in flight of the first one.
        for number in (1, 2):
            sent = number * (ANSWERED + connections) + number - 1
            client = LeadsClient(CANARY, base_url=server.url, session=manager)
            await way(client, partial(until_asked, server, sent))
            if not is_at_once:
                gc.collect()
                await until(only_this_task_is_left)
            assert only_this_task_is_left()

            other = LeadsClient(CANARY, base_url=server.url, session=manager)
            assert len((await other.get_lead_page(limit=5)).leads) == 5


async def test_a_loop_that_ends_ends_the_walks_that_were_left_in_it(server: LeadsServer) -> None:
    left: list[AsyncGenerator[Lead, None]] = []

    async def main() -> None:
        async with LeadsClient(CANARY, base_url=server.url) as client:
            left.append(walk_of(client))
            async for lead in left[0]:
                if lead.id == LAST:
                    await until_asked(server, ANSWERED + PREFETCH)
                    break

    await asyncio.to_thread(asyncio.run, main())
    with pytest.raises(StopAsyncIteration):
        await anext(left[0])
