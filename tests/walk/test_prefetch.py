"""Pages ahead: how many, when they are asked for, and how they end."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from pipedrive_leads_async._walk.pages import ReceivedPage
from pipedrive_leads_async._walk.prefetch import Prefetcher
from pipedrive_leads_async.errors import ServerError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import LEADS, ListServer, ids, leads, other_tasks, turns

ANY = 10**9
"""A `latest` that every page under way keeps."""


def ahead(server: ListServer, depth: int) -> Prefetcher[Lead]:
    return Prefetcher(partial(server.fetch, LEADS), depth)


async def take(window: Prefetcher[Lead], start: int, *, latest: int = ANY) -> ReceivedPage[Lead]:
    """Take the page, and ask for those behind it, ten leads each."""
    page = await window.next_page(start, 10, latest=latest)
    await window.request_ahead(page, 10, rows=10, overlap=0)
    return page


async def test_without_depth_each_page_is_fetched_in_its_turn() -> None:
    server = ListServer({LEADS: leads(30)})
    window = ahead(server, 0)
    for start in (0, 10, 20):
        page = await take(window, start)
        assert ids((await page.response.decode()).leads) == ids(leads(10, first=start))
        assert server.starts[-1] == start
        assert not other_tasks()


async def test_behind_the_first_page_there_are_as_many_pages_ahead_as_may_be() -> None:
    server = ListServer({LEADS: leads(1000)})
    window = ahead(server, 5)
    for start in (0, 10, 20):
        await take(window, start)
        assert len(server.asked) - 1 - start // 10 == 5
    await window.drop()


async def test_a_list_of_one_page_costs_one_request() -> None:
    server = ListServer({LEADS: leads(10)})
    await take(ahead(server, 8), 0)
    assert server.starts == [0]


async def test_nothing_is_asked_for_behind_a_page_that_arrived_as_the_last() -> None:
    server = ListServer({LEADS: leads(15)})
    window = ahead(server, 1)
    await take(window, 0)
    await turns()
    await take(window, 10)
    assert server.starts == [0, 10]


async def test_the_end_is_seen_in_pages_that_wait_for_their_turn() -> None:
    server = ListServer({LEADS: leads(30)}, holds_from=0)
    window = ahead(server, 2)
    first = asyncio.create_task(take(window, 0))
    await turns()
    server.held[0].set_result(None)
    await first
    assert sorted(server.held) == [10, 20]
    second = asyncio.create_task(take(window, 10))
    server.held[20].set_result(None)
    await turns()
    server.held[10].set_result(None)
    await second
    assert server.starts == [0, 10, 20]
    await window.drop()


async def test_the_next_request_has_left_when_a_page_is_given() -> None:
    server = ListServer({LEADS: leads(100)})
    page = await take(window := ahead(server, 1), 0)
    await page.response.decode()
    assert server.events == ["ask 0", "ask 10", "decode 0"]
    await window.drop()


async def test_pages_that_arrive_in_another_order_are_given_in_theirs() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=0)
    window = ahead(server, 4)
    for start in range(0, 50, 10):
        page = asyncio.create_task(take(window, start))
        await turns()
        for turn in reversed(server.held.values()):
            turn.set_result(None)
        assert (await page).start == start
    await window.drop()


async def test_the_servers_own_positions_are_followed() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4)
    window = ahead(server, 1)
    for start in (0, 4, 8):
        assert (await take(window, start)).start == start
    assert server.starts == [0, 4, 8, 12]
    await window.drop()


async def test_the_positions_of_pages_that_wait_for_their_turn_are_followed() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4)
    window = ahead(server, 2)
    await take(window, 0)
    await turns()
    await take(window, 4)
    assert server.starts == [0, 4, 14, 18]
    await window.drop()


async def test_smaller_pages_are_expected_of_a_server_that_gave_smaller_ones() -> None:
    server = ListServer({LEADS: leads(100)}, cap=4, gives_next_start=False)
    window = ahead(server, 3)
    page = await window.next_page(0, 10, latest=0)
    await window.request_ahead(page, 10, rows=4, overlap=1)
    page = await window.next_page(3, 10, latest=4)
    await window.request_ahead(page, 10, rows=4, overlap=1)
    assert server.starts == [0, 3, 6, 9, 12]
    await window.drop()


@pytest.mark.parametrize("next_start", [0, 2])
async def test_nothing_is_asked_for_where_positions_do_not_advance(next_start: int) -> None:
    server = ListServer({LEADS: leads(100)}, cap=next_start)
    page = await (window := ahead(server, 3)).next_page(0, 10, latest=0)
    await window.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0]


async def test_a_page_that_begins_too_late_is_fetched_again() -> None:
    server = ListServer({LEADS: leads(100)})
    window = ahead(server, 2)
    await take(window, 0)
    page = await take(window, 7, latest=9)
    assert page.start == 7
    assert server.starts == [0, 10, 20, 7, 17]
    await window.drop()


async def test_a_page_that_begins_earlier_will_do() -> None:
    server = ListServer({LEADS: leads(100)})
    window = ahead(server, 1)
    await take(window, 0)
    assert (await take(window, 12, latest=15)).start == 10
    await window.drop()


async def test_a_page_that_may_not_be_needed_is_not_asked_for() -> None:
    server = ListServer({LEADS: leads(100)})
    window = ahead(server, 8)
    page = await window.next_page(0, 10, latest=0)
    await window.request_ahead(page, 10, rows=10, overlap=2, end=12)
    assert server.starts == [0]
    await window.request_ahead(page, 10, rows=10, overlap=2, end=13)
    assert server.asked[1:] == [(LEADS, 8, 5)]
    await window.request_ahead(page, 10, rows=10, overlap=2, end=17)
    assert server.starts == [0, 8]
    await window.request_ahead(page, 10, rows=10, overlap=2, end=18)
    assert server.asked[2:] == [(LEADS, 11, 7)]
    await window.drop()


async def test_behind_a_smaller_page_the_next_begins_where_it_ends() -> None:
    server = ListServer({LEADS: leads(100)}, gives_next_start=False)
    window = ahead(server, 2)
    page = await window.next_page(0, 10, latest=0)
    await window.request_ahead(page, 10, rows=10, overlap=2, end=13)
    await window.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0, 8, 11]
    page = await window.next_page(8, 10, latest=10)
    await window.drop()
    await window.request_ahead(page, 10, rows=10, overlap=2)
    assert server.starts == [0, 8, 11, 11]
    await window.drop()


async def test_an_error_comes_in_its_turn() -> None:
    server = ListServer({LEADS: leads(100)}, failures={2: ServerError("down", status=503)})
    window = ahead(server, 4)
    await take(window, 0)
    await turns()
    assert server.starts == [0, 10, 20, 30, 40]
    await take(window, 10)
    with pytest.raises(ServerError):
        await take(window, 20)
    await window.drop()
    assert not other_tasks()


async def test_nothing_is_asked_for_behind_a_page_that_failed() -> None:
    server = ListServer({LEADS: leads(100)}, failures={2: ServerError("down", status=503)})
    window = ahead(server, 3)
    await take(window, 0)
    await turns()
    await take(window, 10)
    assert server.starts == [0, 10, 20, 30]
    await window.drop()


async def test_a_request_that_was_cancelled_ends_the_walk_in_its_turn() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=20)
    window = ahead(server, 2)
    await take(window, 0)
    server.held[20].cancel()
    await turns()
    await take(window, 10)
    with pytest.raises(asyncio.CancelledError):
        await take(window, 20)
    await window.drop()


async def test_what_is_dropped_is_cancelled_and_has_ended() -> None:
    server = ListServer({LEADS: leads(100)})
    window = ahead(server, 3)
    server.holds_from = 10
    await take(window, 0)
    await window.drop()
    assert server.cancelled == [10, 20, 30]
    assert not other_tasks()


async def test_who_is_cancelled_while_waiting_can_still_end_everything() -> None:
    server = ListServer({LEADS: leads(100)}, holds_from=0)
    window = ahead(server, 2)
    first = asyncio.create_task(take(window, 0))
    await turns()
    server.held[0].set_result(None)
    await first
    second = asyncio.create_task(take(window, 10))
    await turns()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await window.drop()
    assert server.cancelled == [10, 20]
    assert not other_tasks()


async def test_after_a_drop_the_pages_ahead_grow_from_one_to_two_to_four_to_the_depth() -> None:
    server = ListServer({LEADS: leads(1000)})
    window = ahead(server, 5)
    await take(window, 0)
    await window.drop()
    server.asked.clear()
    counts: list[int] = []
    for start in range(500, 560, 10):
        await take(window, start)
        counts.append(len(server.asked) - 1 - (start - 500) // 10)
    assert counts == [1, 2, 4, 5, 5, 5]
    await window.drop()
