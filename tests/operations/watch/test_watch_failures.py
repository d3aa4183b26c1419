"""Test how watches handle failures, malformed leads and invalid arguments."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import aclosing
from typing import Any

import pytest

from pipedrive_leads_async import (
    DecodeError,
    Governor,
    InvalidRequestError,
    LeadsClient,
    RetryPolicy,
)
from pipedrive_leads_async.errors import (
    ClientClosedError,
    DailyBudgetExhaustedError,
    PaginationError,
    ServerError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.watch.changing_server import ChangingServer
from tests.operations.watch.clock import Clock
from tests.operations.watch.reading import EPOCH, one_pass, take
from tests.support.calls import CANARY, client_of
from tests.support.raw_server import RawServer, failure, http, success


async def test_watch_of_ten_minutes_goes_on_while_half_of_the_requests_fail(
    server: ChangingServer,
    client: LeadsClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock(client, monkeypatch)
    server.failure_rate = 0.5
    seen: list[str] = []
    async with aclosing(client.watch_lead_pages(since=EPOCH, every=10.0)) as pages:
        async for changes in pages:
            seen += [event.lead_id for event in changes.events]
            server.now += 10.0
            if clock.now < 600.0:
                server.add()
            elif set(seen) == set(server.states):
                break
    assert len(seen) == len(set(seen)) > 20
    failures = [record for record in caplog.records if "reading again" in record.getMessage()]
    assert len(failures) > 20
    assert {record.levelno for record in failures} == {logging.WARNING}


async def test_pass_that_fails_continues_where_it_was(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.cap = 50
    ids = [server.add() for _ in range(120)]

    def fail_after_the_first_page() -> None:
        server.failure_rate = float(len(server.queries) == 3)

    server.before_response = fail_after_the_first_page
    events = await take(client.watch_leads(since=EPOCH, every=0.001), 120)
    assert [event.lead_id for event in events] == ids
    starts = [int(query["start"]) for query in server.queries[1:]]
    assert starts[:3] == [0, starts[1], starts[1]]
    assert starts[1] > 0


async def test_single_pass_raises_every_error_with_a_checkpoint(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.cap = 50
    ids = [server.add() for _ in range(120)]
    seen: list[str] = []
    server.before_response = lambda: setattr(server, "failure_rate", len(server.queries) == 3)
    with pytest.raises(ServerError) as caught:
        async for changes in client.watch_lead_pages(since=EPOCH, every=None):
            seen += [event.lead_id for event in changes.events]
    assert 0 < len(seen) < 120
    since = caught.value.checkpoint
    async for changes in client.watch_lead_pages(since=since, every=None):
        seen += [event.lead_id for event in changes.events]
    assert seen == ids


async def test_failure_before_anything_was_read_has_no_checkpoint(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.failure_rate = 1.0
    with pytest.raises(ServerError) as caught:
        await one_pass(client, None)
    assert caught.value.checkpoint is None


async def test_closed_client_ends_a_waiting_watch(client: LeadsClient) -> None:
    watching = asyncio.create_task(take(client.watch_leads(every=1000.0), 1))
    await asyncio.sleep(0.01)
    await client.aclose()
    with pytest.raises(ClientClosedError) as caught:
        await watching
    assert caught.value.checkpoint


async def test_cancelled_watch_leaves_nothing_behind(client: LeadsClient) -> None:
    watching = asyncio.create_task(take(client.watch_leads(every=1000.0), 1))
    await asyncio.sleep(0.01)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_place_that_is_lost_is_an_error_that_restarts_the_pass(
    server: ChangingServer, client: LeadsClient
) -> None:
    server.cap = 50
    ids = [server.add() for _ in range(100)]
    async with aclosing(client.watch_lead_pages(since=EPOCH, every=None)) as pages:
        first = await anext(pages)
    for id in ids[:50]:
        server.remove(id)
    with pytest.raises(PaginationError) as caught:
        await take(client.watch_lead_pages(since=first.checkpoint, every=None), 9)
    pages = client.watch_lead_pages(since=caught.value.checkpoint, every=None)
    found = [event.lead_id for changes in await take(pages, 9) for event in changes.events]
    assert set(found) >= set(ids[50:])


async def test_running_watch_reads_the_list_again_if_its_place_is_lost(
    server: ChangingServer, client: LeadsClient, caplog: pytest.LogCaptureFixture
) -> None:
    server.cap = 50
    ids = [server.add() for _ in range(100)]

    def fail_and_remove() -> None:
        server.failure_rate = float(len(server.queries) == 3)
        if len(server.queries) == 3:
            for id in ids[:50]:
                server.remove(id)

    server.before_response = fail_and_remove
    events = await take(client.watch_leads(since=EPOCH, every=0.001), 100)
    assert {event.lead_id for event in events} >= set(ids[50:])
    assert "its start" in caplog.text


async def test_error_that_does_not_pass_is_raised_with_a_checkpoint(
    server: ChangingServer,
) -> None:
    page = (success([{"id": "x", "title": "Big order"}]),)
    for refusal in (failure(400), failure(401), failure(403), http(403, b"<html>")):
        async with RawServer(page, page, (refusal,)) as raw, client_of(raw) as client:
            pages = client.watch_lead_pages(since=EPOCH, every=0.001)
            with pytest.raises(Exception, match=r"^getLeads: ") as caught:
                await take(pages, 3)
            assert str(getattr(caught.value, "checkpoint", None)).startswith("w1.")


async def test_used_up_daily_budget_is_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    page = (success([{"id": "x", "title": "Big order"}]),)
    used_up = failure(429, "daily request budget exceeded", retry_after="3600")
    waits: list[float] = []
    async with RawServer(page, page, (used_up,)) as raw, client_of(raw) as client:

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            if seconds > 1000:
                raise asyncio.CancelledError

        vars(client)["_caller"].sleep = sleep
        with pytest.raises(asyncio.CancelledError):
            await take(client.watch_lead_pages(since=EPOCH, every=0.001), 3)
    assert 3500 < waits[-1] <= 3600
    assert "reading again in 3600 s" in caplog.text


async def test_reserve_of_the_daily_budget_is_not_used(sandbox: Sandbox) -> None:
    small = Sandbox(leads=3, burst=None, daily_tokens=100)
    governor = Governor(keep_daily_tokens=50)
    async with small, LeadsClient(small.api_token, base_url=small.url, governor=governor) as client:
        events = client.watch_leads(since=EPOCH, every=0.001)
        for _ in range(3):
            await anext(events)
        waiting = asyncio.create_task(take(events, 1))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(DailyBudgetExhaustedError):
            await one_pass(client, EPOCH)
        assert len(small.requests) == 2


async def test_malformed_lead_is_reported_once_although_each_pass_meets_it() -> None:
    rows = [{"id": "x", "title": 5, "update_time": "2026-01-01T00:00:00.000Z"}]
    errors: list[DecodeError] = []
    async with RawServer((success([]),), (success(rows),)) as raw, client_of(raw) as client:
        pages = client.watch_lead_pages(since=EPOCH, every=0.001, on_malformed=errors.append)
        assert [changes.events for changes in await take(pages, 3)] == [()] * 3
        assert [error.lead_id for error in errors] == ["x"]
        with pytest.raises(DecodeError) as caught:
            await one_pass(client, EPOCH)
    assert caught.value.lead_id == "x"


async def test_malformed_leads_do_not_hide_the_time_at_which_a_watch_begins() -> None:
    malformed = {"id": "x", "title": 5, "update_time": "2026-01-01T00:00:00.000Z"}
    right = {"id": "y", "title": "Big order", "update_time": "2025-01-01T00:00:00.000Z"}
    late = {"id": "z", "title": "Small order", "update_time": "2025-01-01T00:00:01.000Z"}
    errors: list[DecodeError] = []
    first = (success([malformed, malformed, right]),)
    async with RawServer(first, (success([right, late]),)) as raw, client_of(raw) as client:
        changes = await one_pass(client, None, on_malformed=errors.append)
        assert [event.lead_id for event in changes.events] == ["z"]
        assert errors == []

        raw.responses[:] = [(success([malformed]),)]
        changes = await one_pass(client, None, on_malformed=errors.append)
        assert (changes.events, [error.lead_id for error in errors]) == ((), ["x"])
        assert len(raw.requests) == 4
        raw.responses[:] = [(success([malformed, right, late]),)]
        changes = await one_pass(client, changes.checkpoint, on_malformed=errors.append)
        assert changes.events == ()  # they were changed before the watch began
        with pytest.raises(DecodeError):
            await one_pass(client, None)


async def test_lead_before_a_malformed_one_is_yielded_first() -> None:
    rows = [{"id": "x", "title": "Big order"}, {"id": "y", "title": 5}]
    async with RawServer((success([]),), (success(rows),)) as raw, client_of(raw) as client:
        pages = client.watch_lead_pages(since=EPOCH, every=None)
        changes = await anext(pages)
        assert [event.lead_id for event in changes.events] == ["x"]
        with pytest.raises(DecodeError) as caught:
            await anext(pages)
        assert caught.value.lead_id == "y"
        assert caught.value.checkpoint == changes.checkpoint
        errors: list[DecodeError] = []
        skipped = await one_pass(client, changes.checkpoint, on_malformed=errors.append)
    assert skipped.events == ()


async def test_pause_of_less_than_a_second_is_logged_with_its_fraction(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = (success([{"id": "x", "title": "Big order"}]),)
    retry = RetryPolicy(attempts=1)
    async with RawServer(page, page, (failure(500),)) as raw, client_of(raw, retry=retry) as client:

        async def sleep(_: float) -> None:
            if "reading again in" in caplog.text:
                raise asyncio.CancelledError

        vars(client)["_caller"].sleep = sleep
        with pytest.raises(asyncio.CancelledError):
            await take(client.watch_lead_pages(since=EPOCH, every=0.75), 3)
    assert "reading again in 0." in caplog.text


# Invalid arguments


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"since": ""}, InvalidRequestError, "since is empty: pass"),
        ({"since": "2024-01-01"}, InvalidRequestError, "since is not a checkpoint: pass the unch"),
        ({"since": "w1.e30=."}, InvalidRequestError, "since is not a checkpoint"),
        ({"since": "2.W10="}, InvalidRequestError, "since is not a checkpoint"),
        ({"since": EPOCH.replace(tzinfo=None)}, InvalidRequestError, "since has no time zone"),
        (
            {"since": 5},
            TypeError,
            r"since must be a checkpoint \(a str\) or an aware datetime, got",
        ),
        ({"since": dt.date(2024, 1, 1)}, TypeError, "since must be a checkpoint"),
        ({"every": 0}, InvalidRequestError, "every must be a finite number above 0"),
        ({"every": "5"}, TypeError, "every must be a number"),
        ({"owner_id": "5"}, TypeError, "owner_id must be an int"),
        ({"on_malformed": 5}, TypeError, "on_malformed must be callable"),
    ],
)
@pytest.mark.parametrize("method", ["watch_leads", "watch_lead_pages"])
def test_invalid_argument_is_refused_by_the_call(
    method: str, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    client = LeadsClient(CANARY)
    with pytest.raises(error, match=f"^{message}"):
        getattr(client, method)(**arguments)


@pytest.mark.parametrize("method", ["watch_leads", "watch_lead_pages"])
def test_passes_in_quick_succession_are_refused_except_on_this_machine(method: str) -> None:
    for base_url in (None, "https://acme.pipedrive.com"):
        client = LeadsClient(CANARY, base_url=base_url)
        with pytest.raises(InvalidRequestError, match=r"^every must be at least 10 seconds, got 9"):
            getattr(client, method)(every=9)
        assert getattr(client, method)(every=10)
    for base_url in ("http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"):
        assert getattr(LeadsClient(CANARY, base_url=base_url), method)(every=0.01)


def test_watch_of_single_events_has_no_end() -> None:
    anything: Any = None
    with pytest.raises(TypeError, match=r"^every is None: use watch_lead_pages"):
        LeadsClient(CANARY).watch_leads(every=anything)
