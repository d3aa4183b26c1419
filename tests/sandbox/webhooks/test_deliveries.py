"""Test how the sandbox delivers webhooks: order, repetition, stop and restart."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from itertools import pairwise
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox, SentWebhook
from pipedrive_leads_async.webhooks import check_basic_auth
from tests.support.raw_server import End, RawServer, http
from tests.support.sandbox_api import all_delivered, serving, until

WAITS = (0.001, 0.001, 0.001)


def small_sandbox(waits: tuple[float, ...] = WAITS, timeout: float = 10.0) -> Sandbox:
    return Sandbox(leads=0, burst=None, webhook_waits=waits, webhook_timeout=timeout)


def titles(receiver: RawServer) -> list[str]:
    return [request.json["data"]["title"] for request in receiver.requests]


def attempts(sandbox: Sandbox) -> list[tuple[int, int | None]]:
    return [(sent.attempt, sent.status) for sent in sandbox.webhooks]


# Accepted events


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_status_ends_the_delivery(status: int) -> None:
    async with RawServer((http(status),)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(f"{receiver.origin}/webhooks?from=pipedrive")
        sandbox.add_lead(title="Big order")
        await all_delivered(sandbox)
        [request] = receiver.requests
        assert (request.method, request.target) == ("POST", "/webhooks?from=pipedrive")
        assert request.headers["content-type"] == "application/json"
        assert "authorization" not in request.headers
        assert attempts(sandbox) == [(1, status)]


async def test_accepted_events_arrive_in_order() -> None:
    async with RawServer((0.001, http()), (http(),)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        for number in range(50):
            sandbox.add_lead(title=str(number))
        await all_delivered(sandbox)
        assert titles(receiver) == [str(number) for number in range(50)]


async def test_webhook_sends_its_credentials_with_each_request() -> None:
    async with RawServer((http(),)) as receiver, serving(small_sandbox()) as api:
        api.sandbox.add_webhook(receiver.origin, username="pipedrive", password="ßecret:x")
        fields = {"subscription_url": receiver.origin, "event_action": "*", "event_object": "lead"}
        for user in ("alone", "\ud800"):
            credentials = {"name": "x", "http_auth_user": user, "http_auth_password": None}
            await api.post("/webhooks", fields | credentials)
        api.sandbox.add_lead()
        await all_delivered(api.sandbox)
        sent = {request.headers["authorization"] for request in receiver.requests}
        assert len(sent) == 3
        assert any(check_basic_auth(header, "pipedrive", "ßecret:x") for header in sent)
        assert {"Basic YWxvbmU6", "Basic Pzo="} < sent


async def test_hanging_receiver_does_not_delay_other_webhooks() -> None:
    hanging, receiver = RawServer((End.HANG,)), RawServer((http(),))
    async with hanging, receiver, small_sandbox() as sandbox:
        for server in (hanging, receiver, receiver):
            sandbox.add_webhook(server.origin)
        sandbox.add_lead()
        await receiver.received(2)
        await hanging.received(1)
        bodies = [request.json for request in (*hanging.requests, *receiver.requests)]
        assert len({body["meta"]["id"] for body in bodies}) == 1
        assert len({body["meta"]["webhook_id"] for body in bodies}) == 3


# Refused events


@pytest.mark.parametrize(
    "refusal",
    [http(500), http(404), http(301, location="/elsewhere")],
    ids=["500", "404", "redirect"],
)
async def test_refused_event_is_sent_again(refusal: bytes) -> None:
    async with RawServer((refusal,), (refusal,), (http(),)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(f"{receiver.origin}/webhooks")
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert [request.target for request in receiver.requests] == ["/webhooks"] * 3
        first, second, third = (request.json for request in receiver.requests)
        assert [body["meta"].pop("attempt") for body in (first, second, third)] == [1, 2, 3]
        assert first == second == third


async def test_delivery_ends_after_the_last_attempt() -> None:
    async with RawServer((http(503),)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 503), (2, 503), (3, 503), (4, 503)]
        assert len(receiver.requests) == 4


async def test_delivery_without_waits_has_one_attempt() -> None:
    async with RawServer((http(503),)) as receiver, small_sandbox(waits=()) as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 503)]


async def test_attempts_are_separated_by_the_webhook_waits() -> None:
    waits = (0.02, 0.04, 0.06)
    async with RawServer((http(503),)) as receiver, small_sandbox(waits) as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        pauses = [later.time - sent.time for sent, later in pairwise(sandbox.webhooks)]
        assert all(pause >= wait for pause, wait in zip(pauses, waits, strict=True))


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_attempt_with_a_lost_connection_has_no_status(end: End) -> None:
    async with RawServer((end,), (http(),)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, None), (2, 200)]


async def test_attempt_that_times_out_has_no_status() -> None:
    async with (
        RawServer((End.HANG,), (http(),)) as receiver,
        small_sandbox(timeout=0.05) as sandbox,
    ):
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert [sent.attempt for sent in sandbox.webhooks if sent.status is None] == [1]


async def test_unreachable_receiver_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with small_sandbox(waits=(0.001,)) as sandbox:
        sandbox.add_webhook(f"http://127.0.0.1:{port}/")
        sandbox.add_webhook("http://a..b/")
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert sorted(attempts(sandbox)) == [(1, None), (1, None), (2, None), (2, None)]


async def test_event_waiting_for_its_next_attempt_does_not_delay_others() -> None:
    async with (
        RawServer((http(500),), (http(),)) as receiver,
        small_sandbox(waits=(50,)) as sandbox,
    ):
        sandbox.add_webhook(receiver.origin)
        for title in ("first", "second", "third"):
            sandbox.add_lead(title=title)
        await receiver.received(3)
        assert titles(receiver) == ["first", "second", "third"]


async def test_deleted_webhook_sends_nothing_more() -> None:
    sandbox = small_sandbox(waits=(50,))
    async with RawServer((http(500),), (http(500),), (http(),)) as receiver:
        async with serving(sandbox) as api:
            id = sandbox.add_webhook(receiver.origin)["id"]
            lead = sandbox.add_lead()["id"]
            sandbox.archive_lead(lead)
            await until(lambda: len(sandbox.webhooks) == 2)
            await api.delete(f"/webhooks/{id}")
            await all_delivered(sandbox)
        async with sandbox:
            sandbox.add_webhook(f"{receiver.origin}/another")
            sandbox.delete_lead(lead)
            await all_delivered(sandbox)
        assert [request.target for request in receiver.requests] == ["/", "/", "/another"]


# Side effects


async def test_api_responds_while_a_receiver_hangs() -> None:
    async with RawServer((End.HANG,)) as receiver, serving(small_sandbox()) as api:
        api.sandbox.add_webhook(receiver.origin)
        lead = {"title": "x", "person_id": 1}
        replies = await asyncio.gather(*(api.post("/leads", lead) for _ in range(50)))
        assert {reply.status for reply in replies} == {201}
        assert len((await api.get()).ids) == 50
        assert api.sandbox.webhooks == []


async def test_changes_from_many_threads_are_all_delivered() -> None:
    async with RawServer((http(),)) as receiver, small_sandbox() as sandbox:
        for number in range(3):
            sandbox.add_webhook(f"{receiver.origin}/{number}")

        def add_and_archive() -> None:
            for _ in range(10):
                sandbox.archive_lead(sandbox.add_lead()["id"])

        await asyncio.gather(*(asyncio.to_thread(add_and_archive) for _ in range(3)))
        await all_delivered(sandbox)
        events = [(request.target, request.json["meta"]["id"]) for request in receiver.requests]
        assert len(set(events)) == len(events) == 180


async def test_sandbox_can_send_webhooks_to_another_sandbox() -> None:
    async with small_sandbox(waits=()) as sandbox, small_sandbox() as other:
        sandbox.add_webhook(f"{other.oauth_url}/webhooks")
        sandbox.add_lead(title="Big order")
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 401)]
        assert other.requests[0].body == sandbox.webhooks[0].body


# Stopping and starting


@pytest.mark.parametrize("hold", [End.HANG, 50.0])
async def test_stop_does_not_wait_and_open_deliveries_continue_later(
    hold: End | float,
) -> None:
    async with RawServer((hold,), (http(),)) as receiver:
        async with small_sandbox() as sandbox:
            sandbox.add_webhook(receiver.origin)
            for title in ("first", "second"):
                sandbox.add_lead(title=title)
            await receiver.received(1)
            start = time.monotonic()
        assert time.monotonic() - start < 5
        assert sandbox.webhooks == []
        sandbox.add_lead(title="third")
        async with sandbox:
            await all_delivered(sandbox)
        assert titles(receiver) == ["first", "first", "second", "third"]
        assert [request.json["meta"]["attempt"] for request in receiver.requests] == [1] * 4
        first, again = receiver.requests[:2]
        assert first.json == again.json


async def test_restarted_sandbox_continues_with_the_next_attempt() -> None:
    async with RawServer((http(500),), (http(),)) as receiver:
        async with small_sandbox(waits=(50,)) as sandbox:
            sandbox.add_webhook(receiver.origin)
            sandbox.add_lead()
            await until(lambda: attempts(sandbox) == [(1, 500)])
        async with sandbox:
            await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 500), (2, 200)]


async def test_events_before_the_start_are_delivered_after_it() -> None:
    async with RawServer((http(),)) as receiver:
        sandbox = small_sandbox()
        sandbox.add_lead(title="before there was a webhook")
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead(title="before the start")
        async with sandbox:
            await all_delivered(sandbox)
        assert titles(receiver) == ["before the start"]


def test_sandbox_can_stop_immediately_after_its_start() -> None:
    for _ in range(20):
        with small_sandbox() as sandbox:
            sandbox.add_webhook("http://127.0.0.1:9/")
            sandbox.add_lead()
    assert "pipedrive-sandbox" not in [thread.name for thread in threading.enumerate()]


# Waiting for webhooks, and the log of attempts


def test_wait_for_webhooks_returns_at_once_without_deliveries() -> None:
    small_sandbox().wait_for_webhooks(0)


async def test_wait_for_webhooks_reports_the_number_of_open_deliveries() -> None:
    async with RawServer((End.HANG,)) as receiver, small_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        for _ in range(3):
            sandbox.add_lead()
        with pytest.raises(TimeoutError, match=r"after 0.01 seconds: 3\. .* asyncio.to_thread"):
            await asyncio.to_thread(sandbox.wait_for_webhooks, 0.01)


async def test_webhooks_lists_each_attempt_in_immutable_entries() -> None:
    start = time.monotonic()
    async with RawServer((http(500),), (http(),)) as receiver, small_sandbox() as sandbox:
        webhook = sandbox.add_webhook(receiver.origin)
        lead = sandbox.add_lead()
        await all_delivered(sandbox)
        first, second = sandbox.webhooks
        assert isinstance(first, SentWebhook)
        assert (first.event, first.url) == ("create.lead", webhook["subscription_url"])
        assert [first.body, second.body] == [request.json for request in receiver.requests]
        assert first.body["meta"]["entity_id"] == lead["id"]
        assert start < first.time < second.time < time.monotonic()
        with pytest.raises(AttributeError):
            first.status = 200  # type: ignore[misc]  # pyright: ignore - the test itself
        sandbox.webhooks.clear()
        first.body["data"].clear()
        assert sandbox.webhooks[1].body["data"]["id"] == lead["id"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"webhook_waits": [1]}, TypeError, "webhook_waits must be a tuple of seconds, got list"),
        (
            {"webhook_waits": (1, "2")},
            TypeError,
            "each of webhook_waits must be a number of seconds",
        ),
        (
            {"webhook_waits": (-1,)},
            ValueError,
            "each of webhook_waits must be a number of seconds, 0",
        ),
        (
            {"webhook_timeout": None},
            TypeError,
            "webhook_timeout must be a number of seconds, got None",
        ),
        (
            {"webhook_timeout": -1},
            ValueError,
            "webhook_timeout must be a number of seconds, 0 or more",
        ),
    ],
)
def test_invalid_webhook_seconds_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Sandbox(leads=0, **arguments)


@pytest.mark.parametrize(("timeout", "error"), [("1", TypeError), (-1, ValueError)])
def test_invalid_timeout_of_wait_for_webhooks_is_refused(timeout: Any, error: Any) -> None:
    with pytest.raises(error, match="timeout must be a number of seconds"):
        small_sandbox().wait_for_webhooks(timeout)
