"""Test the time of a watch's passes, and what it sees while a clock is wrong."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.webhooks import LeadCreated
from tests.operations.watch.changing_server import ChangingServer
from tests.operations.watch.clock import Clock
from tests.operations.watch.reading import EPOCH, kinds, one_pass


async def test_passes_begin_at_equal_intervals_and_late_ones_at_once(
    server: ChangingServer, client: LeadsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(client, monkeypatch)
    pages = client.watch_lead_pages(every=300.0)
    async with aclosing(pages):
        await anext(pages)
        assert clock.sleeps == []
        await anext(pages)
        assert clock.sleeps == [300.0]
        clock.now += 100.0  # the consumer works
        await anext(pages)
        assert clock.sleeps == [300.0, 200.0]
        clock.now += 700.0
        await anext(pages)
        assert clock.sleeps == [300.0, 200.0]
        await anext(pages)
        assert clock.sleeps == [300.0, 200.0, 300.0]
        server.before_response = lambda: setattr(clock, "now", clock.now + 50.0)
        await anext(pages)
        await anext(pages)
        assert clock.sleeps == [300.0, 200.0, 300.0, 300.0, 250.0]


# A wrong clock


@pytest.mark.parametrize("clock", ["date_ahead", "clock_ahead"])
@pytest.mark.parametrize(("ahead", "count"), [(60, 1), (360, 11), (86_400, 3)])
async def test_clock_that_is_ahead_loses_and_repeats_no_change(
    server: ChangingServer, client: LeadsClient, clock: str, ahead: int, count: int
) -> None:
    right = getattr(server, clock)
    added = [server.add()]
    changes = await one_pass(client, EPOCH)
    found = [event.lead_id for event in changes.events]
    for number in range(15):
        server.now += 120.0
        added.append(server.add())
        setattr(server, clock, right + ahead * (3 <= number < 3 + count))
        changes = await one_pass(client, changes.checkpoint)
        found += [event.lead_id for event in changes.events]
    assert found == added


@pytest.mark.parametrize("has_date", [True, False])
@pytest.mark.parametrize("since", [None, EPOCH])
async def test_lead_changed_in_the_future_hides_no_other_change(
    server: ChangingServer, client: LeadsClient, since: Any, *, has_date: bool
) -> None:
    server.has_date = has_date
    server.date_ahead = 0.0
    server.states[server.add()][0].time = server.now + 365 * 86_400
    changes = await one_pass(client, since)
    for _ in range(4):
        server.now += 120.0
        new = server.add()
        changes = await one_pass(client, changes.checkpoint)
        assert kinds(changes)[-1:] == [(LeadCreated, new)]
        assert len(changes.events) == 1 or since is None
