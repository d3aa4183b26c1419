"""Test that no operation shows a credential that the server repeats in every part of a response."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

import pytest

from pipedrive_leads_async import (
    AccessToken,
    ApiToken,
    Attempt,
    DecodeError,
    IdempotencyKeyLostError,
    LeadsClient,
    PipedriveError,
    SessionManager,
)
from tests.every_operation.operations import (
    EACH_OPERATION,
    EMPTY_PAGE,
    LEAD_ROW,
    NEW_LEAD,
    ONE_OF_EACH_KIND,
    OPERATIONS,
)
from tests.every_operation.outcomes import call, quick_governor
from tests.every_operation.table.exchanges import Operation, envelope
from tests.support.calls import CANARY, ID, QUICK
from tests.support.canaries import canary_in
from tests.support.raw_server import RawServer, ScriptedResponse, http
from tests.support.secrets.repeated import HEADERS, echo_of, repeated
from tests.support.secrets.scanner import text_of_error, text_of_object

TOKEN: Final = f"v1u:{CANARY}+/=&'end"
"""A token whose forms in URLs, JSON and HTML are different texts."""

AUTHS: Final[dict[str, ApiToken | AccessToken]] = {
    "API token": ApiToken(TOKEN),
    "access token": AccessToken(TOKEN),
}

PASSWORD: Final = f"{CANARY}@:/"


def responses_to(operation: Operation, echo: str) -> list[ScriptedResponse]:
    """Return responses of every kind, with the echo in each header and field."""
    headers = dict.fromkeys(HEADERS, echo)
    row = {"id": 5, "title": echo, "name": echo, echo: echo}
    bodies: list[Any] = [
        json.loads(operation.malformed or operation.body),
        {"success": False, "error": "", "error_info": "", "code": ""},
        {"data": [row], "additional_data": {}},
        {"success": "", "data": [row], "additional_data": {"pagination": {"next_start": ""}}},
        {"success": True, "data": {"items": [row]}, "additional_data": {"next_cursor": 5}},
        {"success": True, "data": [row]},
        {"success": True, "data": row},
        {"success": True, "data": ""},
        "",
    ]
    whole = [json.dumps(repeated(body, echo)).encode() for body in bodies]
    failed = json.dumps({"success": False, "error": echo, "error_info": echo, "code": echo})
    statuses = (302, 400, 401, 402, 403, 404, 410, 422, 429, 500)
    return [
        *((http(200, body, **headers),) for body in [*whole, echo.encode()]),
        *((http(status, failed.encode(), **headers),) for status in statuses),
    ]


@asynccontextmanager
async def observed(
    server: RawServer, auth: ApiToken | AccessToken, **options: Any
) -> AsyncGenerator[tuple[LeadsClient, list[Attempt]]]:
    """Yield a client and the attempts that its hook receives."""
    attempts: list[Attempt] = []
    options = {"retry": QUICK, "governor": quick_governor(), **options}
    async with LeadsClient(
        auth, base_url=server.url, on_attempt=attempts.append, **options
    ) as client:
        yield client, attempts


def check(*shown: str) -> None:
    for text in shown:
        assert canary_in(text) is None
        assert canary_in(text.lower()) is None


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@EACH_OPERATION
async def test_repeated_credential_is_shown_nowhere(
    operation: Operation, auth: ApiToken | AccessToken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pipedrive_leads_async")
    errors = 0
    before = [(http(200, body),) for body in operation.before]
    responses = responses_to(operation, echo_of(TOKEN))
    for response in responses:
        async with (
            RawServer(*before, response) as server,
            observed(server, auth) as (client, attempts),
        ):
            _, error = await call(operation, client)
        check(*map(text_of_object, attempts))
        if error is not None:
            errors += 1
            check(text_of_error(error))
    assert errors > len(responses) / 2
    check(*(f"{record.getMessage()} {vars(record)}" for record in caplog.records))


async def test_credential_is_removed_from_a_malformed_lead_before_the_hook() -> None:
    rows = [
        {"id": TOKEN, "title": 5, "note": f"x {TOKEN} y", "deep": [[{TOKEN: [TOKEN]}]]},
        {"id": 7, "title": "fine"},
    ]
    body = json.dumps({"success": True, "data": rows}).encode()
    malformed: list[DecodeError] = []
    async with (
        RawServer((http(200, body),)) as server,
        observed(server, ApiToken(TOKEN)) as (client, _),
    ):
        assert [lead async for lead in client.get_leads(on_malformed=malformed.append)] == []
    first, second = malformed
    assert first.lead_id is None
    assert first.raw == {
        "id": "***",
        "title": 5,
        "note": "x *** y",
        "deep": [[{"***": ["***"]}]],
    }
    assert second.raw == rows[1]
    check(*map(text_of_error, malformed))


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead"])
async def test_credential_is_removed_from_a_lead_without_its_key(name: str) -> None:
    lead = LEAD_ROW | {"origin_id": f"id of {TOKEN}", "channel_id": TOKEN, TOKEN: [TOKEN]}
    pages = [(http(200, EMPTY_PAGE),)] * 2 * (name == "ensure_lead")
    async with (
        RawServer(*pages, (http(200, envelope(lead)),)) as server,
        observed(server, ApiToken(TOKEN)) as (client, _),
    ):
        with pytest.raises(IdempotencyKeyLostError) as caught:
            await getattr(client, name)(NEW_LEAD, idempotency_key="an-order")
    found = caught.value.lead
    assert (found.id, found.title, found.origin_id) == (ID, "Big order", "id of ***")
    assert found.extra["***"] == ["***"]
    check(text_of_error(caught.value))


async def test_request_id_without_a_credential_is_kept() -> None:
    request_id = "8ba414d0-8ad8-11ef-9e9e-07879dd74146-8ba414d0-8ad8-11ef-9e9e-07879dd74146"
    async with (
        RawServer((http(404, x_correlation_id=request_id),)) as server,
        observed(server, ApiToken(TOKEN)) as (client, attempts),
    ):
        [operation] = [each for each in OPERATIONS if each.name == "get_lead"]
        _, error = await call(operation, client)
    assert isinstance(error, PipedriveError)
    assert error.request_id == attempts[0].request_id == request_id


@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda operation: operation.name)
async def test_password_of_a_proxy_is_shown_nowhere(operation: Operation) -> None:
    echo = " ".join(map(echo_of, (PASSWORD, f"canary-user:{PASSWORD}")))
    for response in responses_to(operation, echo):
        async with AsyncExitStack() as stack:
            before = [(http(200, body),) for body in operation.before]
            proxy = await stack.enter_async_context(RawServer(*before, response))
            url = proxy.origin.replace("://", f"://canary-user:{quote(PASSWORD, safe='')}@")
            manager = await stack.enter_async_context(SessionManager(proxy=url))
            client, attempts = await stack.enter_async_context(
                observed(proxy, ApiToken("another-token"), session=manager)
            )
            _, error = await call(operation, client)
        check(*map(text_of_object, attempts))
        if error is not None:
            check(text_of_error(error))
