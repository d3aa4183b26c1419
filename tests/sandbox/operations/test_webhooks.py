"""Test the sandbox's operations that add, list and delete webhooks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.raw_server import RawServer, http
from tests.support.sandbox_api import Api, Reply, all_delivered, assert_refused, serving

URL = "https://app.example/webhooks"
FIELDS = {
    "subscription_url": URL,
    "event_action": "*",
    "event_object": "lead",
    "name": "Leads to the app",
}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=3, burst=None)) as api:
        yield api


def assert_invalid(reply: Reply, status: int, **errors: str) -> None:
    """Assert that the response is an error for exactly these properties."""
    assert reply.status == status
    assert {name: value for name, value in reply.body.items() if name != "errors"} == {
        "status": "error",
        "success": False,
    }
    assert set(reply.body["errors"]) == set(errors)
    for name, words in errors.items():
        [error] = reply.body["errors"][name]
        assert words in error


# Adding


async def test_new_webhook_has_the_documented_properties(api: Api) -> None:
    reply = await api.post("/webhooks", FIELDS)
    user = (await api.get("/users/me")).data
    assert reply.status == 201
    assert list(reply.body) == ["status", "success", "data"]
    assert reply.body["status"] == "ok"
    webhook = reply.data
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", webhook.pop("add_time"))
    assert type(webhook.pop("id")) is int
    assert webhook == FIELDS | {
        "company_id": user["company_id"],
        "owner_id": user["id"],
        "user_id": user["id"],
        "admin_id": user["id"],
        "version": "2.0",
        "type": "general",
        "is_active": 1,
        "http_auth_user": None,
        "http_auth_password": None,
        "remove_time": None,
        "remove_reason": None,
        "last_delivery_time": None,
        "last_http_status": None,
    }


async def test_webhook_can_have_another_user_and_credentials(api: Api) -> None:
    me = (await api.get("/users/me")).data["id"]
    fields = {"user_id": me + 1, "http_auth_user": "pipedrive", "http_auth_password": "secret"}
    webhook = (await api.post("/webhooks", {**FIELDS, **fields, "version": "2.0"})).data
    assert fields.items() <= webhook.items()
    assert (webhook["owner_id"], webhook["admin_id"]) == (me + 1, me)


async def test_webhook_created_with_an_oauth_token_has_type_application(api: Api) -> None:
    bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
    async with RawServer((http(),)) as receiver:
        fields = {**FIELDS, "subscription_url": receiver.origin}
        webhook = await api.call("POST", "/webhooks", bearer, json=fields)
        assert webhook.data["type"] == "application"
        api.sandbox.add_lead()
        await all_delivered(api.sandbox)
        assert receiver.requests[0].json["meta"]["type"] == "application"


@pytest.mark.parametrize("missing", FIELDS)
async def test_webhook_requires_each_of_its_properties(api: Api, missing: str) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != missing}
    assert_invalid(await api.post("/webhooks", fields), 400, **{missing: "is required"})


async def test_error_names_all_invalid_properties_at_once(api: Api) -> None:
    reply = await api.post("/webhooks", {"event_action": "added", "color": "red", "name": "x"})
    assert_invalid(
        reply,
        400,
        subscription_url="is required",
        event_action="must be one of create, change, delete, *",
        event_object="is required",
        color="is not allowed",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("subscription_url", 5, "invalid or non-reachable URL"),
        ("subscription_url", "app.example/webhooks", "invalid or non-reachable URL"),
        ("subscription_url", "ftp://app.example", "invalid or non-reachable URL"),
        ("subscription_url", "https://", "invalid or non-reachable URL"),
        ("subscription_url", "https://[::1", "invalid or non-reachable URL"),
        ("subscription_url", "https://app.example:port", "invalid or non-reachable URL"),
        ("subscription_url", "https://user:secret@app.example", "invalid or non-reachable URL"),
        ("event_action", ["*"], "must be one of create"),
        ("event_object", "leads", "must be one of activity"),
        ("name", " ", "1 to 255 characters"),
        ("name", "x" * 256, "1 to 255 characters"),
        ("name", None, "1 to 255 characters"),
        ("version", "1.0", "1.0 knows no leads"),
        ("user_id", 5, "must be the id of a user"),
        ("user_id", True, "must be the id of a user"),
        ("http_auth_user", 5, "must be a text"),
        ("http_auth_password", ["x"], "must be a text"),
    ],
)
async def test_error_names_the_invalid_property(
    api: Api, name: str, value: Any, words: str
) -> None:
    assert_invalid(await api.post("/webhooks", {**FIELDS, name: value}), 400, **{name: words})
    assert (await api.get("/webhooks")).data == []


async def test_body_must_be_a_json_object(api: Api) -> None:
    assert_refused(await api.post("/webhooks", []), "JSON object")


async def test_user_can_have_forty_webhooks(api: Api) -> None:
    me = (await api.get("/users/me")).data["id"]
    for _ in range(39):
        assert (await api.post("/webhooks", FIELDS)).status == 201
    api.sandbox.add_webhook(URL)
    assert_invalid(await api.post("/webhooks", FIELDS), 422, user_id="40 webhooks")
    with pytest.raises(RuntimeError, match="40 webhooks: delete one first"):
        api.sandbox.add_webhook(URL)
    assert (await api.post("/webhooks", {**FIELDS, "user_id": me + 1})).status == 201
    webhooks = (await api.get("/webhooks")).data
    assert len({webhook["id"] for webhook in webhooks}) == 41
    await api.delete(f"/webhooks/{webhooks[0]['id']}")
    assert (await api.post("/webhooks", FIELDS)).status == 201


# Listing and deleting


async def test_list_has_the_webhooks_of_requests_and_of_controls(api: Api) -> None:
    first = (await api.post("/webhooks", FIELDS)).data
    second = api.sandbox.add_webhook(URL, action="create", username="pipedrive", password="secret")
    other = api.sandbox.add_account(leads=0)
    reply = await api.get("/webhooks")
    assert reply.body == {"status": "ok", "success": True, "data": [first, second]}
    assert second["event_action"] == "create"
    assert (second["http_auth_user"], second["http_auth_password"]) == ("pipedrive", "secret")
    other_reply = await api.call("GET", "/webhooks", {"x-api-token": other.api_token})
    assert other_reply.data == []


async def test_deleted_webhook_no_longer_exists(api: Api) -> None:
    ids = [(await api.post("/webhooks", FIELDS)).data["id"] for _ in range(2)]
    reply = await api.delete(f"/webhooks/{ids[1]}")
    assert (reply.status, reply.body) == (200, {"status": "ok", "success": True})
    assert [webhook["id"] for webhook in (await api.get("/webhooks")).data] == ids[:1]
    assert_invalid(await api.delete(f"/webhooks/{ids[1]}"), 404, id="not found")


async def test_webhook_operations_have_the_documented_cost() -> None:
    async with serving(Sandbox(leads=0, daily_tokens=100)) as api:
        added = await api.post("/webhooks", FIELDS)
        listed = await api.get("/webhooks")
        deleted = await api.delete(f"/webhooks/{added.data['id']}")
        remaining = [
            reply.headers["x-daily-ratelimit-token-remaining"] for reply in (added, listed, deleted)
        ]
        assert remaining == ["90", "80", "74"]


# Subscriptions


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        ("*", ["create", "change", "delete"]),
        ("create", ["create"]),
        ("change", ["change"]),
        ("delete", ["delete"]),
    ],
)
async def test_webhook_sends_only_the_actions_it_subscribes_to(
    api: Api, action: str, sent: list[str]
) -> None:
    async with RawServer((http(),)) as receiver:
        api.sandbox.add_webhook(receiver.origin, action=action)
        lead = api.sandbox.add_lead()["id"]
        api.sandbox.archive_lead(lead)
        api.sandbox.delete_lead(lead)
        await all_delivered(api.sandbox)
        assert [request.json["meta"]["action"] for request in receiver.requests] == sent


async def test_webhook_for_other_objects_sends_no_events_of_leads(api: Api) -> None:
    async with RawServer((http(),)) as receiver:
        for object in ("deal", "*", "lead"):
            url = f"{receiver.origin}/{object}"
            fields = {"subscription_url": url, "event_object": object}
            assert (await api.post("/webhooks", FIELDS | fields)).status == 201
        api.sandbox.add_lead()
        await all_delivered(api.sandbox)
        assert sorted(request.target for request in receiver.requests) == ["/*", "/lead"]


async def test_webhook_has_time_and_status_of_its_last_delivery(api: Api) -> None:
    async with RawServer((http(204),)) as receiver:
        api.sandbox.add_webhook(receiver.origin)
        lead = api.sandbox.add_lead()
        await all_delivered(api.sandbox)
        [webhook] = (await api.get("/webhooks")).data
        assert webhook["last_http_status"] == 204
        assert webhook["last_delivery_time"] > lead["add_time"]


# The control `add_webhook`


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"url": 5}, TypeError, "url must be a str, got int"),
        (
            {"url": "/webhooks"},
            ValueError,
            "url must be like http://127.0.0.1:8000/webhooks, got '/web",
        ),
        (
            {"url": URL, "action": "added"},
            ValueError,
            "action must be one of create, change, delete, ",
        ),
        ({"url": URL, "username": "x"}, ValueError, "username and password go together"),
        ({"url": URL, "password": "x"}, ValueError, "username and password go together"),
        (
            {"url": URL, "username": "", "password": "x"},
            ValueError,
            "username is empty",
        ),
        (
            {"url": URL, "username": "x", "password": b"x"},
            TypeError,
            "password must be a str, got bytes",
        ),
    ],
)
def test_add_webhook_names_its_invalid_argument(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Sandbox(leads=0).add_webhook(**arguments)
