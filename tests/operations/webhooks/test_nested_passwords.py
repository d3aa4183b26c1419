"""Test that no webhook and no error shows a password, however a response contains it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pipedrive_leads_async import AddWebhookRequest, DecodeError
from tests.operations.webhooks.rows import ROW, URL
from tests.support.calls import client_of
from tests.support.canaries import canary_in
from tests.support.raw_server import RawServer, success
from tests.support.secrets.scanner import text_of_error, text_of_object

PASSWORD: Final = "canary-password+/=&'of-a-webhook"
REQUEST: Final = AddWebhookRequest(URL, http_auth_user="me", http_auth_password=PASSWORD)
HOOK: Final = ROW | {"http_auth_user": "me", "http_auth_password": PASSWORD}

NESTED: Final[dict[str, Any]] = {
    "items": {"items": [HOOK]},
    "object": {"x": HOOK},
    "list": [[HOOK]],
    "malformed row": [HOOK | {"id": None, "auth": {"http_auth_password": PASSWORD}}],
    "capitals": [HOOK | {"id": None, "HTTP_AUTH_PASSWORD": PASSWORD}],
    "another key": [HOOK | {"id": None, "password": f"is {PASSWORD}"}],
}
"""Data that is not the data of `getWebhooks` or `addWebhook`."""

REPEATED: Final[dict[str, Any]] = {
    "auth": {"http_auth_password": PASSWORD},
    "list": [[{"HTTP_Auth_Password": PASSWORD}]],
    "note": f"the password is {PASSWORD}",
}
"""Unknown properties of a webhook that contain its password."""


@pytest.mark.parametrize("data", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("method", ["get_webhooks", "add_webhook", "ensure_webhook"])
async def test_error_about_a_malformed_response_shows_no_password(method: str, data: Any) -> None:
    arguments = [REQUEST] * (method != "get_webhooks")
    async with RawServer((success(data),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError) as caught:
            await getattr(client, method)(*arguments)
    assert canary_in(text_of_error(caught.value)) is None


@pytest.mark.parametrize("method", ["get_webhooks", "add_webhook", "ensure_webhook"])
async def test_unknown_property_of_a_webhook_shows_no_password(method: str) -> None:
    row = HOOK | REPEATED
    arguments = [REQUEST] * (method != "get_webhooks")
    data = row if method == "add_webhook" else [row]
    async with RawServer((success(data),)) as server, client_of(server) as client:
        result = await getattr(client, method)(*arguments)
    assert canary_in(text_of_object(result)) is None
    assert "the password is ***" in text_of_object(result)


@pytest.mark.parametrize("method", ["add_webhook", "ensure_webhook"])
async def test_unknown_property_repeats_no_password_of_the_request(method: str) -> None:
    row = {key: value for key, value in HOOK.items() if key != "http_auth_password"}
    data = row | {"note": PASSWORD}
    listed = method == "ensure_webhook"
    async with (
        RawServer((success([data] if listed else data),)) as server,
        client_of(server) as client,
    ):
        result = await getattr(client, method)(REQUEST)
    assert canary_in(text_of_object(result)) is None


async def test_user_name_that_is_also_the_password_is_kept() -> None:
    row = HOOK | {"http_auth_password": "me-and-you", "http_auth_user": "me-and-you"}
    async with RawServer((success([row]),)) as server, client_of(server) as client:
        [webhook] = await client.get_webhooks()
    assert webhook.http_auth_user == "me-and-you"


@pytest.mark.parametrize(
    "other",
    [
        {"subscription_url": None, "id": None},
        {"subscription_url": "https://other.example", "is_active": "1"},
        {"event_object": "deal", "last_http_status": "200"},
    ],
    ids=["no URL", "another URL", "another object"],
)
async def test_malformed_webhook_for_other_events_does_not_matter(other: dict[str, Any]) -> None:
    rows = [HOOK | other, HOOK]
    async with RawServer((success(rows),)) as server, client_of(server) as client:
        ensured = await client.ensure_webhook(REQUEST)
    assert (ensured.webhook.id, ensured.created) == (7, False)


@pytest.mark.parametrize(
    "row",
    [HOOK | {"is_active": "1"}, {"id": 7}, HOOK | {"event_action": 5}, 5],
    ids=["compared value", "no URL", "an action of another type", "no object"],
)
async def test_webhook_that_may_serve_the_request_must_be_readable(row: Any) -> None:
    async with RawServer((success([row]),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getWebhooks: .*\$\.data\[0\]"):
            await client.ensure_webhook(REQUEST)
