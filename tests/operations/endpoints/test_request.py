"""Test `request` and `request_envelope`, which send a request to any endpoint."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.errors import InvalidRequestError, NotFoundError
from tests.support.calls import CANARY, DONE, client_of
from tests.support.raw_server import RawServer, failure, http, success


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_request_returns_the_data_of_any_endpoint(method: str) -> None:
    async with RawServer((success([1, 2]),)) as server, client_of(server) as client:
        params: dict[str, str | int] = {"term": "ä&b", "limit": 5}
        assert await client.request(method, "/v1/persons/42", params=params) == [1, 2]
        [request] = server.requests
    assert request.method == method
    assert request.target == "/v1/persons/42?term=%C3%A4%26b&limit=5"
    assert request.headers["x-api-token"] == CANARY
    assert not request.body


async def test_json_is_sent_as_the_body() -> None:
    async with RawServer((success({"id": 1}),)) as server, client_of(server) as client:
        await client.request("POST", "/v1/persons", json={"name": "Ä"})
        [request] = server.requests
    assert request.json == {"name": "Ä"}
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("base", ["/v1", "/api/v1"])
async def test_version_2_of_the_api_is_on_the_same_host(base: str) -> None:
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
async def test_invalid_path_is_refused_before_any_request(path: str) -> None:
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
        ({"params": {"x": 1.5}}, TypeError),
        ({"params": [("x", 1)]}, TypeError),
        ({"json": {"x": float("nan")}}, InvalidRequestError),
        ({"json": {"x": b"no JSON"}}, TypeError),
    ],
    ids=str,
)
async def test_invalid_argument_is_refused_before_any_request(
    arguments: dict[str, Any], kind: type[Exception]
) -> None:
    call: dict[str, Any] = {"method": "GET", "path": "/v1/users/me", **arguments}
    async with RawServer(DONE) as server:
        async with client_of(server) as client:
            with pytest.raises(kind, match=rf"^({'|'.join(arguments)}|the request)\b"):
                await client.request(**call)
        assert not server.connections


async def test_error_of_any_endpoint_names_its_method_and_path() -> None:
    async with RawServer((failure(404),)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError, match=r"^DELETE /v1/persons/42: Pipedrive returned 404"):
            await client.request("DELETE", "/v1/persons/42")


async def test_envelope_has_all_parts_of_the_response() -> None:
    body = {"success": True, "data": [1], "additional_data": {"next_cursor": "x"}, "related": {}}
    async with RawServer((http(200, json.dumps(body).encode()),)) as server:
        async with client_of(server) as client:
            envelope = await client.request_envelope("GET", "/api/v2/deals", params={"ids": [1, 2]})
        [request] = server.requests
    assert envelope == body
    assert request.target == "/api/v2/deals?ids=1,2"


async def test_envelope_of_a_deletion_that_an_earlier_attempt_did_has_no_data() -> None:
    async with RawServer((failure(500),), (failure(404),)) as server, client_of(server) as client:
        envelope = await client.request_envelope("DELETE", "/v1/files/1")
    assert envelope == {"success": True, "data": None}
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["request", "request_envelope", "iterate"])
def test_annotations_can_be_evaluated(name: str) -> None:
    assert "return" in get_type_hints(getattr(LeadsClient, name))
