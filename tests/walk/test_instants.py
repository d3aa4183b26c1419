"""Test lists with many leads of one creation time, whose order is stable or changes."""

from __future__ import annotations

import random

import pytest

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async.errors import PaginationError
from pipedrive_leads_async.models import Lead, LeadPage
from tests.walk.list_server import (
    LEADS,
    FakeResponse,
    ListServer,
    collect,
    ids,
    ids_of_pages,
    ids_of_walk,
    lead,
    leads,
    pages,
    second,
)


def list_with_instant(size: int) -> list[Lead]:
    """Return leads of which `size` have the same creation time."""
    instant = [lead(n, add_time=second(60)) for n in range(60, 60 + size)]
    return [*leads(60), *instant, *leads(60, first=60 + size)]


class ShufflingServer(ListServer):
    """A server that returns leads of one creation time in another order each time."""

    chance = random.Random(0)

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        self.chance.shuffle(self.rows[which])
        self.rows[which].sort(key=lambda each: (each.add_time is not None, each.add_time))
        return ListServer.respond(self, which, start, limit)


@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("limit", [50, 100, 500])
@pytest.mark.parametrize("size", [25, 60, 250, 400, 480])
async def test_instant_in_changing_order_is_read_completely(
    size: int, limit: int, prefetch: int
) -> None:
    rows = list_with_instant(size)
    found = await ids_of_walk(ShufflingServer({LEADS: list(rows)}), limit=limit, prefetch=prefetch)
    assert sorted(found) == sorted(ids(rows))


@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("limit", [50, 100, 500])
async def test_instant_longer_than_a_page_in_changing_order_raises_at_the_end(
    limit: int, prefetch: int
) -> None:
    rows = list_with_instant(1200)
    server = ShufflingServer({LEADS: list(rows)})
    found: list[LeadPage[Lead]] = []
    with pytest.raises(PaginationError, match="may have been missed") as caught:
        await collect(found, server, limit=limit, prefetch=prefetch)
    assert ids_of_pages(found)[-1] == rows[-1].id
    # The error is raised once.
    assert await pages(server, limit=limit, resume_from=caught.value.checkpoint) == []


@pytest.mark.parametrize("size", [300, 480, 700])
async def test_resumed_walk_repeats_no_tied_lead_after_others_were_archived(
    size: int,
) -> None:
    rows = list_with_instant(size)
    server = ListServer({LEADS: list(rows)})
    first, *_ = await pages(server, limit=200)
    read = ids(first.leads)
    server.rows[LEADS] = [each for each in rows if each.id not in read[20:]]
    rest = await ids_of_walk(server, limit=200, resume_from=first.checkpoint)
    assert read + rest == ids(rows)
