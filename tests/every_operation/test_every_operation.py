"""Test how every operation handles unusual responses and hostile arguments."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import (
    ApiError,
    Attempt,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    UnexpectedResponseError,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
)
from tests.every_operation.operations import CONVERSION_ID, EACH_OPERATION, ONE_OF_EACH_KIND
from tests.every_operation.outcomes import call, carry_out, connector_of, serving
from tests.every_operation.table.exchanges import Operation, collect, envelope
from tests.support.calls import ID, client_of
from tests.support.network_failures import Network
from tests.support.raw_server import End, RawServer, http
from tests.support.sandbox_api import until

# Unusual but valid responses


def in_chunks_of_one_byte(body: bytes) -> bytes:
    chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body)
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


UNUSUAL: Final[dict[str, Callable[[bytes], bytes]]] = {
    "content type of HTML": lambda body: http(200, body, content_type="text/html"),
    "unknown charset": lambda body: http(200, body, content_type="application/json; charset=bogus"),
    "wrong charset": lambda body: http(200, body, content_type="application/json; charset=utf-16"),
    "status 299": lambda body: http(299, body),
    "surrounding white space": lambda body: http(200, b"\r\n\t " + body + b"\n"),
    "chunks of one byte": in_chunks_of_one_byte,
    "compressed": lambda body: http(200, gzip.compress(body), content_encoding="gzip"),
    "HTTP/1.0": lambda body: http(200, body).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "interim responses first": lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + http(200, body),
    "an unrequested second response": lambda body: (
        http(200, body) + http(200, envelope({"id": "another", "title": "Another"}))
    ),
    "cookie": lambda body: http(200, body, set_cookie="session=1; Path=/"),
}


@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
@pytest.mark.parametrize("unusual", UNUSUAL)
async def test_unusual_response_is_accepted_and_does_not_affect_the_next(
    unusual: str, operation: Operation
) -> None:
    response = (UNUSUAL[unusual](operation.body),)
    # A host name, as no cookie jar stores cookies of an IP address.
    async with serving(operation, response, network=Network()) as (client, server):
        for requests in (1, 2):
            assert await call(operation, client) == (operation.result, None)
            assert len(server.requests) == requests
        assert not [request for request in server.requests if "cookie" in request.headers]


@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
async def test_connection_closed_by_the_server_is_not_reused(operation: Operation) -> None:
    attempts: list[Attempt] = []
    response = (*operation.response, End.FIN)
    async with serving(operation, response, on_attempt=attempts.append) as (client, server):
        for _ in range(3):
            assert await call(operation, client) == (operation.result, None)
            await until(lambda: not idle_connections(client))
        assert server.connections == 3
    assert [attempt.number for attempt in attempts] == [1, 1, 1]


def idle_connections(client: LeadsClient) -> int:
    kept: dict[object, list[tuple[Any, float]]] = vars(connector_of(client))["_conns"]
    return sum(protocol.is_connected() for each in kept.values() for protocol, _ in each)


# Data of the wrong shape


@EACH_OPERATION
async def test_malformed_data_is_an_error_without_a_retry(operation: Operation) -> None:
    if operation.malformed is None:
        return
    observed = await carry_out(operation, (http(200, operation.malformed),))
    assert isinstance(observed.error, DecodeError)
    assert observed.requests == 1


@EACH_OPERATION
async def test_null_data_is_an_empty_list_but_not_an_object(operation: Operation) -> None:
    observed = await carry_out(operation, (http(200, envelope(None)),))
    if isinstance(operation.result, list):
        assert (observed.result, observed.error) == ([], None)
    elif operation.malformed is not None:
        assert isinstance(observed.error, DecodeError)
    else:
        assert observed.error is None


# Personal data in responses


@EACH_OPERATION
@pytest.mark.parametrize(("status", "kind"), [(400, ApiError), (200, UnexpectedResponseError)])
async def test_personal_data_of_a_response_is_in_no_message_or_log(
    status: int, kind: type[Exception], operation: Operation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error, info = "no " * 2000, "ann@example.com " * 1000
    refusal = {"success": False, "error": error, "error_info": info, "data": {"name": "Ann"}}
    body = json.dumps(refusal).encode()
    observed = await carry_out(operation, (http(status, body),))
    assert isinstance(observed.error, kind)
    assert len(str(observed.error)) < 400
    assert "ann" not in (str(observed.error) + caplog.text).lower()
    if isinstance(observed.error, ApiError):
        assert (observed.error.error, observed.error.error_info) == (error[:2048], info[:2048])


# Ids that would change the path of a request

ByID: TypeAlias = Callable[[LeadsClient, str], Coroutine[Any, Any, object]]

BY_ID: Final[dict[str, ByID]] = {
    "get_lead": lambda c, x: c.get_lead(x),
    "update_lead": lambda c, x: c.update_lead(x, UpdateLeadRequest(title="Big order")),
    "change_lead_labels": lambda c, x: c.change_lead_labels(x, add=[ID]),
    "change_lead_labels (label)": lambda c, x: c.change_lead_labels(ID, add=[x]),
    "delete_lead": lambda c, x: c.delete_lead(x),
    "get_lead_users": lambda c, x: c.get_lead_users(x),
    "update_lead_label": lambda c, x: c.update_lead_label(x, UpdateLeadLabelRequest(name="Hot")),
    "delete_lead_label": lambda c, x: c.delete_lead_label(x),
    "convert_lead_to_deal": lambda c, x: c.convert_lead_to_deal(x),
    "get_lead_conversion_status": lambda c, x: c.get_lead_conversion_status(x, CONVERSION_ID),
    "get_lead_conversion_status (conversion)": lambda c, x: c.get_lead_conversion_status(ID, x),
    "get_deal_conversion_status": lambda c, x: c.get_deal_conversion_status(7, x),
    "request": lambda c, x: c.request("DELETE", f"/v1/leads/{x}"),
    "iterate": lambda c, x: collect(c.iterate(f"/v1/leads/{x}")),
}

HOSTILE: Final = {
    "empty": "",
    "slash": "/",
    "dot": ".",
    "two dots": "..",
    "parent path": "../persons/1",
    "encoded parent path": "%2e%2e/persons/1",
    "query": "?ids=1",
    "fragment": "#1",
    "backslash": "..\\persons\\1",
    "line break": "1\r\nx-admin: 1",
    "null byte": f"{ID}\0",
    "space": " ",
    "another host": "//evil.example/",
    "lone surrogate": "\ud800",
    "a megabyte": "/" * 1_000_000,
}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_id_is_refused_before_anything_is_sent(hostile: str) -> None:
    async with RawServer((http(),)) as server:
        async with client_of(server) as client:
            for by_id in BY_ID.values():
                with pytest.raises(InvalidRequestError) as caught:
                    await by_id(client, HOSTILE[hostile])
                assert len(str(caught.value)) < 400
        assert not server.connections
