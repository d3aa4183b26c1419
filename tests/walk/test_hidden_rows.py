"""Test that a walk resumed in a stable list with hidden rows raises no error."""

from __future__ import annotations

import attrs
import pytest

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async.errors import PaginationError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import (
    LEADS,
    FakeResponse,
    ListServer,
    ids,
    ids_of_pages,
    ids_of_walk,
    lead,
    leads,
    pages,
    second,
)


@attrs.define
class HidingServer(ListServer):
    """A server that omits the leads before a number from its pages, but counts their positions."""

    first_shown: int = 0

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        response = ListServer.respond(self, which, start, limit)
        shown = [each for each in response.page.leads if int(each.id[5:]) >= self.first_shown]
        return attrs.evolve(response, page=DecodedPage(shown))


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", [1, 10, 49, 50, 60, 500])
@pytest.mark.parametrize("first_shown", [100, 490, 1190])
async def test_resumed_walk_finds_its_place_behind_hidden_rows(
    first_shown: int, limit: int, ordered: bool
) -> None:
    count = first_shown + 10
    server = HidingServer({LEADS: leads(count)}, first_shown=first_shown)
    *_, last = await pages(server, limit=500, ordered=ordered)
    server.rows[LEADS] += leads(5, first=count)
    found = await ids_of_walk(server, limit=limit, ordered=ordered, resume_from=last.checkpoint)
    assert found == ids(leads(5, first=count))


@pytest.mark.parametrize("limit", [10, 60, 500])
async def test_search_for_the_place_of_a_checkpoint_ends_a_page_after_it(limit: int) -> None:
    first, *_ = await pages(ListServer({LEADS: leads(200)}), limit=60)
    other = ListServer({LEADS: leads(9000, first=1000)})
    with pytest.raises(PaginationError, match="another account"):
        await pages(other, limit=limit, resume_from=first.checkpoint)
    assert max(start for _, start, _ in other.requests) < 60 + 500


def unordered_list() -> list[Lead]:
    """Return leads of which each third one was created later than the two after it."""
    return [lead(n, add_time=second(n + 3 if n % 3 == 2 else n)) for n in range(20)]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 60, 500])
@pytest.mark.parametrize("cap", [7, 500])
async def test_resumed_walk_of_a_stable_list_in_another_order_yields_the_rest(
    cap: int, limit: int
) -> None:
    server = ListServer({LEADS: unordered_list()})
    found = await pages(server, limit=1)
    server.cap = cap
    for number, page in enumerate(found, 1):
        rest = await ids_of_walk(server, limit=limit, resume_from=page.checkpoint)
        assert ids_of_pages(found[:number]) + rest == ids(unordered_list())


async def test_resumed_walk_reads_a_list_again_in_pages_smaller_than_requested() -> None:
    server = ListServer({LEADS: leads(420)})
    *_, last = await pages(server)
    server.rows[LEADS] = [*leads(300, first=1000, add_time=second(-1)), *leads(421)]
    server.cap = 7
    assert await ids_of_walk(server, resume_from=last.checkpoint) == ["lead-420"]
