"""Test the constructor, the sessions and the end of `LeadsClient`."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import aiohttp
import attrs
import pytest

from pipedrive_leads_async import (
    AccessToken,
    ApiToken,
    Lead,
    LeadsClient,
    Rate,
    RetryPolicy,
    SessionManager,
    Timeouts,
    custom_field,
)
from pipedrive_leads_async.errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    ServerError,
    WrongLoopError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import CANARY, DONE, ID, LEAD, client_of, get, update
from tests.support.raw_server import RawServer, failure, http, success

KEY = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    budget: int | None = custom_field(KEY)


class Undecorated(Lead):
    budget: int | None = custom_field(KEY)


# The constructor


def test_constructor_needs_no_event_loop_and_opens_nothing() -> None:
    LeadsClient(CANARY)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("a-canary", "x-api-token", "a-canary"),
        (ApiToken("a-canary"), "x-api-token", "a-canary"),
        (AccessToken("v1u:token"), "authorization", "Bearer v1u:token"),
    ],
    ids=["str", "ApiToken", "AccessToken"],
)
async def test_credential_is_sent_in_its_header(
    auth: str | ApiToken | AccessToken, header: str, value: str
) -> None:
    async with RawServer(DONE) as server, LeadsClient(auth, base_url=server.url) as client:
        await get(client)
        [request] = server.requests
    assert request.headers[header] == value
    assert len({"x-api-token", "authorization"} & set(request.headers)) == 1


async def test_base_url_is_that_of_pipedrive_by_default() -> None:
    async with (
        RawServer((http(407),)) as proxy,
        SessionManager(proxy=proxy.origin) as manager,
        LeadsClient(CANARY, session=manager, retry=RetryPolicy(attempts=1)) as client,
    ):
        with pytest.raises(ConnectionFailedError):
            await get(client)
        [request] = proxy.requests
    assert (request.method, request.target) == ("CONNECT", "api.pipedrive.com:443")


async def test_content_type_is_sent_only_with_a_body() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await get(client)
        await client.request("POST", "/v1/persons")
        await update(client)
        *without, changed = server.requests
    for request in without:
        assert (request.headers.get("content-type"), request.body) == (None, b"")
    assert (changed.headers.get("content-type"), changed.json) == (
        "application/json",
        {"title": "Bigger order"},
    )


async def test_credential_is_read_from_the_environment_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", "of-the-environment")
    async with RawServer(DONE) as server, LeadsClient(base_url=server.url) as client:
        await get(client)
        assert server.requests[0].headers["x-api-token"] == "of-the-environment"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"auth": None}, "auth"),
        ({"auth": ""}, "auth"),
        ({"auth": f"v1u:{CANARY}"}, "auth"),
        ({"auth": f" {CANARY}"}, "auth"),
        ({"auth": f"{CANARY}\n"}, "auth"),
        ({"auth": f"{CANARY}é"}, "auth"),
        ({"base_url": ""}, "base_url"),
        ({"base_url": "http://api.pipedrive.com/v1"}, "base_url"),
        ({"base_url": f"https://user:{CANARY}@acme.pipedrive.com"}, "base_url"),
        ({"base_url": f"https://acme.pipedrive.com?api_token={CANARY}"}, "base_url"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"lead_type": dict}, "lead_type"),
        ({"lead_type": None}, "lead_type"),
        ({"lead_type": Undecorated}, "lead_type"),
    ],
    ids=str,
)
def test_invalid_argument_is_refused_by_name(
    arguments: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", "of-the-environment")
    all_arguments: dict[str, Any] = {"auth": CANARY, **arguments}
    with pytest.raises(ConfigurationError, match=rf"\b{name} ") as caught:
        LeadsClient(**all_arguments)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"auth": 5},
        {"base_url": 5},
        {"session": CANARY},
        {"timeout": "5"},
        {"timeout": True},
        {"retry": 3},
        {"on_attempt": "print"},
    ],
    ids=str,
)
def test_argument_of_another_type_is_refused_by_name(arguments: dict[str, Any]) -> None:
    [name] = arguments
    all_arguments: dict[str, Any] = {"auth": CANARY, **arguments}
    with pytest.raises(TypeError, match=f"^{name} must be") as caught:
        LeadsClient(**all_arguments)
    assert CANARY not in str(caught.value)


def test_missing_credential_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PIPEDRIVE_API_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="PIPEDRIVE_API_TOKEN is not set"):
        LeadsClient()


async def test_leads_are_instances_of_the_lead_type() -> None:
    async with (
        RawServer((success(LEAD | {KEY: 5}),)) as server,
        LeadsClient(CANARY, base_url=server.url, lead_type=MyLead) as client,
    ):
        lead = await client.get_lead(ID)
    assert (type(lead), lead.budget) == (MyLead, 5)


@pytest.mark.parametrize("value", [0.05, Timeouts(deadline=0.05)], ids=["seconds", "Timeouts"])
async def test_number_as_timeout_is_the_deadline(value: float | Timeouts) -> None:
    async with RawServer((10.0,)) as server, client_of(server, timeout=value) as client:
        with pytest.raises(TimeoutError, match=r"deadline of 0\.05 s"):
            await get(client)


async def test_retry_policy_limits_the_attempts() -> None:
    async with RawServer((failure(500),)) as server:
        async with client_of(server, retry=RetryPolicy(attempts=2, base=0.001)) as client:
            with pytest.raises(ServerError):
                await get(client)
        assert len(server.requests) == 2


# Sessions


async def test_clients_of_several_accounts_share_only_connections() -> None:
    cookie = success(LEAD, set_cookie="account=first; Path=/", x_ratelimit_limit="20")
    async with RawServer((cookie,), DONE) as server, SessionManager() as manager:
        # A host name, because a cookie jar keeps no cookies of an IP address.
        url = server.url.replace("127.0.0.1", "localhost")
        rates: list[Rate] = []
        for token in ("first-token", "second-token"):
            async with LeadsClient(token, base_url=url, session=manager) as client:
                await get(client)
                rates.append(client.rate)
        assert [rate.limit for rate in rates] == [20, None]
        assert server.connections == 1
        first, second = server.requests
    assert first.headers["x-api-token"] == "first-token"
    assert second.headers["x-api-token"] == "second-token"
    assert "cookie" not in second.headers


async def test_shared_manager_stays_open_when_its_clients_close() -> None:
    async with RawServer(DONE) as server, SessionManager() as manager:
        async with client_of(server, session=manager):
            pass
        assert not manager.closed
        async with client_of(server, session=manager) as client:
            await get(client)


async def test_lent_session_stays_open_when_its_client_closes() -> None:
    async with RawServer(DONE) as server, aiohttp.ClientSession() as session:
        async with client_of(server, session=session) as client:
            await get(client)
        assert not session.closed
        async with session.get(server.url) as response:
            assert response.status == 200
        assert server.connections == 1


async def test_rate_has_the_limits_that_the_server_reported() -> None:
    async with (
        Sandbox(leads=1, burst=(20, 2.0), daily_tokens=1000) as sandbox,
        LeadsClient(sandbox.api_token, base_url=sandbox.url) as client,
    ):
        assert client.rate == Rate()
        await client.get_lead(sandbox.leads[0]["id"])
        rate = client.rate
    assert (rate.limit, rate.remaining) == (20, 19)
    assert (rate.daily_limit, rate.daily_remaining) == (1000, 998)
    assert rate.observed_at is not None


# Closing


async def test_closed_client_sends_nothing_and_can_be_closed_again() -> None:
    async with RawServer(DONE) as server:
        client = client_of(server)
        await get(client)
        await client.aclose()
        await client.aclose()
        with pytest.raises(
            ClientClosedError, match=r"^getLead: the client is closed: create a new"
        ):
            await get(client)
        assert len(server.requests) == 1


async def test_client_that_sent_nothing_can_be_closed() -> None:
    await LeadsClient(CANARY).aclose()


async def test_error_in_the_async_with_block_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        async with LeadsClient(CANARY):
            raise ZeroDivisionError


def test_plain_with_is_an_error_that_names_async_with() -> None:
    client: Any = LeadsClient(CANARY)
    with pytest.raises(TypeError, match="async with"), client:
        pytest.fail("the block was entered")


def test_call_from_another_event_loop_is_a_wrong_loop_error(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    with asyncio.Runner() as runner:
        labels = runner.run(client.get_lead_labels())
        with pytest.raises(WrongLoopError):
            asyncio.run(client.get_lead_labels())
        assert runner.run(client.get_lead_labels()) == labels
        runner.run(client.aclose())


def test_governor_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^governor must be a Governor, got int: write"):
        LeadsClient("a-canary", governor=cast("Any", 3))
