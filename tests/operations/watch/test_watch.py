"""Test `watch_leads` and `watch_lead_pages` on a server whose leads change."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import pickle
import tracemalloc
from contextlib import aclosing
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import Lead, LeadsClient
from pipedrive_leads_async.webhooks import (
    LeadChanged,
    LeadCreated,
    LeadEvent,
    LeadUpdated,
)
from tests.operations.watch.changing_server import ChangingServer, iso, time_at
from tests.operations.watch.reading import EPOCH, kinds, one_pass
from tests.support.calls import CANARY

# Events


async def test_new_and_changed_leads_are_created_and_updated_events(
    server: ChangingServer, client: LeadsClient
) -> None:
    old, removed = server.add(), server.add()
    server.now += 1000
    begin = await one_pass(client, None)
    assert begin.events == ()
    new = server.add()
    server.change(old)
    server.remove(removed)
    changes = await one_pass(client, begin.checkpoint)
    assert kinds(changes) == [(LeadUpdated, old), (LeadCreated, new)]
    server.change(new)
    again = await one_pass(client, changes.checkpoint)
    assert kinds(again) == [(LeadUpdated, new)]
    assert (await one_pass(client, again.checkpoint)).events == ()


async def test_lead_that_is_created_and_changed_between_two_passes_is_created(
    server: ChangingServer, client: LeadsClient
) -> None:
    begin = await one_pass(client, None)
    new = server.add()
    server.now += 100
    server.change(new)
    assert kinds(await one_pass(client, begin.checkpoint)) == [(LeadCreated, new)]


async def test_lead_that_comes_back_from_the_archive_is_updated(
    server: ChangingServer, client: LeadsClient
) -> None:
    lead = server.add()
    server.change(lead, is_open=False)
    server.now += 1000
    server.add()
    begin = await one_pass(client, None)
    server.change(lead)
    assert kinds(await one_pass(client, begin.checkpoint)) == [(LeadUpdated, lead)]


async def test_event_has_the_lead_its_time_and_a_stable_id(
    server: ChangingServer, client: LeadsClient
) -> None:
    id = server.add()
    [event] = (await one_pass(client, EPOCH)).events
    assert (event.lead_id, event.lead.id, event.lead.title) == (
        id,
        id,
        f"At {iso(server.states[id][0].time)}",
    )
    assert event.timestamp == event.lead.update_time
    assert (event.attempt, event.webhook_id, event.extra) == (None, None, {})
    [again] = (await one_pass(client, EPOCH)).events
    assert again == event
    server.change(id)
    [changed] = (await one_pass(client, EPOCH)).events
    assert changed.id != event.id


def test_one_handler_serves_webhooks_and_watches() -> None:
    assert issubclass(LeadChanged, LeadUpdated)
    assert not issubclass(LeadCreated, LeadUpdated)
    lead = Lead(id="x", title="Big order")
    event: LeadEvent = LeadChanged(id="e", lead_id="x", timestamp=EPOCH, lead=lead, previous=lead)
    match event:
        case LeadUpdated(lead=found):
            assert found is lead
        case _:
            pytest.fail("a LeadChanged is a LeadUpdated")
    assert event.checkpoint is None


async def test_checkpoint_of_an_event_continues_after_it(
    server: ChangingServer, client: LeadsClient
) -> None:
    ids = [server.add() for _ in range(4)]
    changes = await one_pass(client, EPOCH)
    for number, event in enumerate(changes.events, 1):
        rest = await one_pass(client, event.checkpoint)
        assert [each.lead_id for each in rest.events] == ids[number:]
    assert CANARY not in f"{changes!r}"
    assert "checkpoint" not in repr(changes)


async def test_events_of_a_page_share_the_text_of_their_checkpoints(
    server: ChangingServer, client: LeadsClient
) -> None:
    for _ in range(500):
        server.add()
    tracemalloc.start()
    try:
        pages = [each async for each in client.watch_lead_pages(since=EPOCH, every=None)]
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    events = [event for page in pages for event in page.events]
    assert len(events) == 500
    assert sum(len(event.checkpoint or "") for event in events) > 2_500_000
    assert size < 1_500_000


async def test_event_keeps_its_checkpoint_in_copies(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.add()
    [event] = (await one_pass(client, EPOCH)).events
    checkpoint = event.checkpoint
    assert checkpoint is not None
    for copied in (
        pickle.loads(pickle.dumps(event)),
        copy.copy(event),
        copy.deepcopy(event),
        attrs.evolve(event, attempt=1),
    ):
        assert copied.checkpoint == checkpoint
    assert attrs.asdict(event)["checkpoint"] == checkpoint
    assert not hasattr(event, "checkpoints")
    with pytest.raises(AttributeError, match=r"^'LeadCreated' object has no attribute 'x'$"):
        getattr(event, "x".strip())


async def test_leads_changed_at_one_time_are_all_seen_once(
    server: ChangingServer, client: LeadsClient
) -> None:
    ids = [server.add() for _ in range(3)]
    for id in ids:
        server.states[id][0].time = 1000.0
    changes = await one_pass(client, time_at(1000.0))
    assert [event.lead_id for event in changes.events] == ids
    assert (await one_pass(client, changes.events[0].checkpoint)).events == changes.events[1:]


async def test_old_lead_is_not_reported_again_if_the_server_ignores_updated_since(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.ignores_updated_since = True
    server.add()
    changes = await one_pass(client, EPOCH)
    for _ in range(4):
        server.now += 300.0
        changes = await one_pass(client, changes.checkpoint)
        assert changes.events == ()


# Where it begins


async def test_epoch_yields_every_open_lead_as_created(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.cap = 50
    ids = [server.add() for _ in range(130)]
    pages = [each async for each in client.watch_lead_pages(since=EPOCH, every=None)]
    assert len(pages) == 3
    events = [event for page in pages for event in page.events]
    assert [event.lead_id for event in events] == ids
    assert {type(event) for event in events} == {LeadCreated}
    assert "updated_since" not in server.queries[1]


async def test_datetime_yields_the_changes_from_that_time_on(
    server: ChangingServer, client: LeadsClient
) -> None:
    before, changed = server.add(), server.add()
    server.now = 1100.0
    server.change(changed)
    new = server.add()
    since = time_at(server.states[changed][-1].time)
    expected = [(LeadUpdated, changed), (LeadCreated, new)]
    assert kinds(await one_pass(client, since)) == expected
    elsewhere = since.astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert kinds(await one_pass(client, elsewhere)) == expected
    assert server.queries[-1]["updated_since"] == "2024-01-01T00:17:20Z"
    assert before not in [id for _, id in expected]


async def test_time_in_the_future_yields_only_later_changes(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.add()
    changes = await one_pass(client, time_at(5000.0))
    assert changes.events == ()
    server.now = 4000.0
    early = server.add()
    changes = await one_pass(client, changes.checkpoint)
    server.now = 6000.0
    server.change(early)
    late = server.add()
    assert changes.events == ()
    changes = await one_pass(client, changes.checkpoint)
    assert kinds(changes) == [(LeadUpdated, early), (LeadCreated, late)]


async def test_watch_from_now_on_of_an_empty_list_sees_the_first_lead(
    server: ChangingServer, client: LeadsClient
) -> None:
    begin = await one_pass(client, None)
    id = server.add()
    changes = await one_pass(client, begin.checkpoint)
    assert kinds(changes) == [(LeadCreated, id)]
    assert (await one_pass(client, changes.checkpoint)).events == ()


async def test_old_lead_that_comes_into_an_empty_filter_is_updated(
    server: ChangingServer, client: LeadsClient
) -> None:
    old = server.add()
    server.hidden.add(old)
    server.now += 1000.0
    server.hidden.add(server.add())
    begin = await one_pass(client, None, filter_id=1)
    server.now += 100.0
    server.change(old)
    server.hidden.clear()
    new = server.add()
    changes = await one_pass(client, begin.checkpoint, filter_id=1)
    assert kinds(changes) == [(LeadUpdated, old), (LeadCreated, new)]


async def test_checkpoint_of_a_time_in_the_year_9999_is_accepted(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.add()
    begin = await one_pass(client, dt.datetime.max.replace(tzinfo=dt.UTC))
    assert (await one_pass(client, begin.checkpoint)).events == ()


async def test_change_during_the_first_pass_is_seen(
    server: ChangingServer, client: LeadsClient
) -> None:
    id = server.add()

    def change_before_second_response() -> None:
        if len(server.queries) == 2:
            server.change(id)

    server.before_response = change_before_second_response
    assert kinds(await one_pass(client, None)) == [(LeadUpdated, id)]


# Requests


async def test_quiet_pass_takes_one_request_and_yields_a_checkpoint(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.add()
    changes = await one_pass(client, None)
    assert [query.get("sort") for query in server.queries] == ["update_time DESC", None]
    assert server.queries[0]["limit"] == "10"
    assert "updated_since" in server.queries[1]
    for _ in range(3):
        server.queries.clear()
        changes = await one_pass(client, changes.checkpoint)
        assert changes.events == ()
        assert len(server.queries) == 1


@pytest.mark.parametrize("has_date", [True, False])
async def test_leads_of_one_bulk_edit_are_not_read_again_by_each_pass(
    server: ChangingServer, client: LeadsClient, has_date: bool
) -> None:
    server.has_date = has_date
    ids = [server.add() for _ in range(40)]
    changes = await one_pass(client, EPOCH)
    sizes = [len(changes.checkpoint)]
    for _ in range(5):
        server.now += 300.0
        if not has_date:
            server.change(ids[0])
        changes = await one_pass(client, changes.checkpoint)
        sizes.append(len(changes.checkpoint))
    assert sizes[-1] < sizes[0] - 300


async def test_filters_are_sent_and_belong_to_the_checkpoint(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.add()
    filters: dict[str, Any] = {"owner_id": 1, "person_id": 2, "organization_id": 3, "filter_id": 4}
    changes = await one_pass(client, None, **filters)
    for query in server.queries[1:]:
        assert {name: int(query[name]) for name in filters} == filters
    assert (await one_pass(client, changes.checkpoint, **filters)).events == ()
    for name in filters:
        others: dict[str, Any] = {**filters, name: 9}
        with pytest.raises(ValueError, match=r"^since is the checkpoint of a watch with other"):
            client.watch_lead_pages(since=changes.checkpoint, **others)


async def test_nothing_is_read_while_the_consumer_works(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.cap = 50
    for _ in range(120):
        server.add()
    events = client.watch_leads(since=EPOCH, every=0.01)
    async with aclosing(events):
        for count in (1, 49, 2, 60):
            for _ in range(count):
                await anext(events)
            before = len(server.queries)
            await asyncio.sleep(0.03)
            assert len(server.queries) == before
