"""Test `ensure_webhook` when a request fails, or its outcome is unknown."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async import (
    ClientClosedError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.webhooks.rows import REQUEST, ROW, WITH_PASSWORD, warnings_in
from tests.support.calls import QUICK, client_of
from tests.support.raw_server import RawServer, failure, http, success
from tests.support.sandbox_api import until


async def test_webhook_of_unknown_outcome_is_looked_up(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addWebhook", drop=True, after_commit=True)
    ensured = await client.ensure_webhook(WITH_PASSWORD)
    requested = [request.operation for request in sandbox.requests]
    assert requested == ["getWebhooks", "addWebhook", "getWebhooks"]
    assert ensured.created
    assert await client.get_webhooks() == [ensured.webhook]


async def test_old_webhook_is_deleted_after_an_unknown_outcome(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    await client.ensure_webhook(REQUEST)
    sandbox.fail("addWebhook", drop=True, after_commit=True)
    ensured = await client.ensure_webhook(WITH_PASSWORD)
    assert await client.get_webhooks() == [ensured.webhook]


async def test_webhook_that_is_not_found_has_an_unknown_outcome(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addWebhook", drop=True)
    with pytest.raises(OutcomeUnknownError, match=r"^addWebhook: "):
        await client.ensure_webhook(WITH_PASSWORD)
    assert (await client.ensure_webhook(WITH_PASSWORD)).created
    assert len(await client.get_webhooks()) == 1


async def test_webhook_that_cannot_be_looked_up_has_an_unknown_outcome() -> None:
    scripts = ((success([]),), (failure(500),), (failure(400),))
    async with RawServer(*scripts) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.ensure_webhook(REQUEST)
    assert isinstance(caught.value.__cause__, ServerError)


async def test_late_request_leaves_a_webhook_that_the_next_call_deletes(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addWebhook", delay=0.1)
    with pytest.raises(OutcomeUnknownError):
        await client.with_options(timeout=0.05).ensure_webhook(REQUEST)
    await client.ensure_webhook(REQUEST)
    await until(lambda: all(each.status for each in sandbox.requests))  # the late one, too
    ensured = await client.ensure_webhook(REQUEST)
    assert await client.get_webhooks() == [ensured.webhook]


async def test_webhook_that_was_deleted_by_somebody_else_is_no_error() -> None:
    old, new = ROW | {"is_active": 0}, ROW | {"id": 8}
    for gone in (failure(404), failure(410)):
        scripts = (success([old]), success(new), success([old, new]), gone)
        async with (
            RawServer(*((each,) for each in scripts)) as server,
            client_of(server) as client,
        ):
            assert (await client.ensure_webhook(REQUEST)).webhook.id == 8


async def test_404_of_a_proxy_does_not_pass_for_a_deleted_webhook() -> None:
    old, new = ROW | {"is_active": 0}, ROW | {"id": 8}
    page = http(404, b"<html>nothing here</html>")
    scripts = (success([old]), success(new), success([old, new]), page)
    async with RawServer(*((each,) for each in scripts)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError):
            await client.ensure_webhook(REQUEST)


async def test_webhook_that_may_not_be_deleted_is_named_in_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, new = ROW | {"is_active": 0}, ROW | {"id": 8}
    scripts = (success([old]), success(new), success([old, new]), failure(403, "Forbidden"))
    async with (
        RawServer(*((each,) for each in scripts)) as server,
        client_of(server) as client,
    ):
        assert (await client.ensure_webhook(REQUEST)).created
    assert warnings_in(caplog)[1].startswith("webhook 7 cannot be deleted: delete it in Pipedrive")


async def test_added_webhook_is_returned_although_the_list_lacks_it() -> None:
    scripts = (success([]), success(ROW), success([]))
    async with (
        RawServer(*((each,) for each in scripts)) as server,
        client_of(server) as client,
    ):
        assert (await client.ensure_webhook(REQUEST)).webhook.id == 7


async def test_webhook_is_found_by_the_call_after_an_error() -> None:
    scripts = ((success([]),), (success(ROW),), (failure(403),))
    async with RawServer(*scripts) as server, client_of(server) as client:
        with pytest.raises(PermissionDeniedError):
            await client.ensure_webhook(REQUEST)
        server.responses[:] = [(success([ROW]),)]
        assert (await client.ensure_webhook(REQUEST)).created is False


async def test_closed_client_does_not_leave_work_behind(sandbox: Sandbox) -> None:
    sandbox.fail("getWebhooks", delay=5.0)
    async with SessionManager() as manager:
        closing, staying = (
            LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager, retry=QUICK)
            for _ in range(2)
        )
        calling = asyncio.create_task(closing.ensure_webhook(REQUEST))
        await until(lambda: bool(sandbox.requests))
        await closing.aclose()
        with pytest.raises(ClientClosedError):
            await calling
        assert (await staying.ensure_webhook(REQUEST)).created
        await staying.aclose()
