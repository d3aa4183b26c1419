"""How the sandbox delivers webhooks: in order, in time, again if need be, and never in the way."""

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


def small(waits: tuple[float, ...] = WAITS, timeout: float = 10.0) -> Sandbox:
    return Sandbox(leads=0, burst=None, webhook_waits=waits, webhook_timeout=timeout)


def titles(receiver: RawServer) -> list[str]:
    return [request.json["data"]["title"] for request in receiver.requests]


def attempts(sandbox: Sandbox) -> list[tuple[int, int | None]]:
    return [(sent.attempt, sent.status) for sent in sandbox.webhooks]


# What is taken


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_takes_an_event(status: int) -> None:
    async with RawServer((http(status),)) as receiver, small() as sandbox:
        sandbox.add_webhook(f"{receiver.origin}/webhooks?from=pipedrive")
        sandbox.add_lead(title="Big order")
        await all_delivered(sandbox)
        [request] = receiver.requests
        assert (request.method, request.target) == ("POST", "/webhooks?from=pipedrive")
        assert request.headers["content-type"] == "application/json"
        assert "authorization" not in request.headers
        assert attempts(sandbox) == [(1, status)]


async def test_events_arrive_in_order_when_they_are_taken() -> None:
    async with RawServer((0.001, http()), (http(),)) as receiver, small() as sandbox:
        sandbox.add_webhook(receiver.origin)
        for number in range(50):
            sandbox.add_lead(title=str(number))
        await all_delivered(sandbox)
        assert titles(receiver) == [str(number) for number in range(50)]


async def test_the_credentials_of_a_webhook_go_with_each_request() -> None:
    async with RawServer((http(),)) as receiver, serving(small()) as api:
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


async def test_each_webhook_is_told_on_its_own() -> None:
    deaf, receiver = RawServer((End.HANG,)), RawServer((http(),))
    async with deaf, receiver, small() as sandbox:
        for server in (deaf, receiver, receiver):
            sandbox.add_webhook(server.origin)
        sandbox.add_lead()
        await receiver.received(2)
        await deaf.received(1)
        bodies = [request.json for request in (*deaf.requests, *receiver.requests)]
        assert len({body["meta"]["id"] for body in bodies}) == 1
        assert len({body["meta"]["webhook_id"] for body in bodies}) == 3


# What is not taken


@pytest.mark.parametrize(
    "refusal",
    [http(500), http(404), http(301, location="/elsewhere")],
    ids=["500", "404", "a redirect"],
)
async def test_an_event_that_is_not_taken_comes_again(refusal: bytes) -> None:
    async with RawServer((refusal,), (refusal,), (http(),)) as receiver, small() as sandbox:
        sandbox.add_webhook(f"{receiver.origin}/webhooks")
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert [request.target for request in receiver.requests] == ["/webhooks"] * 3
        first, second, third = (request.json for request in receiver.requests)
        assert [body["meta"].pop("attempt") for body in (first, second, third)] == [1, 2, 3]
        assert first == second == third


async def test_an_event_that_nobody_takes_is_given_up() -> None:
    async with RawServer((http(503),)) as receiver, small() as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 503), (2, 503), (3, 503), (4, 503)]
        assert len(receiver.requests) == 4


async def test_without_waits_there_is_one_attempt() -> None:
    async with RawServer((http(503),)) as receiver, small(waits=()) as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 503)]


async def test_the_waits_are_kept() -> None:
    waits = (0.02, 0.04, 0.06)
    async with RawServer((http(503),)) as receiver, small(waits) as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        pauses = [later.time - sent.time for sent, later in pairwise(sandbox.webhooks)]
        assert all(pause >= wait for pause, wait in zip(pauses, waits, strict=True))


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_a_connection_that_is_lost_is_no_answer(end: End) -> None:
    async with RawServer((end,), (http(),)) as receiver, small() as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, None), (2, 200)]


async def test_an_answer_that_is_late_is_no_answer() -> None:
    async with RawServer((End.HANG,), (http(),)) as receiver, small(timeout=0.05) as sandbox:
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert [sent.attempt for sent in sandbox.webhooks if sent.status is None] == [1]


async def test_a_receiver_that_is_not_there_yet_is_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with small(waits=(0.001,)) as sandbox:
        sandbox.add_webhook(f"http://127.0.0.1:{port}/")
        sandbox.add_webhook("http://a..b/")
        sandbox.add_lead()
        await all_delivered(sandbox)
        assert sorted(attempts(sandbox)) == [(1, None), (1, None), (2, None), (2, None)]


async def test_an_event_that_waits_holds_up_no_other() -> None:
    async with RawServer((http(500),), (http(),)) as receiver, small(waits=(50,)) as sandbox:
        sandbox.add_webhook(receiver.origin)
        for title in ("first", "second", "third"):
            sandbox.add_lead(title=title)
        await receiver.received(3)
        assert titles(receiver) == ["first", "second", "third"]


async def test_a_deleted_webhook_tells_nothing_more() -> None:
    sandbox = small(waits=(50,))
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


# What it does not disturb


async def test_the_api_answers_while_nobody_takes_the_events() -> None:
    async with RawServer((End.HANG,)) as receiver, serving(small()) as api:
        api.sandbox.add_webhook(receiver.origin)
        lead = {"title": "x", "person_id": 1}
        replies = await asyncio.gather(*(api.post("/leads", lead) for _ in range(50)))
        assert {reply.status for reply in replies} == {201}
        assert len((await api.get()).ids) == 50
        assert api.sandbox.webhooks == []


async def test_leads_change_in_many_threads_and_all_is_told() -> None:
    async with RawServer((http(),)) as receiver, small() as sandbox:
        for number in range(3):
            sandbox.add_webhook(f"{receiver.origin}/{number}")

        def churn() -> None:
            for _ in range(10):
                sandbox.archive_lead(sandbox.add_lead()["id"])

        await asyncio.gather(*(asyncio.to_thread(churn) for _ in range(3)))
        await all_delivered(sandbox)
        events = [(request.target, request.json["meta"]["id"]) for request in receiver.requests]
        assert len(set(events)) == len(events) == 180


async def test_a_sandbox_may_tell_another_one() -> None:
    async with small(waits=()) as sandbox, small() as other:
        sandbox.add_webhook(f"{other.oauth_url}/webhooks")
        sandbox.add_lead(title="Big order")
        await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 401)]
        assert other.requests[0].body == sandbox.webhooks[0].body


# Stopping and starting


@pytest.mark.parametrize("hold", [End.HANG, 50.0])
async def test_stopping_waits_for_no_receiver_and_what_is_left_goes_on_afterwards(
    hold: End | float,
) -> None:
    async with RawServer((hold,), (http(),)) as receiver:
        async with small() as sandbox:
            sandbox.add_webhook(receiver.origin)
            for title in ("first", "second"):
                sandbox.add_lead(title=title)
            await receiver.received(1)
            begin = time.monotonic()
        assert time.monotonic() - begin < 5
        assert sandbox.webhooks == []
        sandbox.add_lead(title="third")
        async with sandbox:
            await all_delivered(sandbox)
        assert titles(receiver) == ["first", "first", "second", "third"]
        assert [request.json["meta"]["attempt"] for request in receiver.requests] == [1] * 4
        first, again = receiver.requests[:2]
        assert first.json == again.json


async def test_an_event_that_waits_when_all_stops_comes_with_the_next_attempt() -> None:
    async with RawServer((http(500),), (http(),)) as receiver:
        async with small(waits=(50,)) as sandbox:
            sandbox.add_webhook(receiver.origin)
            sandbox.add_lead()
            await until(lambda: attempts(sandbox) == [(1, 500)])
        async with sandbox:
            await all_delivered(sandbox)
        assert attempts(sandbox) == [(1, 500), (2, 200)]


async def test_what_happens_before_the_start_is_told_at_the_start() -> None:
    async with RawServer((http(),)) as receiver:
        sandbox = small()
        sandbox.add_lead(title="before there was a webhook")
        sandbox.add_webhook(receiver.origin)
        sandbox.add_lead(title="before the start")
        async with sandbox:
            await all_delivered(sandbox)
        assert titles(receiver) == ["before the start"]


def test_it_may_stop_as_soon_as_it_has_started() -> None:
    for _ in range(20):
        with small() as sandbox:
            sandbox.add_webhook("http://127.0.0.1:9/")
            sandbox.add_lead()
    assert "pipedrive-sandbox" not in [thread.name for thread in threading.enumerate()]


# Waiting and looking


def test_waiting_for_nothing_takes_no_time() -> None:
    small().wait_for_webhooks(0)


async def test_waiting_ends_with_word_of_what_is_left() -> None:
    async with RawServer((End.HANG,)) as receiver, small() as sandbox:
        sandbox.add_webhook(receiver.origin)
        for _ in range(3):
            sandbox.add_lead()
        with pytest.raises(TimeoutError, match=r"after 0.01 seconds: 3\. .* asyncio.to_thread"):
            await asyncio.to_thread(sandbox.wait_for_webhooks, 0.01)


async def test_the_log_tells_each_attempt_and_cannot_be_changed() -> None:
    begin = time.monotonic()
    async with RawServer((http(500),), (http(),)) as receiver, small() as sandbox:
        webhook = sandbox.add_webhook(receiver.origin)
        lead = sandbox.add_lead()
        await all_delivered(sandbox)
        first, second = sandbox.webhooks
        assert isinstance(first, SentWebhook)
        assert (first.event, first.url) == ("create.lead", webhook["subscription_url"])
        assert [first.body, second.body] == [request.json for request in receiver.requests]
        assert first.body["meta"]["entity_id"] == lead["id"]
        assert begin < first.time < second.time < time.monotonic()
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
def test_seconds_that_make_no_sense_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Sandbox(leads=0, **arguments)


@pytest.mark.parametrize(("timeout", "error"), [("1", TypeError), (-1, ValueError)])
def test_a_time_to_wait_that_makes_no_sense_is_refused(timeout: Any, error: Any) -> None:
    with pytest.raises(error, match="timeout must be a number of seconds"):
        small().wait_for_webhooks(timeout)
