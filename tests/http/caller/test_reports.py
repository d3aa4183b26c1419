"""Test how the attempts of calls are reported: to `on_attempt`, and with which cost."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from pipedrive_leads_async import AddLeadRequest, Attempt, LeadsClient, SessionManager
from pipedrive_leads_async.errors import ConnectionFailedError, NotFoundError, RateLimitedError
from tests.support.calls import ALL, CANARY, DONE, ID, add, client_of, get
from tests.support.raw_server import RawServer, failure, success


def fail(_: Attempt) -> None:
    raise TimeoutError("mine")


def cancel(_: Attempt) -> None:
    raise asyncio.CancelledError


async def report(_: Attempt) -> None: ...


def return_coroutine(attempt: Attempt) -> Any:
    return report(attempt)


HOOKS = [fail, cancel, return_coroutine]


@pytest.mark.parametrize("hook", HOOKS)
async def test_lead_is_returned_although_on_attempt_fails(
    hook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with RawServer(DONE) as server, client_of(server, on_attempt=hook) as client:
        for call in ALL:
            await call(client)
        lead = await client.add_lead(AddLeadRequest(title="Big order", person_id=42))
    assert lead.id == ID
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(records) == len(ALL) + 1
    assert {vars(record)["host"] for record in records} == {server.url.split("/")[2]}


@pytest.mark.parametrize("hook", HOOKS)
async def test_call_is_retried_although_on_attempt_fails(hook: Any) -> None:
    async with RawServer((failure(500),), DONE) as server:
        async with client_of(server, on_attempt=hook) as client:
            await get(client)
        assert len(server.requests) == 2


@pytest.mark.parametrize("hook", HOOKS)
async def test_error_is_raised_although_on_attempt_fails(hook: Any) -> None:
    async with RawServer((failure(404),)) as server, client_of(server, on_attempt=hook) as client:
        with pytest.raises(NotFoundError):
            await get(client)


def test_async_on_attempt_is_refused() -> None:
    hook: Any = report
    with pytest.raises(TypeError, match=r"^on_attempt must be a plain function"):
        LeadsClient(CANARY, on_attempt=hook)


# Tokens


async def test_attempt_has_the_documented_cost_of_its_operation() -> None:
    reported: list[Attempt] = []
    async with (
        RawServer((failure(500),), DONE) as server,
        client_of(server, on_attempt=reported.append) as client,
    ):
        await get(client)
        await add(client)
    assert [attempt.tokens for attempt in reported] == [2, 2, 10]


async def test_attempt_at_another_endpoint_has_no_known_cost() -> None:
    reported: list[Attempt] = []
    async with (
        RawServer((success({}),)) as server,
        client_of(server, on_attempt=reported.append) as client,
    ):
        await client.request("GET", "/v1/users/me")
    assert [attempt.tokens for attempt in reported] == [None]


async def test_attempt_that_was_not_sent_costs_nothing() -> None:
    reported: list[Attempt] = []
    async with RawServer(DONE) as server:
        url = server.url
    async with (
        SessionManager() as manager,
        LeadsClient(CANARY, base_url=url, session=manager, on_attempt=reported.append) as client,
    ):
        with pytest.raises(ConnectionFailedError):
            await get(client)
    assert [attempt.tokens for attempt in reported] == [0] * 3


async def test_call_that_the_limits_refuse_makes_no_attempt() -> None:
    reported: list[Attempt] = []
    full = {"x_ratelimit_limit": "1", "x_ratelimit_remaining": "0", "x_ratelimit_reset": "2"}
    async with (
        RawServer((success({"id": ID, "title": "x"}, **full),)) as server,
        client_of(server, on_attempt=reported.append, timeout=1.0) as client,
    ):
        await get(client)
        with pytest.raises(RateLimitedError):
            await get(client)
    assert [attempt.tokens for attempt in reported] == [2]
