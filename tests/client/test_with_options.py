"""Test the views of `with_options`: what they change, what they share, and how they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    Attempt,
    ClientClosedError,
    ConfigurationError,
    LeadsClient,
    OutcomeUnknownError,
    RequestTimeoutError,
    SessionManager,
    Timeouts,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import CANARY, DONE, ID, client_of, get
from tests.support.raw_server import End, RawServer, failure, success

# What a view changes


def timeouts_of(client: LeadsClient) -> Timeouts:
    timeouts: Timeouts = vars(client)["_caller"].timeouts
    return timeouts


def test_number_as_timeout_changes_the_deadline_only() -> None:
    client = LeadsClient(CANARY, timeout=Timeouts(connect=1.0, read=2.0, deadline=3.0))
    view = client.with_options(timeout=9)
    assert timeouts_of(view) == Timeouts(connect=1.0, read=2.0, deadline=9)
    assert timeouts_of(client.with_options(timeout=Timeouts(read=7.0))) == Timeouts(read=7.0)
    assert timeouts_of(client) == Timeouts(connect=1.0, read=2.0, deadline=3.0)


async def test_timeout_of_a_view_ends_its_calls_and_not_those_of_the_client() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        patient = asyncio.create_task(get(client))
        await server.received(1)
        with pytest.raises(RequestTimeoutError, match=r"deadline of 0\.05 s"):
            await get(client.with_options(timeout=0.05))
        assert not patient.done()
        patient.cancel()
        await asyncio.wait([patient])


async def test_creation_of_a_view_at_its_deadline_is_of_unknown_outcome() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.with_options(timeout=0.05).add_lead(
                AddLeadRequest(title="Big order", person_id=42)
            )
    assert isinstance(caught.value.__cause__, RequestTimeoutError)


async def test_attempts_of_a_view_limit_its_requests() -> None:
    async with RawServer((failure(500),)) as server, client_of(server) as client:
        for attempts in (1, 2, 5):
            server.requests.clear()
            with pytest.raises(Exception, match="500"):
                await get(client.with_options(attempts=attempts))
            assert len(server.requests) == attempts
        server.requests.clear()
        with pytest.raises(Exception, match="500"):
            await get(client)
        assert len(server.requests) == 3


async def test_options_that_are_left_out_stay_as_they_are() -> None:
    reported: list[Attempt] = []
    quiet: list[Attempt] = []
    async with RawServer(DONE) as server, client_of(server, on_attempt=reported.append) as client:
        view = client.with_options(attempts=1).with_options(timeout=5)
        await get(view)
        assert len(reported) == 1
        await get(view.with_options(on_attempt=None))
        await get(view.with_options(on_attempt=quiet.append))
        assert (len(reported), len(quiet)) == (1, 1)
        await get(client)
        assert len(reported) == 2
    assert timeouts_of(view).deadline == 5
    assert vars(view)["_caller"].retry.attempts == 1


@pytest.mark.parametrize(
    ("options", "error", "name"),
    [
        ({"timeout": 0}, ConfigurationError, "timeout"),
        ({"timeout": "5"}, TypeError, "timeout"),
        ({"timeout": None}, TypeError, "timeout"),
        ({"attempts": 0}, ConfigurationError, "attempts"),
        ({"attempts": 1.0}, TypeError, "attempts"),
        ({"attempts": None}, TypeError, "attempts"),
        ({"on_attempt": "print"}, TypeError, "on_attempt"),
        ({"on_attempt": get}, TypeError, "on_attempt"),
    ],
    ids=[
        "timeout of 0",
        "timeout of a str",
        "timeout of None",
        "no attempts",
        "attempts of a float",
        "attempts of None",
        "on_attempt of a str",
        "async on_attempt",
    ],
)
def test_invalid_option_is_refused_by_name(
    options: dict[str, Any], error: type[Exception], name: str
) -> None:
    with pytest.raises(error, match=f"^{name} must"):
        LeadsClient(CANARY).with_options(**options)


# What a view shares


async def test_view_uses_the_connection_of_the_client() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        for _ in range(3):
            await get(client)
            await get(client.with_options(timeout=5))
        assert server.connections == 1


async def test_view_shares_the_limits_of_the_client() -> None:
    headers = {"x_ratelimit_limit": "33"}
    async with (
        RawServer((success({"id": ID, "title": "x"}, **headers),)) as server,
        client_of(server) as client,
    ):
        view = client.with_options(timeout=5)
        await get(view)
        assert client.rate.limit == view.rate.limit == 33


async def test_view_shares_the_cached_custom_fields(client: LeadsClient, sandbox: Sandbox) -> None:
    fields = await client.with_options(timeout=30).get_custom_fields()
    assert await client.get_custom_fields() is fields
    assert await client.with_options(attempts=1).get_custom_fields() is fields
    assert [request.operation for request in sandbox.requests] == ["getLeadFields"]


async def test_view_that_joins_a_creation_keeps_its_own_deadline(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = AddLeadRequest(title="Big order", person_id=sandbox.leads[0]["person_id"])
    sandbox.fail("addLead", delay=0.5)
    creation = asyncio.create_task(client.add_lead(request, idempotency_key="order-1"))
    await asyncio.sleep(0)
    with pytest.raises((RequestTimeoutError, OutcomeUnknownError)):
        await client.with_options(timeout=0.1).add_lead(request, idempotency_key="order-1")
    assert not creation.done()
    lead = await creation
    assert [each["id"] for each in sandbox.leads if each["origin_id"] == "order-1"] == [lead.id]


async def test_view_returns_leads_of_the_clients_type(sandbox: Sandbox) -> None:
    class MyClient(LeadsClient):
        mine = "mine"

    async with MyClient(sandbox.api_token, base_url=sandbox.url) as client:
        view = client.with_options(attempts=1)
        assert isinstance(view, MyClient)
        assert len([lead async for lead in view.get_leads()]) == 5


# How a view ends


async def test_closing_a_view_closes_nothing() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        view = client.with_options(timeout=5)
        await view.aclose()
        async with view:
            await get(view)
        async with view.with_options(attempts=1) as another:
            await get(another)
        await get(view)
        await get(client)
        assert server.connections == 1


async def test_closing_the_client_ends_the_calls_of_its_views() -> None:
    async with RawServer((End.HANG,)) as server, SessionManager() as manager:
        client = client_of(server, session=manager)
        view = client.with_options(timeout=60)
        call = asyncio.create_task(get(view))
        await server.received(1)
        await client.aclose()
        with pytest.raises(ClientClosedError, match="closed during the call"):
            await call
        with pytest.raises(ClientClosedError, match="create a new one"):
            await get(view)
        for closed in (client, view):
            with pytest.raises(ClientClosedError, match="create a new one"):
                closed.with_options(timeout=5)


async def test_client_of_a_closed_manager_has_no_views() -> None:
    manager = SessionManager()
    client = LeadsClient(CANARY, session=manager)
    await manager.aclose()
    with pytest.raises(ClientClosedError):
        client.with_options(timeout=5)
