"""Test how `Reader` reads one list: joins, steps back, and positions that do not advance."""

from __future__ import annotations

from functools import partial

import attrs
import pytest

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async._walk.reader import PATIENCE, Reader
from pipedrive_leads_async._walk.trail import Trail
from pipedrive_leads_async.errors import PaginationError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import (
    LEADS,
    FakeResponse,
    ListServer,
    ids,
    lead,
    leads,
    other_tasks,
    second,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])


async def read(
    server: ListServer,
    *,
    prefetch: int = 0,
    limit: int = 500,
    start: int = 0,
    wanted: int | None = None,
    ordered: bool = True,
) -> list[str]:
    """Read the list to its end, and return the ids in the order in which they were read."""
    trail = Trail.begin(start, limit=limit, ordered=ordered)
    reader = Reader(partial(server.fetch, LEADS), trail, limit=limit, prefetch=prefetch)
    found: list[str] = []
    try:
        while wanted is None or len(found) < wanted:
            joined = await reader.next_page(None if wanted is None else wanted - len(found))
            if joined is None:
                break
            found += ids(joined.new_leads)
            reader.advance(joined, joined.page)
    finally:
        await reader.aclose()
    assert not other_tasks()
    return found


# Unchanged lists


@PREFETCH
@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
@pytest.mark.parametrize("limit", [1, 49, 50, 500])
async def test_unchanged_list_is_read_once_in_order(count: int, limit: int, prefetch: int) -> None:
    server = ListServer({LEADS: leads(count)})
    assert await read(server, limit=limit, prefetch=prefetch) == ids(leads(count))


@PREFETCH
async def test_overlap_costs_one_request_in_ten_thousand_leads(prefetch: int) -> None:
    server = ListServer({LEADS: leads(10_000)})
    await read(server, prefetch=prefetch)
    assert len(server.requests) == 21


@PREFETCH
async def test_list_of_one_page_costs_one_request(prefetch: int) -> None:
    server = ListServer({LEADS: leads(500)})
    await read(server, prefetch=prefetch)
    assert server.requests == [(LEADS, 0, 500)]


@pytest.mark.parametrize("prefetch", [0, 1])
async def test_small_pages_are_requested_without_overlap(prefetch: int) -> None:
    server = ListServer({LEADS: leads(100)})
    await read(server, limit=30, prefetch=prefetch)
    assert server.requests == [(LEADS, 0, 30), (LEADS, 30, 30), (LEADS, 60, 30), (LEADS, 90, 30)]


@PREFETCH
@pytest.mark.parametrize("cap", [1, 3, 10, 100])
@pytest.mark.parametrize("reports_next_start", [True, False])
async def test_list_with_pages_smaller_than_requested_is_read_to_its_end(
    cap: int, reports_next_start: bool, prefetch: int
) -> None:
    server = ListServer({LEADS: leads(205)}, cap=cap, reports_next_start=reports_next_start)
    assert await read(server, prefetch=prefetch) == ids(leads(205))


@PREFETCH
async def test_pages_smaller_than_requested_cost_one_request_each(prefetch: int) -> None:
    server = ListServer({LEADS: leads(2000)}, cap=100, reports_next_start=False)
    await read(server, prefetch=prefetch)
    assert len(server.requests) <= 26 + 2 * prefetch


@PREFETCH
@pytest.mark.parametrize("wanted", [1, 3, 50, 79, 80, 81, 108, 109, 110, 200])
async def test_requested_positions_end_at_the_wanted_number_of_leads(
    wanted: int, prefetch: int
) -> None:
    server = ListServer({LEADS: leads(300)})
    assert await read(server, limit=50, prefetch=prefetch, wanted=wanted) == ids(leads(wanted))
    assert max(start + limit for _, start, limit in server.requests) == wanted
    sequential = ListServer({LEADS: leads(300)})
    await read(sequential, limit=50, wanted=wanted)
    assert server.requests == sequential.requests


# Lists that change


@PREFETCH
async def test_few_deletions_between_requests_cost_few_requests(prefetch: int) -> None:
    server = ListServer({LEADS: leads(10_000)})

    def delete_ten_leads() -> None:
        if len(server.requests) > 1:
            del server.rows[LEADS][:10]

    server.changes = delete_ten_leads
    assert await read(server, prefetch=prefetch) == ids(leads(10_000))
    # The first deletions show by how much the pages must overlap.
    assert len(server.requests) <= 24 + prefetch


@PREFETCH
async def test_reader_steps_back_after_a_mass_deletion_until_a_page_joins(prefetch: int) -> None:
    server = ListServer({LEADS: leads(10_000)})

    def delete_once() -> None:
        if len(server.requests) == 12:
            del server.rows[LEADS][:3000]

    server.changes = delete_once
    assert await read(server, prefetch=prefetch) == ids(leads(10_000))
    assert len(server.requests) <= 21 + prefetch + 8


@pytest.mark.parametrize(
    ("cap", "starts"),
    [
        (500, [0, 498, 996, 746, 1224, 1702]),
        (300, [0, 298, 596, 446, 146, 424, 702, 980, 1258, 1536]),
    ],
)
async def test_first_step_back_is_half_of_the_rows_of_a_page(cap: int, starts: list[int]) -> None:
    server = ListServer({LEADS: leads(2000)}, cap=cap)

    def delete_once() -> None:
        if len(server.requests) == 3:
            del server.rows[LEADS][:200]

    server.changes = delete_once
    assert await read(server) == ids(leads(2000))
    assert server.starts == starts


@PREFETCH
async def test_consumer_that_deletes_each_lead_costs_few_more_requests(prefetch: int) -> None:
    server = ListServer({LEADS: leads(10_000)})
    trail = Trail.begin(0, limit=500, ordered=True)
    reader = Reader(partial(server.fetch, LEADS), trail, limit=500, prefetch=prefetch)
    found: list[str] = []
    while joined := await reader.next_page(None):
        found += ids(joined.new_leads)
        reader.advance(joined, joined.page)
        deleted = set(ids(joined.new_leads))
        server.rows[LEADS] = [each for each in server.rows[LEADS] if each.id not in deleted]
    assert found == ids(leads(10_000))
    assert len(server.requests) <= 27 + prefetch


async def test_list_is_read_to_its_end_after_more_leads_came_back_than_were_read() -> None:
    server = ListServer({LEADS: leads(3000)})

    def unarchive_many() -> None:
        if len(server.requests) == 100:
            server.rows[LEADS][:0] = leads(4500, first=5000, add_time=second(-1))

    server.changes = unarchive_many
    assert await read(server, limit=50) == ids(leads(3000))


async def test_list_that_became_shorter_than_the_position_is_read_after_steps_back() -> None:
    server = ListServer({LEADS: leads(1000)})

    def delete_once() -> None:
        if len(server.requests) == 2:
            del server.rows[LEADS][:900]

    server.changes = delete_once
    assert set(await read(server)) >= set(ids(leads(100, first=900)))
    assert server.starts == [0, 498, 248, 0]


async def test_page_fetched_ahead_from_too_late_a_position_is_fetched_again() -> None:
    instant = [lead(n, add_time=lead(440).add_time) for n in range(440, 500)]
    server = ListServer({LEADS: [*leads(440), *instant, *leads(100, first=500)]})
    assert await read(server, prefetch=1) == ids(leads(600))
    assert server.starts == [0, 498, 439]


async def test_steps_back_request_no_pages_ahead() -> None:
    server = ListServer({LEADS: leads(2000)})

    def delete_once() -> None:
        if len(server.requests) == 3:
            del server.rows[LEADS][:200]

    server.changes = delete_once
    await read(server, prefetch=1)
    assert server.starts[:5] == [0, 498, 996, 1494, 746]
    assert len(server.starts) == 7


async def test_steps_back_request_whole_pages_even_if_few_leads_are_wanted() -> None:
    server = ListServer({LEADS: leads(2000)})

    def delete_once() -> None:
        if len(server.requests) == 2:
            del server.rows[LEADS][:200]

    server.changes = delete_once
    assert await read(server, wanted=503) == ids(leads(948))
    assert server.requests == [(LEADS, 0, 500), (LEADS, 498, 5), (LEADS, 248, 500)]


# Servers that hide rows


@attrs.define
class HidingServer(ListServer):
    """A server that omits hidden leads from its pages, but counts their positions."""

    hidden: frozenset[str] = frozenset()

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        response = ListServer.respond(self, which, start, limit)
        shown = [each for each in response.page.leads if each.id not in self.hidden]
        return attrs.evolve(response, page=DecodedPage(shown))


@PREFETCH
@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(range(0, 1000, 7), id="some"),
        pytest.param(range(120, 950), id="whole-pages"),
        pytest.param([n for n in range(1000) if n % 40], id="most"),
        pytest.param(range(990), id="all-before-the-end"),
        pytest.param(range(60, 1000), id="all-after-the-first"),
    ],
)
async def test_list_with_hidden_rows_is_read_to_its_end(hidden: range, prefetch: int) -> None:
    server = HidingServer({LEADS: leads(1000)}, hidden=frozenset(f"lead-{n}" for n in hidden))
    shown = [each for each in leads(1000) if each.id not in server.hidden]
    assert await read(server, limit=100, prefetch=prefetch) == ids(shown)


async def test_small_pages_may_hide_more_leads_in_a_row_than_50_pages_have() -> None:
    hidden = frozenset(f"lead-{n}" for n in range(7, 700))
    server = HidingServer({LEADS: leads(707)}, cap=7, hidden=hidden)
    assert await read(server) == ids([*leads(7), *leads(7, first=700)])


async def test_empty_page_with_a_next_start_is_read_again_from_before() -> None:
    class Interrupted(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            response = ListServer.respond(self, which, start, limit)
            return attrs.evolve(response, page=DecodedPage([])) if start == 98 else response

    server = Interrupted({LEADS: leads(300)})
    assert await read(server, limit=100) == ids(leads(300))
    assert server.starts == [0, 98, 48, 146, 244]


# Positions that never reach an end


@attrs.define
class EndlessServer(ListServer):
    """A server that always returns the first rows, and reports that the list continues."""

    next_start: int | None = None
    page: list[Lead] = attrs.field(factory=list[Lead])

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        following = start + limit if self.next_start is None else self.next_start
        return FakeResponse(
            DecodedPage(self.page[:limit]),
            more=True,
            next_start=following if self.reports_next_start else None,
        )


@PREFETCH
@pytest.mark.parametrize("reports_next_start", [True, False])
@pytest.mark.parametrize(("limit", "rows"), [(10, 10), (10, 500), (500, 500)])
async def test_server_that_ignores_the_position_raises_after_bounded_requests(
    limit: int, rows: int, reports_next_start: bool, prefetch: int
) -> None:
    server = EndlessServer({}, page=leads(rows), reports_next_start=reports_next_start)
    with pytest.raises(PaginationError, match="brought no new lead"):
        await read(server, limit=limit, prefetch=prefetch)
    assert len(server.requests) < 2 * PATIENCE + 8 + 5 * prefetch


@PREFETCH
async def test_positions_that_do_not_advance_raise_after_the_page(prefetch: int) -> None:
    server = EndlessServer({}, page=leads(500), next_start=0)
    trail = Trail.begin(0, limit=500, ordered=True)
    reader = Reader(partial(server.fetch, LEADS), trail, limit=500, prefetch=prefetch)
    joined = await reader.next_page(None)
    assert joined is not None
    reader.advance(joined, joined.page)
    with pytest.raises(PaginationError, match="after the page at 0 the list continues at 0"):
        await reader.next_page(None)
    await reader.aclose()
    assert len(server.requests) == 1


@PREFETCH
async def test_empty_page_that_continues_without_next_start_raises(prefetch: int) -> None:
    server = EndlessServer({}, reports_next_start=False)
    with pytest.raises(PaginationError, match="the list continues at None"):
        await read(server, prefetch=prefetch)


@PREFETCH
async def test_endless_empty_pages_raise_after_51_pages(prefetch: int) -> None:
    server = EndlessServer({})
    with pytest.raises(PaginationError, match="but 51 pages in a row brought no new lead"):
        await read(server, prefetch=prefetch)
    assert 51 <= len(server.requests) <= 51 + prefetch


async def test_endless_empty_pages_of_one_position_raise_after_501_pages() -> None:
    class Slow(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            return FakeResponse(DecodedPage([]), more=True, next_start=start + 1)

    server = Slow({})
    with pytest.raises(PaginationError, match="but 501 pages in a row brought no new lead"):
        await read(server)
    assert len(server.requests) == 501


async def test_page_with_new_leads_resets_the_count_of_pages_without_them() -> None:
    class Faltering(ListServer):
        """A server with two series of 300 empty pages, each of which advances by one position."""

        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            if 2 <= len(self.requests) < 302 or 304 <= len(self.requests) < 604:
                return FakeResponse(DecodedPage([]), more=True, next_start=start + 1)
            return ListServer.respond(self, which, start, limit)

    server = Faltering({LEADS: leads(3000)})
    assert (await read(server, limit=100))[-1] == "lead-2999"
    assert len(server.requests) > 604


@PREFETCH
async def test_pages_that_never_join_raise_after_a_bounded_number_of_requests(
    prefetch: int,
) -> None:
    first, others = DecodedPage(leads(500)), DecodedPage(leads(500, first=1000))

    class Torn(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            return FakeResponse(others if start else first, more=True)

    server = Torn({})
    with pytest.raises(PaginationError, match="brought no new lead"):
        await read(server, prefetch=prefetch)
    assert len(server.requests) < 3 * PATIENCE
