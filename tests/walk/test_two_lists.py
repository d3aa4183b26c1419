"""Test walks of two lists: the leads of each list, on today's server and on an older one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipedrive_leads_async._walk.lead_list import LISTS, LeadList
from pipedrive_leads_async.enums import ArchivedStatus
from pipedrive_leads_async.errors import DecodeError, NotFoundError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import (
    FakeResponse,
    ListServer,
    ids,
    ids_of_pages,
    ids_of_walk,
    lead,
    leads,
    other_tasks,
    pages,
    second,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])
ARCHIVED_ONLY = LISTS[ArchivedStatus.ARCHIVED]
ALL = LISTS[ArchivedStatus.ALL]


def todays_server(open_leads: list[Lead], archived: list[Lead]) -> ListServer:
    """Return a server that ignores archived_status, and has a list of archived leads."""
    return ListServer(
        {
            LeadList.LEADS: open_leads,
            LeadList.LEADS_NOT_ARCHIVED: open_leads,
            LeadList.LEADS_ARCHIVED: open_leads,
            LeadList.LEADS_ALL: open_leads,
            LeadList.ARCHIVED: archived,
        }
    )


class OlderServer(ListServer):
    """A server that filters by archived_status, and has no list of archived leads."""

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        if which is LeadList.ARCHIVED:
            raise NotFoundError("Unknown method", status=404)
        return ListServer.respond(self, which, start, limit)


def older_server(open_leads: list[Lead], archived: list[Lead]) -> ListServer:
    mixed = sorted([*open_leads, *archived], key=lambda each: int(each.id[5:]))
    return OlderServer({LeadList.LEADS_ARCHIVED: archived, LeadList.LEADS_ALL: mixed})


def test_lists_of_archived_leads_are_read_after_the_list_of_open_leads() -> None:
    assert LISTS == {
        None: (LeadList.LEADS,),
        "not_archived": (LeadList.LEADS_NOT_ARCHIVED,),
        "archived": (LeadList.LEADS_ARCHIVED, LeadList.ARCHIVED),
        "all": (LeadList.LEADS_ALL, LeadList.ARCHIVED),
    }


@PREFETCH
@pytest.mark.parametrize("make", [todays_server, older_server])
async def test_archived_leads_are_found_in_either_list(
    make: Callable[[list[Lead], list[Lead]], ListServer], prefetch: int
) -> None:
    server = make(leads(100), leads(70, first=100, is_archived=True))
    options = {"limit": 60, "prefetch": prefetch}
    assert await ids_of_walk(server, lists=ARCHIVED_ONLY, **options) == ids(leads(70, first=100))
    assert sorted(await ids_of_walk(server, lists=ALL, **options)) == sorted(ids(leads(170)))


@PREFETCH
async def test_list_that_ignores_archived_status_costs_one_request(prefetch: int) -> None:
    server = todays_server(leads(5000), leads(70, first=5000, is_archived=True))
    await ids_of_walk(server, lists=ARCHIVED_ONLY, limit=60, prefetch=prefetch)
    assert [which for which, _, _ in server.requests].count(LeadList.LEADS_ARCHIVED) == 1


async def test_first_list_is_left_at_its_first_open_lead() -> None:
    archived = leads(5, is_archived=True)
    server = todays_server([*archived, *leads(5, first=5)], leads(9, first=2, is_archived=True))
    found = await ids_of_walk(server, lists=ARCHIVED_ONLY)
    assert found == ids(leads(11))


async def test_malformed_open_lead_is_ignored_by_a_walk_of_archived_leads() -> None:
    server = todays_server(leads(10), leads(10, first=10, is_archived=True))
    server.malformed = {"lead-0"}
    assert await ids_of_walk(server, lists=ARCHIVED_ONLY) == ids(leads(10, first=10))
    skipped: list[DecodeError] = []
    await ids_of_walk(server, lists=ARCHIVED_ONLY, on_malformed=skipped.append)
    assert skipped == []


async def test_walk_of_archived_leads_resumes_after_any_page() -> None:
    server = todays_server(
        [*leads(5, is_archived=True), *leads(5, first=5)],
        leads(90, first=20, is_archived=True),
    )
    whole = await ids_of_walk(server, lists=ARCHIVED_ONLY, limit=60)
    done: list[str] = []
    for page in await pages(server, lists=ARCHIVED_ONLY, limit=60):
        done += ids(page.leads)
        assert (
            done
            + await ids_of_walk(server, lists=ARCHIVED_ONLY, limit=60, resume_from=page.checkpoint)
            == whole
        )


async def test_second_list_is_not_read_after_an_archived_lead_in_the_first() -> None:
    server = older_server([*leads(40), *leads(50, first=50)], leads(10, first=40, is_archived=True))
    found = await pages(server, lists=ALL, limit=60)
    assert ids_of_pages(found) == ids(leads(100))
    assert {which for which, _, _ in server.requests} == {LeadList.LEADS_ALL}
    server.requests.clear()
    await ids_of_walk(server, lists=ALL, limit=60, resume_from=found[-1].checkpoint)
    assert {which for which, _, _ in server.requests} == {LeadList.LEADS_ALL}


async def test_lead_without_is_archived_is_yielded_from_either_list() -> None:
    unknown = leads(10, is_archived=None)
    server = todays_server(unknown, leads(10, first=10, is_archived=None))
    assert await ids_of_walk(server, lists=ALL) == ids(leads(20))
    assert await ids_of_walk(server, lists=ARCHIVED_ONLY) == ids(leads(20))


async def test_lead_archived_during_the_walk_is_yielded_once() -> None:
    server = todays_server(leads(100), leads(10, first=200, is_archived=True))

    def archive_some() -> None:
        if len(server.requests) == 2:
            rows = server.rows[LeadList.LEADS_ALL]
            for number in (80, 10):
                server.rows[LeadList.ARCHIVED].append(lead(number, is_archived=True))
                del rows[number]

    server.changes = archive_some
    found = await ids_of_walk(server, lists=ALL, limit=60, prefetch=0)
    assert sorted(found) == sorted([*ids(leads(100)), *ids(leads(10, first=200))])


async def test_missing_second_list_ends_the_walk_only_before_its_first_page() -> None:
    server = OlderServer({LeadList.LEADS_ALL: leads(5)})
    assert await ids_of_walk(server, lists=ALL) == ids(leads(5))
    with pytest.raises(NotFoundError):
        await ids_of_walk(server, lists=(LeadList.ARCHIVED,))
    for limit in (1, 60):
        vanishing = todays_server(leads(1), leads(100, first=5, is_archived=True))
        vanishing.failures[2] = NotFoundError("gone", status=404)
        with pytest.raises(NotFoundError):
            await ids_of_walk(vanishing, lists=ALL, limit=limit, prefetch=0)


async def test_pages_ahead_in_the_first_list_are_cancelled_before_the_second() -> None:
    server = todays_server(leads(79), leads(10, first=79, is_archived=True))
    server.holds_from = 79
    assert await ids_of_walk(server, lists=ALL, limit=50, prefetch=8) == ids(leads(89))
    assert server.cancelled
    assert not other_tasks()


async def test_start_is_a_position_in_the_first_list() -> None:
    server = todays_server(leads(10), leads(10, first=10, is_archived=True))
    assert await ids_of_walk(server, lists=ALL, start=7) == ids(leads(13, first=7))


@PREFETCH
async def test_max_items_counts_the_leads_of_both_lists(prefetch: int) -> None:
    server = todays_server(leads(10), leads(100, first=10, is_archived=True))
    options = {"lists": ALL, "limit": 60, "prefetch": prefetch}
    assert await ids_of_walk(server, max_items=90, **options) == ids(leads(90))
    assert server.requests[1:] == [(LeadList.ARCHIVED, 0, 60), (LeadList.ARCHIVED, 58, 22)]
    server.requests.clear()
    assert await ids_of_walk(server, max_items=10, **options) == ids(leads(10))
    assert len(server.requests) == 1


async def test_archived_leads_last_updated_before_updated_since_are_omitted() -> None:
    def changed(count: int, **fields: Any) -> list[Lead]:
        return [lead(n, update_time=second(n), **fields) for n in range(count)]

    since = second(150)
    archived = [*changed(200, is_archived=True), lead(500, is_archived=True)]
    archived.append(lead(501, update_time=second(0), is_archived=None))
    server = todays_server(changed(10), archived)
    found = await pages(server, lists=(LeadList.ARCHIVED,), limit=60, updated_since=since)
    assert ids_of_pages(found) == [*ids(leads(50, first=150)), "lead-500"]
    older = older_server([], changed(200, is_archived=True))
    assert await ids_of_walk(older, lists=ARCHIVED_ONLY, updated_since=since) == ids(
        leads(50, first=150)
    )
    # The server filters open leads itself.
    assert await ids_of_walk(server, updated_since=since) == ids(leads(10))
