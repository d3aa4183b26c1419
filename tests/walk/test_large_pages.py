"""Test walks over pages whose responses are too large: they are requested again in parts."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async.errors import UnexpectedResponseError
from pipedrive_leads_async.models import LeadPage
from tests.walk.list_server import (
    LEADS,
    FakeResponse,
    ListServer,
    collect,
    ids,
    ids_of_pages,
    ids_of_walk,
    leads,
    other_tasks,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])


class HeavyServer(ListServer):
    """A server whose responses are too large if they have more rows than `most`.

    Leads from position 1000 are light.
    """

    most = 500

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        response = ListServer.respond(self, which, start, limit)
        if start < 1000 and response.page.rows > self.most:
            raise UnexpectedResponseError("the response is larger than 32 MiB", too_large=True)
        return response


def heavy_server(count: int, most: int) -> HeavyServer:
    server = HeavyServer({LEADS: leads(count)})
    server.most = most
    return server


@PREFETCH
@pytest.mark.parametrize("most", [499, 130, 20, 3, 2, 1])
async def test_page_that_is_too_large_is_requested_in_parts(most: int, prefetch: int) -> None:
    server = heavy_server(600, most)
    assert await ids_of_walk(server, prefetch=prefetch) == ids(leads(600))
    assert not other_tasks()


async def test_size_of_a_page_is_halved_until_the_response_fits() -> None:
    server = heavy_server(600, 130)
    await ids_of_walk(server, prefetch=0)
    assert [limit for _, _, limit in server.requests][:5] == [500, 250, 125, 125, 125]


async def test_later_pages_grow_again() -> None:
    server = heavy_server(9000, 130)
    assert await ids_of_walk(server) == ids(leads(9000))
    assert server.requests[-1][2] == 500
    assert len(server.requests) < 60


@PREFETCH
async def test_lead_that_is_too_large_alone_raises_with_a_checkpoint(prefetch: int) -> None:
    class OneHeavyLead(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            if start <= 300 < start + limit:
                raise UnexpectedResponseError("larger than 32 MiB", too_large=True)
            return ListServer.respond(self, which, start, limit)

    server = OneHeavyLead({LEADS: leads(600)})
    found: list[LeadPage[Any]] = []
    with pytest.raises(UnexpectedResponseError, match="larger than 32 MiB") as caught:
        await collect(found, server, prefetch=prefetch)
    assert ids_of_pages(found) == ids(leads(300))
    light = ListServer({LEADS: leads(600)})
    rest = await ids_of_walk(light, resume_from=caught.value.checkpoint)
    assert rest == ids(leads(300, first=300))
    assert not other_tasks()


@PREFETCH
async def test_other_unexpected_responses_are_raised(prefetch: int) -> None:
    error = UnexpectedResponseError("not JSON")
    server = ListServer({LEADS: leads(600)}, failures={0: error})
    with pytest.raises(UnexpectedResponseError, match="not JSON"):
        await ids_of_walk(server, prefetch=prefetch)
    assert len(server.requests) == 1
