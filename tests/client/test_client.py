"""The client: what it can be made of, its way to any endpoint, and its end."""

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
    InvalidRequestError,
    NotFoundError,
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


# What it can be made of


def test_making_a_client_needs_no_event_loop_and_opens_nothing() -> None:
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
async def test_each_credential_has_its_header(
    auth: str | ApiToken | AccessToken, header: str, value: str
) -> None:
    async with RawServer(DONE) as server, LeadsClient(auth, base_url=server.url) as client:
        await get(client)
        [request] = server.requests
    assert request.headers[header] == value
    assert len({"x-api-token", "authorization"} & set(request.headers)) == 1


async def test_left_out_the_base_url_is_pipedrives() -> None:
    async with (
        RawServer((http(407),)) as proxy,
        SessionManager(proxy=proxy.origin) as manager,
        LeadsClient(CANARY, session=manager, retry=RetryPolicy(attempts=1)) as client,
    ):
        with pytest.raises(ConnectionFailedError):
            await get(client)
        [request] = proxy.requests
    assert (request.method, request.target) == ("CONNECT", "api.pipedrive.com:443")


async def test_only_what_has_a_body_says_its_type() -> None:
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


async def test_left_out_the_credential_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_what_cannot_be_is_refused_by_its_name(
    arguments: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", "of-the-environment")
    given: dict[str, Any] = {"auth": CANARY, **arguments}
    with pytest.raises(ConfigurationError, match=rf"\b{name} ") as caught:
        LeadsClient(**given)
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
def test_another_type_is_refused_by_its_name(arguments: dict[str, Any]) -> None:
    [name] = arguments
    given: dict[str, Any] = {"auth": CANARY, **arguments}
    with pytest.raises(TypeError, match=f"^{name} must be") as caught:
        LeadsClient(**given)
    assert CANARY not in str(caught.value)


def test_without_a_credential_anywhere_it_says_where_one_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PIPEDRIVE_API_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="PIPEDRIVE_API_TOKEN is not set"):
        LeadsClient()


async def test_leads_come_as_the_class_that_was_asked_for() -> None:
    async with (
        RawServer((success(LEAD | {KEY: 5}),)) as server,
        LeadsClient(CANARY, base_url=server.url, lead_type=MyLead) as client,
    ):
        lead = await client.get_lead(ID)
    assert (type(lead), lead.budget) == (MyLead, 5)


@pytest.mark.parametrize("given", [0.05, Timeouts(deadline=0.05)], ids=["seconds", "Timeouts"])
async def test_a_number_as_timeout_is_the_deadline(given: float | Timeouts) -> None:
    async with RawServer((10.0,)) as server, client_of(server, timeout=given) as client:
        with pytest.raises(TimeoutError, match=r"deadline of 0\.05 s"):
            await get(client)


async def test_a_retry_policy_is_kept() -> None:
    async with RawServer((failure(500),)) as server:
        async with client_of(server, retry=RetryPolicy(attempts=2, base=0.001)) as client:
            with pytest.raises(ServerError):
                await get(client)
        assert len(server.requests) == 2


# Any endpoint


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_any_endpoint_is_reached_and_its_data_given(method: str) -> None:
    async with RawServer((success([1, 2]),)) as server, client_of(server) as client:
        params: dict[str, str | int] = {"term": "ä&b", "limit": 5}
        assert await client.request(method, "/v1/persons/42", params=params) == [1, 2]
        [request] = server.requests
    assert request.method == method
    assert request.target == "/v1/persons/42?term=%C3%A4%26b&limit=5"
    assert request.headers["x-api-token"] == CANARY
    assert not request.body


async def test_what_is_sent_to_an_endpoint_is_json() -> None:
    async with RawServer((success({"id": 1}),)) as server, client_of(server) as client:
        await client.request("POST", "/v1/persons", json={"name": "Ä"})
        [request] = server.requests
    assert request.json == {"name": "Ä"}
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("base", ["/v1", "/api/v1"])
async def test_the_second_version_is_on_the_same_host(base: str) -> None:
    async with RawServer((success(),)) as server:
        async with LeadsClient(CANARY, base_url=f"{server.origin}{base}") as client:
            await client.request("GET", "/api/v2/deals")
        assert server.requests[0].target == "/api/v2/deals"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "leads",
        "/v1",
        "/v1/",
        "/v2/leads",
        "//evil.example/v1/leads",
        "https://evil.example/v1/leads",
        "/v1/leads/../persons/1",
        "/v1/leads/%2e%2e/persons",
        "/v1/leads?api_token=x",
        "/v1/leads#x",
        "/v1/le ads",
        "/v1/leads\r\nx: y",
        "/v1/läds",
    ],
)
async def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    async with RawServer(DONE) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=r"^path"):
                await client.request("GET", path)
        assert not server.connections


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"method": "get"}, InvalidRequestError),
        ({"method": "GET /v1/leads HTTP/1.1\r\n"}, InvalidRequestError),
        ({"method": b"GET"}, TypeError),
        ({"path": 42}, TypeError),
        ({"params": {"": "x"}}, InvalidRequestError),
        ({"params": {1: "x"}}, TypeError),
        ({"params": {"x": "\ud800"}}, InvalidRequestError),
        ({"params": {"x": None}}, TypeError),
        ({"params": {"x": True}}, TypeError),
        ({"params": {"x": 1.5}}, TypeError),
        ({"json": {"x": float("nan")}}, InvalidRequestError),
        ({"json": {"x": b"no JSON"}}, TypeError),
    ],
    ids=str,
)
async def test_a_request_that_cannot_be_sent_is_refused_before_it_is(
    arguments: dict[str, Any], kind: type[Exception]
) -> None:
    given: dict[str, Any] = {"method": "GET", "path": "/v1/users/me", **arguments}
    async with RawServer(DONE) as server:
        async with client_of(server) as client:
            with pytest.raises(kind, match=rf"^({'|'.join(arguments)}|the request)\b"):
                await client.request(**given)
        assert not server.connections


async def test_an_error_of_any_endpoint_names_it() -> None:
    async with RawServer((failure(404),)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError, match=r"^DELETE /v1/persons/42: Pipedrive returned 404"):
            await client.request("DELETE", "/v1/persons/42")


# Sessions


async def test_clients_of_several_accounts_share_connections_and_nothing_else() -> None:
    cookie = success(LEAD, set_cookie="account=first; Path=/", x_ratelimit_limit="20")
    async with RawServer((cookie,), DONE) as server, SessionManager() as manager:
        # By name, as cookies of a bare address are kept by no jar.
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


async def test_a_shared_manager_outlives_its_clients() -> None:
    async with RawServer(DONE) as server, SessionManager() as manager:
        async with client_of(server, session=manager):
            pass
        assert not manager.closed
        async with client_of(server, session=manager) as client:
            await get(client)


async def test_a_lent_session_outlives_its_client() -> None:
    async with RawServer(DONE) as server, aiohttp.ClientSession() as session:
        async with client_of(server, session=session) as client:
            await get(client)
        assert not session.closed
        async with session.get(server.url) as answer:
            assert answer.status == 200
        assert server.connections == 1


async def test_what_the_server_says_of_its_limits_is_known() -> None:
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


# The end


async def test_a_closed_client_sends_nothing_and_closes_again() -> None:
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


async def test_closing_a_client_that_did_nothing_is_fine() -> None:
    await LeadsClient(CANARY).aclose()


async def test_an_error_in_the_block_leaves_it() -> None:
    with pytest.raises(ZeroDivisionError):
        async with LeadsClient(CANARY):
            raise ZeroDivisionError


def test_plain_with_says_what_to_write_instead() -> None:
    client: Any = LeadsClient(CANARY)
    with pytest.raises(TypeError, match="async with"), client:
        pytest.fail("it was entered")


def test_another_event_loop_is_named(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    with asyncio.Runner() as runner:
        labels = runner.run(client.get_lead_labels())
        with pytest.raises(WrongLoopError):
            asyncio.run(client.get_lead_labels())
        assert runner.run(client.get_lead_labels()) == labels
        runner.run(client.aclose())


def test_a_governor_is_one() -> None:
    with pytest.raises(TypeError, match=r"^governor must be a Governor, got int$"):
        LeadsClient("a-canary", governor=cast("Any", 3))
