"""Test the walk behind `get_leads`: the leads it yields, its errors, and its checkpoints."""

from __future__ import annotations

import tracemalloc
from typing import Any

import attrs
import pytest

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async.errors import (
    DecodeError,
    InvalidRequestError,
    PaginationError,
    ServerError,
    UnexpectedResponseError,
)
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
    other_tasks,
    pages,
    second,
    walk,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])


# Pages


async def test_page_has_the_requested_position_and_the_one_reported_by_the_server() -> None:
    first, last = await pages(ListServer({LEADS: leads(80)}), limit=60)
    assert ids(first.leads) == ids(leads(60))
    assert (first.start, first.limit) == (0, 60)
    assert (first.more_items_in_collection, first.next_start) == (True, 60)
    assert ids(last.leads) == ids(leads(20, first=60))
    assert (last.start, last.limit) == (58, 60)
    assert (last.more_items_in_collection, last.next_start) == (False, None)


async def test_empty_list_yields_no_page() -> None:
    server = ListServer({LEADS: []})
    assert await pages(server) == []
    assert len(server.requests) == 1


async def test_page_without_new_leads_is_not_yielded() -> None:
    server = ListServer({LEADS: leads(100)})

    def unarchive_many() -> None:
        if len(server.requests) == 2:
            server.rows[LEADS][:0] = leads(200, first=1000, add_time=second(-1))

    server.changes = unarchive_many
    found = await pages(server, limit=60, prefetch=0)
    assert ids_of_pages(found) == ids(leads(100))
    assert all(page.leads for page in found)
    assert len(server.requests) > len(found)


async def test_walk_begins_at_start() -> None:
    server = ListServer({LEADS: leads(100)})
    assert await ids_of_walk(server, start=70) == ids(leads(30, first=70))
    assert await ids_of_walk(server, start=200) == []


async def test_memory_of_a_walk_does_not_grow_with_its_list() -> None:
    server = ListServer({LEADS: leads(20_000)})
    tracemalloc.start()
    try:
        held = [tracemalloc.get_traced_memory()[0] async for _ in walk(server).pages()]
    finally:
        tracemalloc.stop()
    assert held[-1] - held[2] < 200_000


async def test_leads_before_start_are_not_yielded_after_deletions() -> None:
    server = ListServer({LEADS: leads(300)})

    def delete_yielded_leads() -> None:
        if len(server.requests) == 2:
            del server.rows[LEADS][100:160]

    server.changes = delete_yielded_leads
    assert await ids_of_walk(server, start=100, limit=60) == ids(leads(200, first=100))


# max_items


@PREFETCH
@pytest.mark.parametrize("max_items", [1, 3, 50, 51, 79, 100, 150])
async def test_max_items_limits_the_requested_positions(max_items: int, prefetch: int) -> None:
    server = ListServer({LEADS: leads(300)})
    found = await ids_of_walk(server, max_items=max_items, limit=50, prefetch=prefetch)
    assert found == ids(leads(max_items))
    assert max(start + limit for _, start, limit in server.requests) == max_items


async def test_max_items_of_zero_sends_no_request() -> None:
    server = ListServer({LEADS: leads(300)})
    assert await ids_of_walk(server, max_items=0) == []
    assert server.requests == []


class GenerousServer(ListServer):
    """A server that returns 60 leads, whatever the requested page size is."""

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        return ListServer.respond(self, which, start, 60)


async def test_walk_resumes_within_a_page_that_max_items_cut() -> None:
    server = GenerousServer({LEADS: leads(100)})
    (page,) = await pages(server, max_items=25)
    assert ids(page.leads) == ids(leads(25))
    assert await ids_of_walk(server, resume_from=page.checkpoint) == ids(leads(75, first=25))


async def test_skipped_leads_do_not_count_towards_max_items() -> None:
    server = ListServer({LEADS: leads(10)}, malformed={"lead-1"})
    skipped: list[DecodeError] = []
    found = await ids_of_walk(server, max_items=3, on_malformed=skipped.append)
    assert found == ["lead-0", "lead-2", "lead-3"]


@pytest.mark.parametrize("count", [5, 100])
async def test_malformed_lead_after_the_last_item_is_ignored(count: int) -> None:
    server = GenerousServer({LEADS: leads(count)}, malformed={"lead-4"})
    assert await ids_of_walk(server, max_items=4) == ids(leads(4))
    skipped: list[DecodeError] = []
    assert await ids_of_walk(server, max_items=4, on_malformed=skipped.append) == ids(leads(4))
    assert skipped == []
    with pytest.raises(DecodeError):
        await ids_of_walk(server, max_items=5)


# Malformed leads


@PREFETCH
@pytest.mark.parametrize("number", [60, 95, 98, 99])
async def test_malformed_lead_is_raised_after_the_leads_before_it(
    number: int, prefetch: int
) -> None:
    server = ListServer({LEADS: leads(200)}, malformed={f"lead-{number}"})
    found: list[LeadPage[Lead]] = []
    with pytest.raises(DecodeError) as caught:
        await collect(found, server, limit=60, prefetch=prefetch)
    assert ids_of_pages(found) == ids(leads(number))
    assert caught.value.lead_id == f"lead-{number}"
    assert caught.value.checkpoint == found[-1].checkpoint
    assert not other_tasks()


async def test_malformed_first_lead_is_raised_without_a_page() -> None:
    server = ListServer({LEADS: leads(10)}, malformed={"lead-0"})
    found: list[LeadPage[Lead]] = []
    with pytest.raises(DecodeError):
        await collect(found, server)
    assert found == []


@pytest.mark.parametrize("number", [0, 1, 60, 95, 98, 99])
async def test_resumed_walk_raises_the_malformed_lead_again_or_skips_it(
    number: int,
) -> None:
    server = ListServer({LEADS: leads(200)}, malformed={f"lead-{number}"})
    found: list[LeadPage[Lead]] = []
    with pytest.raises(DecodeError) as first:
        await collect(found, server, limit=60)
    with pytest.raises(DecodeError) as again:
        await pages(server, limit=60, resume_from=first.value.checkpoint)
    assert again.value.lead_id == first.value.lead_id
    skipped: list[DecodeError] = []
    rest = await ids_of_walk(
        server, limit=60, resume_from=first.value.checkpoint, on_malformed=skipped.append
    )
    assert ids_of_pages(found) + rest == [
        id for id in ids(leads(200)) if id not in server.malformed
    ]
    assert [error.lead_id for error in skipped] == [first.value.lead_id]


@PREFETCH
async def test_malformed_leads_are_reported_once_and_skipped(prefetch: int) -> None:
    server = ListServer({LEADS: leads(500)}, malformed={f"lead-{n}" for n in range(0, 500, 7)})
    skipped: list[DecodeError] = []
    found = await ids_of_walk(server, limit=60, prefetch=prefetch, on_malformed=skipped.append)
    assert found == [f"lead-{n}" for n in range(500) if n % 7]
    assert [error.lead_id for error in skipped] == [f"lead-{n}" for n in range(0, 500, 7)]


async def test_pages_with_only_malformed_leads_are_skipped() -> None:
    server = ListServer({LEADS: leads(500)}, malformed={f"lead-{n}" for n in range(70, 400)})
    skipped: list[DecodeError] = []
    found = await ids_of_walk(server, limit=60, max_items=160, on_malformed=skipped.append)
    assert found == [*ids(leads(70)), *ids(leads(90, first=400))]
    assert len(skipped) == 330


async def test_exception_of_on_malformed_ends_the_walk() -> None:
    class StopHereError(Exception):
        pass

    def stop(_: DecodeError) -> None:
        raise StopHereError

    server = ListServer({LEADS: leads(500)}, malformed={"lead-3"})
    with pytest.raises(StopHereError):
        await pages(server, limit=60, on_malformed=stop)
    assert not other_tasks()


# Errors


@PREFETCH
@pytest.mark.parametrize("number", range(5))
async def test_error_is_raised_in_page_order_and_its_checkpoint_resumes_the_walk(
    number: int, prefetch: int
) -> None:
    error = ServerError("down", status=503)
    server = ListServer({LEADS: leads(400)}, failures={number: error})
    found: list[LeadPage[Lead]] = []
    with pytest.raises(ServerError) as caught:
        await collect(found, server, limit=100, prefetch=prefetch)
    assert len(found) == number
    assert caught.value.checkpoint == (found[-1].checkpoint if found else None)
    assert not other_tasks()
    rest = await ids_of_walk(server, limit=100, resume_from=caught.value.checkpoint)
    assert ids_of_pages(found) + rest == ids(leads(400))


async def test_error_of_an_unreadable_page_has_a_checkpoint() -> None:
    @attrs.frozen
    class Unreadable(FakeResponse):
        def decode(self) -> Any:
            raise UnexpectedResponseError("not JSON", status=200)

    class Broken(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            response = ListServer.respond(self, which, start, limit)
            return Unreadable(response.page) if start else response

    found: list[LeadPage[Lead]] = []
    with pytest.raises(UnexpectedResponseError) as caught:
        await collect(found, Broken({LEADS: leads(100)}), limit=60)
    assert caught.value.checkpoint == found[-1].checkpoint


async def test_positions_that_do_not_advance_raise_after_the_page_was_yielded() -> None:
    class Stuck(ListServer):
        def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
            response = ListServer.respond(self, which, start, limit)
            return attrs.evolve(response, more=True, next_start=start)

    found: list[LeadPage[Lead]] = []
    with pytest.raises(PaginationError) as caught:
        await collect(found, Stuck({LEADS: leads(100)}), limit=60)
    assert ids_of_pages(found) == ids(leads(60))
    assert caught.value.checkpoint == found[-1].checkpoint


# Checkpoints


@PREFETCH
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", [7, 60, 500])
async def test_walk_resumes_after_any_page(limit: int, ordered: bool, prefetch: int) -> None:
    server = ListServer({LEADS: leads(200)})
    options = {"limit": limit, "ordered": ordered, "prefetch": prefetch}
    done: list[str] = []
    for page in await pages(server, **options):
        done += ids(page.leads)
        assert done + await ids_of_walk(server, resume_from=page.checkpoint, **options) == ids(
            leads(200)
        )


async def test_walk_resumes_unless_all_leads_of_its_checkpoint_were_deleted() -> None:
    server = ListServer({LEADS: leads(200)})
    first, *_ = await pages(server, limit=60)
    del server.rows[LEADS][20:60]
    assert await ids_of_walk(server, limit=60, resume_from=first.checkpoint) == ids(
        leads(140, first=60)
    )
    del server.rows[LEADS][:20]
    with pytest.raises(PaginationError, match="contains none of the leads") as caught:
        await pages(server, limit=60, resume_from=first.checkpoint)
    assert caught.value.checkpoint == first.checkpoint


async def test_walk_resumed_with_one_lead_a_page_follows_a_list_that_moved_up() -> None:
    server = ListServer({LEADS: leads(80)})
    first, *_ = await pages(server, limit=60)
    del server.rows[LEADS][:30]
    assert await ids_of_walk(server, limit=1, resume_from=first.checkpoint) == ids(
        leads(20, first=60)
    )


async def test_walk_resumed_in_a_much_shorter_list_ends_after_steps_back() -> None:
    server = ListServer({LEADS: leads(600)})
    first, *_ = await pages(server)
    del server.rows[LEADS][100:]
    server.requests.clear()
    assert await ids_of_walk(server, resume_from=first.checkpoint) == []
    assert server.starts == [498, 248, 0]


async def test_walk_resumed_from_the_last_checkpoint_yields_leads_added_since() -> None:
    server = ListServer({LEADS: leads(200)})
    *_, last = await pages(server)
    assert await ids_of_walk(server, resume_from=last.checkpoint) == []
    server.rows[LEADS] += leads(5, first=200)
    assert await ids_of_walk(server, resume_from=last.checkpoint) == ids(leads(5, first=200))


async def test_resumed_walk_can_have_another_page_size_and_max_items() -> None:
    server = ListServer({LEADS: leads(200)})
    first, *_ = await pages(server, limit=60)
    server.requests.clear()
    assert await ids_of_walk(server, limit=100, resume_from=first.checkpoint, max_items=3) == ids(
        leads(3, first=60)
    )
    assert server.requests == [(LEADS, 58, 5)]
    assert await ids_of_walk(server, limit=10, resume_from=first.checkpoint) == ids(
        leads(140, first=60)
    )


async def test_error_before_the_first_page_has_the_checkpoint_of_resume_from() -> None:
    server = ListServer({LEADS: leads(200)})
    first, *_ = await pages(server, limit=60)
    server.failures[len(server.requests)] = ServerError("down", status=503)
    with pytest.raises(ServerError) as caught:
        await pages(server, limit=60, resume_from=first.checkpoint)
    assert caught.value.checkpoint == first.checkpoint


async def test_resume_from_is_checked_before_the_first_request() -> None:
    server = ListServer({LEADS: leads(200), LeadList.ARCHIVED: []})
    first, *_ = await pages(server, limit=60, digest="a")
    not_a_checkpoint = (
        "resume_from is not a checkpoint: "
        "pass the unchanged checkpoint of a LeadPage or of an error"
    )
    other_filters = (
        "resume_from comes from a walk with other filters: pass the filters of that walk"
    )
    refused: list[tuple[str, dict[str, Any]]] = [
        (
            not_a_checkpoint,
            {"resume_from": "garbage"},
        ),
        (
            "resume_from and start both set the first position: pass only one of them",
            {"resume_from": first.checkpoint, "digest": "a", "start": 5},
        ),
        (other_filters, {"resume_from": first.checkpoint, "digest": "b"}),
        (
            other_filters,
            {"resume_from": first.checkpoint, "digest": "a", "lists": (LeadList.ARCHIVED,)},
        ),
    ]
    for sentence, wrong in refused:
        with pytest.raises(InvalidRequestError) as caught:
            walk(server, **wrong)
        assert str(caught.value) == sentence
    walk(server, resume_from=first.checkpoint, digest="a")


@pytest.mark.parametrize("place", [510, 520, 700, 1100])
@pytest.mark.parametrize("limit", [50, 500])
async def test_lead_that_is_older_than_those_before_it_is_not_missed(
    place: int, limit: int
) -> None:
    rows = [lead(n, add_time=second(n)) for n in range(1200)]
    rows[place] = lead(place, add_time=second(3))
    assert await ids_of_walk(ListServer({LEADS: rows}), limit=limit) == ids(rows)
    found = await pages(ListServer({LEADS: rows}), limit=limit)
    for page in found[:: 500 // limit]:
        resumed = await ids_of_walk(
            ListServer({LEADS: rows}), limit=limit, resume_from=page.checkpoint
        )
        yielded = [id for each in found[: found.index(page) + 1] for id in ids(each.leads)]
        assert sorted([*yielded, *resumed]) == sorted(ids(rows))
