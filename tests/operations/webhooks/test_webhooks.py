"""Test the operations that list, add and delete webhooks."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AddWebhookRequest,
    BadRequestError,
    DecodeError,
    EnsuredWebhook,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    Webhook,
)
from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.webhooks import LeadCreated, check_basic_auth, parse_event
from tests.support.calls import client_of
from tests.support.canaries import canary_in
from tests.support.raw_server import End, RawServer, http, success
from tests.support.sandbox_api import all_delivered
from tests.support.secrets.repeated import echo_of, repeated
from tests.support.secrets.scanner import text_of_error, text_of_object

URL: Final = "https://app.example/webhooks"
PASSWORD: Final = "canary-password+/=&'of-a-webhook"
REQUEST: Final = AddWebhookRequest(URL, http_auth_user="pipedrive", http_auth_password=PASSWORD)

ROW: Final[dict[str, Any]] = {
    "id": 7,
    "subscription_url": URL,
    "event_action": "*",
    "event_object": "lead",
    "http_auth_user": "pipedrive",
    "http_auth_password": PASSWORD,
}

WEBHOOK: Final = Webhook(id=7, subscription_url=URL, event_action="*", event_object="lead")


async def test_webhook_is_added_listed_and_deleted(client: LeadsClient, sandbox: Sandbox) -> None:
    assert await client.get_webhooks() == []
    added = await client.add_webhook(AddWebhookRequest(URL, event_action="create", name="New"))
    assert isinstance(added, Webhook)
    assert (added.subscription_url, added.event_action, added.name) == (URL, "create", "New")
    assert (added.event_object, added.version, added.http_auth_user) == ("lead", "2.0", None)
    assert await client.get_webhooks() == [added]
    assert await client.delete_webhook(added.id) == added.id
    assert await client.get_webhooks() == []
    [request] = [each for each in sandbox.requests if each.operation == "addWebhook"]
    assert request.body == {
        "subscription_url": URL,
        "event_action": "create",
        "event_object": "lead",
        "name": "New",
        "version": "2.0",
    }


async def test_every_value_of_a_request_is_sent(client: LeadsClient, sandbox: Sandbox) -> None:
    me = (await client.request("GET", "/v1/users/me"))["id"]
    values: dict[str, Any] = {
        "event_action": "delete",
        "event_object": "*",
        "name": "x",
        "user_id": me + 1,
    }
    credentials: dict[str, Any] = {"http_auth_user": "pipedrive", "http_auth_password": PASSWORD}
    added = await client.add_webhook(AddWebhookRequest(URL, **values, **credentials))
    sent = {"subscription_url": URL, "version": "2.0", **values, **credentials}
    assert sandbox.requests[-1].body == sent
    assert (added.user_id, added.http_auth_user) == (me + 1, "pipedrive")


async def test_added_webhook_sends_its_credentials_with_each_event(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    async with RawServer((http(),)) as receiver:
        await client.add_webhook(
            AddWebhookRequest(
                f"{receiver.origin}/x", http_auth_user="me", http_auth_password=PASSWORD
            )
        )
        sandbox.add_lead(title="Big order")
        await all_delivered(sandbox)
        [request] = receiver.requests
        assert check_basic_auth(request.headers["authorization"], "me", PASSWORD)
        event = parse_event(request.body)
        assert isinstance(event, LeadCreated)
        assert event.lead.title == "Big order"


async def test_refused_webhook_is_a_bad_request_error(client: LeadsClient) -> None:
    with pytest.raises(BadRequestError, match=r"^addWebhook: Pipedrive returned 400"):
        await client.add_webhook(AddWebhookRequest(URL, event_object="leads"))


async def test_missing_webhook_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^deleteWebhook: "):
        await client.delete_webhook(5)


async def test_webhook_of_unknown_outcome_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addWebhook", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="before sending it again"):
        await client.add_webhook(REQUEST)
    assert len(await client.get_webhooks()) == 1


async def test_webhook_can_be_deleted_itself(client: LeadsClient) -> None:
    added = await client.add_webhook(REQUEST)
    assert await client.delete_webhook(added) == added.id
    assert await client.get_webhooks() == []


@pytest.mark.parametrize(
    ("id", "error", "message"),
    [
        (0, InvalidRequestError, "id must be at least 1, got 0"),
        ("7", TypeError, "id must be an int or a Webhook, got str"),
        (
            EnsuredWebhook(webhook=WEBHOOK, created=True),
            TypeError,
            r"id must be an int or a Webhook, got EnsuredWebhook: pass its \.webhook",
        ),
        (True, TypeError, "id must be an int, got bool"),
    ],
)
async def test_invalid_id_is_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox, id: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        await client.delete_webhook(id)
    assert not sandbox.requests


@pytest.mark.parametrize("method", ["add_webhook", "ensure_webhook"])
async def test_request_of_another_type_is_refused(
    client: LeadsClient, sandbox: Sandbox, method: str
) -> None:
    with pytest.raises(TypeError, match=r"^request must be an AddWebhookRequest, got dict"):
        await getattr(client, method)({"subscription_url": URL})
    assert not sandbox.requests


# The password


def responses(echo: str) -> list[bytes]:
    """Return refusals and malformed responses that repeat the password of a webhook."""
    rows: list[Any] = [ROW | {"id": "7"}, ROW | {"event_action": 5}, ROW | {"user_id": [echo]}]
    bodies: list[Any] = [*rows, *([row] for row in rows), echo, [echo], ROW | {"id": None}]
    refusal = {"success": False, "status": "error", "error": echo, "errors": {"name": [echo]}}
    return [
        *(success(each) for body in bodies for each in (body, repeated(body, echo))),
        *(
            http(status, json.dumps(refusal).encode(), x_correlation_id=echo)
            for status in (200, 400, 401, 404, 422, 500)
        ),
    ]


@pytest.mark.parametrize("method", ["add_webhook", "ensure_webhook"])
async def test_password_that_errors_repeat_is_shown_nowhere(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for response in responses(echo_of(PASSWORD)):
        before = [(success([]),)] * (method == "ensure_webhook")
        responded = [*before, (response,), (success([]),)]
        async with RawServer(*responded) as server, client_of(server) as client:
            with pytest.raises(PipedriveError) as caught:
                await getattr(client, method)(REQUEST)
        shown = text_of_error(caught.value)
        assert canary_in(shown) is None
        assert canary_in(shown.lower()) is None


@pytest.mark.parametrize("method", ["get_webhooks", "ensure_webhook"])
@pytest.mark.parametrize(
    "data", [ROW, [ROW | {"id": "7"}], [ROW, ROW | {"name": 5}]], ids=["object", "first", "second"]
)
async def test_malformed_list_shows_no_password_of_another_webhook(method: str, data: Any) -> None:
    arguments = [AddWebhookRequest(URL)] * (method == "ensure_webhook")
    async with RawServer((success(data),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError) as caught:
            await getattr(client, method)(*arguments)
    assert canary_in(text_of_error(caught.value)) is None


async def test_password_is_in_no_webhook_that_is_returned() -> None:
    for method, arguments, data in (
        ("get_webhooks", [], [ROW]),
        ("add_webhook", [REQUEST], ROW),
        ("ensure_webhook", [REQUEST], [ROW]),
    ):
        async with RawServer((success(data),)) as server, client_of(server) as client:
            result = await getattr(client, method)(*arguments)
        assert canary_in(text_of_object(result)) is None
        assert "pipedrive" in text_of_object(result)


async def test_password_is_in_no_frame_of_a_call_that_is_cancelled() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        for method in ("add_webhook", "ensure_webhook"):
            calling = asyncio.create_task(getattr(client, method)(REQUEST))
            await server.received(len(server.requests) + 1)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await calling
            assert canary_in(text_of_error(caught.value)) is None
