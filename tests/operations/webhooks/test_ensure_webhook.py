"""Test that `ensure_webhook` leaves one webhook that serves the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import (
    AddWebhookRequest,
    EnsuredWebhook,
    LeadsClient,
    RequestTimeoutError,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.webhooks.rows import REQUEST, ROW, URL, WITH_PASSWORD, warnings_in
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, failure, http, success
from tests.support.sandbox_api import all_delivered

Operations: TypeAlias = Callable[[], list[str | None]]


@pytest.fixture
def operations(sandbox: Sandbox) -> Operations:
    """Return a function that returns the operations that were requested since its last call."""
    seen = 0

    def requested() -> list[str | None]:
        nonlocal seen
        new = [request.operation for request in sandbox.requests[seen:]]
        seen += len(new)
        return new

    return requested


async def test_webhook_is_added_once_and_found_afterwards(
    client: LeadsClient, operations: Operations, caplog: pytest.LogCaptureFixture
) -> None:
    first = await client.ensure_webhook(WITH_PASSWORD)
    assert operations() == ["getWebhooks", "addWebhook", "getWebhooks"]
    second = await client.ensure_webhook(WITH_PASSWORD)
    assert operations() == ["getWebhooks"]
    assert (first.created, second.created) == (True, False)
    assert first.webhook == second.webhook
    assert await client.get_webhooks() == [first.webhook]
    assert not warnings_in(caplog)


@pytest.mark.parametrize(
    "other",
    [
        AddWebhookRequest(f"{URL}/other"),
        AddWebhookRequest(URL, event_action="create"),
        AddWebhookRequest(URL, event_object="*"),
    ],
    ids=["URL", "action", "object"],
)
async def test_webhook_for_other_events_or_another_url_is_left_alone(
    client: LeadsClient, other: AddWebhookRequest
) -> None:
    ensured = [await client.ensure_webhook(each) for each in (other, REQUEST)]
    assert [each.created for each in ensured] == [True, True]
    assert await client.get_webhooks() == [each.webhook for each in ensured]


DIFFERENCES: Final[dict[str, tuple[dict[str, Any], dict[str, Any], str]]] = {
    "user": ({"user_id": 3}, {"user_id": 4}, "it has another user"),
    "version": ({"event_object": "*"}, {"version": "1.0"}, "it has another version"),
    "user name": (
        {"http_auth_user": "me", "http_auth_password": "secret"},
        {"http_auth_user": "you", "http_auth_password": "secret"},
        "it has another user name",
    ),
    "password": (
        {"http_auth_user": "me", "http_auth_password": "secret"},
        {"http_auth_user": "me", "http_auth_password": "Secret"},
        "it has another password",
    ),
    "no credentials": (
        {},
        {"http_auth_user": "me", "http_auth_password": "secret"},
        "it has another user name and it has another password",
    ),
    "inactive": ({}, {"is_active": 0}, "it is not active"),
    "inactive as a bool": ({}, {"is_active": False}, "it is not active"),
    "401": ({}, {"last_http_status": 401}, "its receiver returned 401"),
    "403": ({}, {"last_http_status": 403}, "its receiver returned 403"),
}
"""For each difference: values of the request, other values of the webhook, and the warning."""


@pytest.mark.parametrize("difference", DIFFERENCES)
async def test_webhook_that_differs_is_replaced_and_deleted_last(
    difference: str, caplog: pytest.LogCaptureFixture
) -> None:
    values, others, warning = DIFFERENCES[difference]
    old = ROW | values | others
    new = ROW | values | {"id": 8}
    scripts = ([old], new, [old, new], None)
    async with (
        RawServer(*((success(each),) for each in scripts)) as server,
        client_of(server) as client,
    ):
        ensured = await client.ensure_webhook(AddWebhookRequest(URL, **values))
        requests = [f"{each.method} {each.target}" for each in server.requests]
    assert (ensured.webhook.id, ensured.created) == (8, True)
    assert requests == [
        "GET /v1/webhooks",
        "POST /v1/webhooks",
        "GET /v1/webhooks",
        "DELETE /v1/webhooks/7",
    ]
    assert warnings_in(caplog) == [
        f"webhook 7 does not serve the request, because {warning}: replacing it by 8"
    ]


SAME: Final[dict[str, dict[str, Any]]] = {
    "another name": {"name": "another name"},
    "a user who was not asked for": {"user_id": 99},
    "an empty user name and password": {"http_auth_user": "", "http_auth_password": ""},
    "a failed delivery": {"last_http_status": 500},
    "a bool": {"is_active": True},
    "less than Pipedrive documents": {"version": None, "is_active": None, "user_id": None},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
async def test_webhook_that_serves_the_request_is_kept(changes: dict[str, Any]) -> None:
    async with (
        RawServer((success([ROW | changes]),)) as server,
        client_of(server) as client,
    ):
        ensured = await client.ensure_webhook(REQUEST)
    assert (ensured.webhook.id, ensured.created) == (7, False)
    assert len(server.requests) == 1


async def test_password_is_not_compared_if_pipedrive_does_not_return_it() -> None:
    row = {key: value for key, value in ROW.items() if key != "http_auth_password"}
    found = row | {"http_auth_user": "me"}
    async with RawServer((success([found]),)) as server, client_of(server) as client:
        assert (await client.ensure_webhook(WITH_PASSWORD)).created is False


async def test_webhook_whose_receiver_refuses_its_password_is_replaced() -> None:
    sandbox = Sandbox(leads=0, webhook_waits=())
    async with (
        RawServer((http(401),)) as receiver,
        sandbox,
        LeadsClient(sandbox.api_token, base_url=sandbox.url) as client,
    ):
        request = AddWebhookRequest(receiver.origin)
        first = await client.ensure_webhook(request)
        sandbox.add_lead()
        await all_delivered(sandbox)
        second = await client.ensure_webhook(request)
        assert second.created
        assert await client.get_webhooks() == [second.webhook]
        assert second.webhook.id != first.webhook.id


# Several webhooks


async def test_lowest_of_equal_webhooks_stays_and_the_others_are_deleted(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    equal = [await client.add_webhook(WITH_PASSWORD) for _ in range(3)]
    old = await client.add_webhook(REQUEST)
    ensured = await client.ensure_webhook(WITH_PASSWORD)
    assert ensured == EnsuredWebhook(webhook=equal[0], created=False)
    assert await client.get_webhooks() == [equal[0]]
    *same, different = warnings_in(caplog)
    assert same == [
        f"webhook {each.id} is the same as {equal[0].id}: deleting it" for each in equal[1:]
    ]
    assert different.startswith(f"webhook {old.id} does not serve the request")
    assert different.endswith(f"replacing it by {equal[0].id}")


async def test_equal_webhook_of_another_user_is_left_alone(client: LeadsClient) -> None:
    me = (await client.request("GET", "/v1/users/me"))["id"]
    for user in (me, me + 1):
        await client.add_webhook(AddWebhookRequest(URL, user_id=user))
    assert (await client.ensure_webhook(REQUEST)).created is False
    assert len(await client.get_webhooks()) == 2


async def test_second_process_deletes_its_own_webhook(caplog: pytest.LogCaptureFixture) -> None:
    first, own, old = ROW | {"id": 8}, ROW | {"id": 9}, ROW | {"last_http_status": 401}
    scripts = (success([old]), success(own), success([old, own, first]), success(), failure(404))
    async with (
        RawServer(*((each,) for each in scripts)) as server,
        client_of(server) as client,
    ):
        ensured = await client.ensure_webhook(REQUEST)
        deleted = [each.target for each in server.requests if each.method == "DELETE"]
    assert (ensured.webhook.id, ensured.created) == (8, False)
    assert deleted == ["/v1/webhooks/9", "/v1/webhooks/7"]
    assert warnings_in(caplog)[0] == "webhook 9 was added at the same time as 8: deleting it"


async def test_first_process_keeps_its_own_webhook() -> None:
    own, second = ROW | {"id": 8}, ROW | {"id": 9}
    scripts = (success([]), success(own), success([own, second]))
    async with (
        RawServer(*((each,) for each in scripts)) as server,
        client_of(server) as client,
    ):
        ensured = await client.ensure_webhook(REQUEST)
        assert (ensured.webhook.id, ensured.created) == (8, True)
        assert len(server.requests) == 3


async def test_processes_that_start_together_leave_one_webhook(sandbox: Sandbox) -> None:
    """Each client has a session manager of its own, as in a process of its own."""
    sandbox.fail("addWebhook", times=4, delay=0.02)  # so that all of them look before one adds
    clients = [LeadsClient(sandbox.api_token, base_url=sandbox.url) for _ in range(4)]
    ensured = await asyncio.gather(*(client.ensure_webhook(WITH_PASSWORD) for client in clients))
    assert len([each for each in sandbox.requests if each.operation == "addWebhook"]) == 4
    [webhook] = await clients[0].get_webhooks()
    assert {each.webhook.id for each in ensured} == {webhook.id}
    assert sum(each.created for each in ensured) == 1
    for client in clients:
        await client.aclose()


# Several calls in one process


async def test_clients_of_an_account_add_one_webhook_together(
    sandbox: Sandbox, operations: Operations
) -> None:
    async with SessionManager() as manager:
        clients = [
            LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) for _ in range(4)
        ]
        ensured = await asyncio.gather(*(each.ensure_webhook(WITH_PASSWORD) for each in clients))
    assert operations() == ["getWebhooks", "addWebhook", "getWebhooks"]
    assert len({each.webhook.id for each in ensured}) == 1
    assert [each.created for each in ensured] == [True, False, False, False]


async def test_different_requests_for_one_url_are_carried_out_in_turn(
    client: LeadsClient, operations: Operations
) -> None:
    requests = (REQUEST, WITH_PASSWORD, WITH_PASSWORD)
    ensured = await asyncio.gather(*(client.ensure_webhook(each) for each in requests))
    adding = ["getWebhooks", "addWebhook", "getWebhooks"]
    assert operations() == [*adding, *adding, "deleteWebhook"]
    assert [each.created for each in ensured] == [True, True, False]
    assert await client.get_webhooks() == [ensured[2].webhook]


async def test_request_is_carried_out_after_a_different_one_has_failed(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getWebhooks", status=400)
    failed, ensured = await asyncio.gather(
        client.ensure_webhook(REQUEST), client.ensure_webhook(WITH_PASSWORD), return_exceptions=True
    )
    assert isinstance(failed, Exception)
    assert isinstance(ensured, EnsuredWebhook)
    assert ensured.created


async def test_caller_that_leaves_does_not_end_the_work_of_the_others(
    sandbox: Sandbox, client: LeadsClient
) -> None:
    sandbox.fail("addWebhook", delay=0.1)
    leaving = asyncio.create_task(client.with_options(timeout=0.05).ensure_webhook(REQUEST))
    await asyncio.sleep(0)
    ensured = await client.ensure_webhook(REQUEST)
    with pytest.raises(RequestTimeoutError, match=r"^addWebhook: not done within the deadline"):
        await leaving
    assert ensured.created
    assert await client.get_webhooks() == [ensured.webhook]
