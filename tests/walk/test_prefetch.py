"""Test `Prefetcher`: how many pages it requests ahead, when, and how their requests end."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from pipedrive_leads_async._walk.pages import ReceivedPage
from pipedrive_leads_async._walk.prefetch import Prefetcher
from pipedrive_leads_async.errors import ServerError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import LEADS, ListServer, ids, leads, other_tasks, run_tasks

ANY = 10**9
"""A value of `latest` that accepts every requested page."""


def prefetcher_of(server: ListServer, depth: int) -> Prefetcher[Lead]:
    return Prefetcher(partial(server.fetch, LEADS), depth)


async def take(
    prefetcher: Prefetcher[Lead], start: int, *, latest: int = ANY
) -> ReceivedPage[Lead]:
    """Return the next page, and request the pages after it, ten leads each."""
    page = await prefetcher.next_page(start, 10, latest=latest)
    await prefetcher.request_ahead(page, 10, rows=10, overlap=0)
    return page


async def test_depth_of_0_requests_each_page_when_it_is_needed() -> None:
    server = ListServer({LEADS: leads(30)})
    prefetcher = prefetcher_of(server, 0)
    for start in (0, 10, 20):
        page = await take(prefetcher, start)
        assert ids((await page.response.decode()).leads) == ids(leads(10, first=start))
        assert server.starts[-1] == start
        assert not other_tasks()


async def test_as_many_pages_as_depth_are_requested_after_the_first_one() -> None:
    server = ListServer({LEADS: leads(1000)})
    prefetcher = prefetcher_of(server, 5)
    for start in (0, 10, 20):
        await take(prefetcher, start)
        assert len(server.requests) - 1 - start // 10 == 5
    await prefetcher.drop()


async def test_list_of_one_page_costs_one_request() -> None:
    server = ListServer({LEADS: leads(10)})
    await take(prefetcher_of(server, 8), 0)
    assert server.starts == [0]


async def test_no_page_is_requested_after_the_last_one() -> None:
    server = ListServer({LEADS: leads(15)})
    prefetcher = prefetcher_of(server, 1)
    await take(prefetcher, 0)
    await run_tasks()
    await take(prefetcher, 10)
    assert server.starts == [0, 10]


async def test_end_of_the_list_is_read_from_pages_received_ahead() -> None:
    server = ListServer({LEADS: leads(30)}, holds_from=0)
    prefetcher = prefetcher_of(server, 2)
    first = asyncio.create_task(take(prefetcher, 0))
    await run_tasks()
    server.held[0].set_result(None)
    await first
    assert sorted(server.held) == [10, 20]
    second = asyncio.create_task(take(prefetcher, 10))
    server.held[20].set_result(None)
    await run_tasks()
    server.held[10].set_result(None)
    await second
    assert server.starts == [0, 10, 20]
    await prefetcher.drop()


async def test_next_request_is_sent_before_a_page_is_decoded() -> None:
    server = ListServer({LEADS: leads(100)})
    page = await take(prefetcher := prefetcher_of(server, 1), 0)
    await page.response.decode()
    assert server.events == ["request 0", "request 10", "decode 0"]
    await prefetcher.drop()


async def test_pages_received_in_another_order_are_returned_in_list_order() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=0)
    prefetcher = prefetcher_of(server, 4)
    for start in range(0, 50, 10):
        page = asyncio.create_task(take(prefetcher, start))
        await run_tasks()
        for held in reversed(server.held.values()):
            held.set_result(None)
        assert (await page).start == start
    await prefetcher.drop()


async def test_positions_reported_by_the_server_are_followed() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4)
    prefetcher = prefetcher_of(server, 1)
    for start in (0, 4, 8):
        assert (await take(prefetcher, start)).start == start
    assert server.starts == [0, 4, 8, 12]
    await prefetcher.drop()


async def test_positions_reported_in_pages_received_ahead_are_followed() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4)
    prefetcher = prefetcher_of(server, 2)
    await take(prefetcher, 0)
    await run_tasks()
    await take(prefetcher, 4)
    assert server.starts == [0, 4, 14, 18]
    await prefetcher.drop()


async def test_pages_of_the_expected_number_of_rows_are_requested() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4, reports_next_start=False)
    prefetcher = prefetcher_of(server, 3)
    page = await prefetcher.next_page(0, 10, latest=0)
    await prefetcher.request_ahead(page, 10, rows=4, overlap=1)
    page = await prefetcher.next_page(3, 10, latest=4)
    await prefetcher.request_ahead(page, 10, rows=4, overlap=1)
    assert server.starts == [0, 3, 6, 9, 12]
    await prefetcher.drop()


@pytest.mark.parametrize("next_start", [0, 2])
async def test_no_page_is_requested_if_positions_do_not_advance(next_start: int) -> None:
    server = ListServer({LEADS: leads(100)}, cap=next_start)
    page = await (prefetcher := prefetcher_of(server, 3)).next_page(0, 10, latest=0)
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0]


async def test_page_that_begins_too_late_is_fetched_again() -> None:
    server = ListServer({LEADS: leads(100)})
    prefetcher = prefetcher_of(server, 2)
    await take(prefetcher, 0)
    page = await take(prefetcher, 7, latest=9)
    assert page.start == 7
    assert server.starts == [0, 10, 20, 7, 17]
    await prefetcher.drop()


async def test_page_that_begins_earlier_is_used() -> None:
    server = ListServer({LEADS: leads(100)})
    prefetcher = prefetcher_of(server, 1)
    await take(prefetcher, 0)
    assert (await take(prefetcher, 12, latest=15)).start == 10
    await prefetcher.drop()


async def test_page_that_may_not_be_needed_is_not_requested() -> None:
    server = ListServer({LEADS: leads(100)})
    prefetcher = prefetcher_of(server, 8)
    page = await prefetcher.next_page(0, 10, latest=0)
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2, end=12)
    assert server.starts == [0]
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2, end=13)
    assert server.requests[1:] == [(LEADS, 8, 5)]
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2, end=17)
    assert server.starts == [0, 8]
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2, end=18)
    assert server.requests[2:] == [(LEADS, 11, 7)]
    await prefetcher.drop()


async def test_page_after_a_smaller_one_begins_at_its_end() -> None:
    server = ListServer({LEADS: leads(100)}, reports_next_start=False)
    prefetcher = prefetcher_of(server, 2)
    page = await prefetcher.next_page(0, 10, latest=0)
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2, end=13)
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0, 8, 11]
    page = await prefetcher.next_page(8, 10, latest=10)
    await prefetcher.drop()
    await prefetcher.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0, 8, 11, 11]
    await prefetcher.drop()


async def test_error_is_raised_in_list_order() -> None:
    server = ListServer({LEADS: leads(100)}, failures={2: ServerError("down", status=503)})
    prefetcher = prefetcher_of(server, 4)
    await take(prefetcher, 0)
    await run_tasks()
    assert server.starts == [0, 10, 20, 30, 40]
    await take(prefetcher, 10)
    with pytest.raises(ServerError):
        await take(prefetcher, 20)
    await prefetcher.drop()
    assert not other_tasks()


async def test_no_page_is_requested_after_a_page_that_failed() -> None:
    server = ListServer({LEADS: leads(100)}, failures={2: ServerError("down", status=503)})
    prefetcher = prefetcher_of(server, 3)
    await take(prefetcher, 0)
    await run_tasks()
    await take(prefetcher, 10)
    assert server.starts == [0, 10, 20, 30]
    await prefetcher.drop()


async def test_cancelled_request_raises_cancelled_error_in_list_order() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=20)
    prefetcher = prefetcher_of(server, 2)
    await take(prefetcher, 0)
    server.held[20].cancel()
    await run_tasks()
    await take(prefetcher, 10)
    with pytest.raises(asyncio.CancelledError):
        await take(prefetcher, 20)
    await prefetcher.drop()


async def test_dropped_pages_are_cancelled_and_their_tasks_have_ended() -> None:
    server = ListServer({LEADS: leads(100)})
    prefetcher = prefetcher_of(server, 3)
    server.holds_from = 10
    await take(prefetcher, 0)
    await prefetcher.drop()
    assert server.cancelled == [10, 20, 30]
    assert not other_tasks()


async def test_drop_after_a_cancelled_wait_cancels_all_pages() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=0)
    prefetcher = prefetcher_of(server, 2)
    first = asyncio.create_task(take(prefetcher, 0))
    await run_tasks()
    server.held[0].set_result(None)
    await first
    second = asyncio.create_task(take(prefetcher, 10))
    await run_tasks()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await prefetcher.drop()
    assert server.cancelled == [10, 20]
    assert not other_tasks()


async def test_number_of_pages_ahead_doubles_after_a_drop_up_to_depth() -> None:
    server = ListServer({LEADS: leads(1000)})
    prefetcher = prefetcher_of(server, 5)
    await take(prefetcher, 0)
    await prefetcher.drop()
    server.requests.clear()
    counts: list[int] = []
    for start in range(500, 560, 10):
        await take(prefetcher, start)
        counts.append(len(server.requests) - 1 - (start - 500) // 10)
    assert counts == [1, 2, 4, 5, 5, 5]
    await prefetcher.drop()
