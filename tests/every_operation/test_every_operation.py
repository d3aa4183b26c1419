"""What every operation does with answers that are odd, and with arguments that are hostile."""

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
from tests.every_operation.operations import EVERY, JOB_ID, ONE_OF_EACH_KIND, Operation, envelope
from tests.every_operation.outcomes import call, carry_out, connector_of, serving
from tests.support.calls import ID, client_of
from tests.support.network_failures import Road
from tests.support.raw_server import End, RawServer, http
from tests.support.sandbox_api import until

# Odd, and right


def in_chunks_of_one_byte(body: bytes) -> bytes:
    chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body)
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


ODD: Final[dict[str, Callable[[bytes], bytes]]] = {
    "called a page": lambda body: http(200, body, content_type="text/html"),
    "in an unknown charset": lambda body: http(
        200, body, content_type="application/json; charset=bogus"
    ),
    "in a charset that it is not in": lambda body: http(
        200, body, content_type="application/json; charset=utf-16"
    ),
    "with another status of success": lambda body: http(299, body),
    "within blanks": lambda body: http(200, b"\r\n\t " + body + b"\n"),
    "in chunks of one byte": in_chunks_of_one_byte,
    "compressed": lambda body: http(200, gzip.compress(body), content_encoding="gzip"),
    "by HTTP/1.0": lambda body: http(200, body).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "after others that are none": lambda body: (
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + http(200, body)
    ),
    "with another that nobody asked for": lambda body: (
        http(200, body) + http(200, envelope({"id": "another", "title": "Another"}))
    ),
    "with a cookie": lambda body: http(200, body, set_cookie="session=1; Path=/"),
}


@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_is_understood_and_changes_nothing_for_the_next(
    odd: str, operation: Operation
) -> None:
    answer = (ODD[odd](operation.body),)
    # By a name, as cookies of a bare address are kept by no jar.
    async with serving(operation, answer, road=Road()) as (client, server):
        for requests in (1, 2):
            assert await call(operation, client) == (operation.gives, None)
            assert len(server.requests) == requests
        assert not [request for request in server.requests if "cookie" in request.headers]


@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
async def test_a_connection_that_the_server_closed_meanwhile_is_not_used(
    operation: Operation,
) -> None:
    told: list[Attempt] = []
    answer = (*operation.answer, End.FIN)
    async with serving(operation, answer, on_attempt=told.append) as (client, server):
        for _ in range(3):
            assert await call(operation, client) == (operation.gives, None)
            await until(lambda: not idle_connections(client))
        assert server.connections == 3
    assert [attempt.number for attempt in told] == [1, 1, 1]


def idle_connections(client: LeadsClient) -> int:
    kept: dict[object, list[tuple[Any, float]]] = vars(connector_of(client))["_conns"]
    return sum(protocol.is_connected() for each in kept.values() for protocol, _ in each)


# Another shape


@EVERY
async def test_data_of_another_shape_is_an_error_that_is_not_asked_for_again(
    operation: Operation,
) -> None:
    if operation.malformed is None:
        return
    seen = await carry_out(operation, (http(200, operation.malformed),))
    assert isinstance(seen.error, DecodeError)
    assert seen.requests == 1


@EVERY
async def test_data_that_is_null_is_an_empty_list_and_no_item(operation: Operation) -> None:
    seen = await carry_out(operation, (http(200, envelope(None)),))
    if isinstance(operation.gives, list):
        assert (seen.result, seen.error) == ([], None)
    elif operation.malformed is not None:
        assert isinstance(seen.error, DecodeError)
    else:
        assert seen.error is None


# What an answer repeats of a request


@EVERY
@pytest.mark.parametrize(("status", "kind"), [(400, ApiError), (200, UnexpectedResponseError)])
async def test_what_pipedrive_says_of_a_person_is_in_no_message_and_no_log(
    status: int, kind: type[Exception], operation: Operation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error, info = "no " * 2000, "ann@example.com " * 1000
    said = {"success": False, "error": error, "error_info": info, "data": {"name": "Ann"}}
    body = json.dumps(said).encode()
    seen = await carry_out(operation, (http(status, body),))
    assert isinstance(seen.error, kind)
    assert len(str(seen.error)) < 400
    assert "ann" not in (str(seen.error) + caplog.text).lower()
    if isinstance(seen.error, ApiError):
        assert (seen.error.error, seen.error.error_info) == (error[:2048], info[:2048])


# What would lead elsewhere

ByID: TypeAlias = Callable[[LeadsClient, str], Coroutine[Any, Any, object]]

BY_ID: Final[dict[str, ByID]] = {
    "get_lead": lambda c, to: c.get_lead(to),
    "update_lead": lambda c, to: c.update_lead(to, UpdateLeadRequest(title="Big order")),
    "change_lead_labels": lambda c, to: c.change_lead_labels(to, add=[ID]),
    "change_lead_labels, the label": lambda c, to: c.change_lead_labels(ID, add=[to]),
    "delete_lead": lambda c, to: c.delete_lead(to),
    "get_lead_users": lambda c, to: c.get_lead_users(to),
    "update_lead_label": lambda c, to: c.update_lead_label(to, UpdateLeadLabelRequest(name="Hot")),
    "delete_lead_label": lambda c, to: c.delete_lead_label(to),
    "convert_lead_to_deal": lambda c, to: c.convert_lead_to_deal(to),
    "get_lead_conversion_status": lambda c, to: c.get_lead_conversion_status(to, JOB_ID),
    "its conversion": lambda c, to: c.get_lead_conversion_status(ID, to),
    "the conversion of a deal": lambda c, to: c.get_deal_conversion_status(7, to),
    "request": lambda c, to: c.request("DELETE", f"/v1/leads/{to}"),
}

HOSTILE: Final = {
    "empty": "",
    "a slash": "/",
    "a dot": ".",
    "two dots": "..",
    "a way up": "../persons/1",
    "an encoded way up": "%2e%2e/persons/1",
    "a query": "?ids=1",
    "a fragment": "#1",
    "a backslash": "..\\persons\\1",
    "a line break": "1\r\nx-admin: 1",
    "a null": f"{ID}\0",
    "a blank": " ",
    "another host": "//evil.example/",
    "half of a surrogate pair": "\ud800",
    "ten megabytes": "/" * 10_000_000,
}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_no_id_leads_elsewhere(hostile: str) -> None:
    async with RawServer((http(),)) as server:
        async with client_of(server) as client:
            for by_id in BY_ID.values():
                with pytest.raises(InvalidRequestError) as caught:
                    await by_id(client, HOSTILE[hostile])
                assert len(str(caught.value)) < 400
        assert not server.connections
