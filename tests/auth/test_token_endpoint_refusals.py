"""Test the errors for requests that the OAuth host refuses."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async.errors import (
    AuthenticationError,
    AuthUnavailableError,
    ReauthorizationRequiredError,
)
from tests.auth.token_calls import CALLS, Call, endpoint_of, exchange, refresh
from tests.support.token_server import BASIC, CLIENT_SECRET, Fault, TokenServer


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant"},
        {"error": "invalid_grant", "error_description": "refresh_token is invalid"},
        {"error": "Invalid grant: refresh_token is invalid"},
        {"success": False, "message": "Invalid grant: refresh_token is invalid", "error": None},
        {"error_description": "INVALID GRANT"},
        {"error": "bad_request", "message": "invalid_grant"},
    ],
)
@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("call", [refresh, exchange])
async def test_invalid_grant_needs_a_new_authorization(call: Call, status: int, body: Any) -> None:
    async with TokenServer(Fault(status, body)) as server:
        with pytest.raises(ReauthorizationRequiredError, match=r"authorization_url\(\)") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.status == status
    assert caught.value.error is not None
    assert caught.value.error in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (status, body, text)
        for body, text in (
            ({"error": "invalid_client", "message": "bad secret"}, "invalid_client, bad secret"),
            ({"error": {"a": "b"}, "message": ["x"]}, ""),
            ({}, ""),
        )
        for status in (400, 401, 403, 404, 405, 415)
        if text or status != 403  # without a text, it is not from the host itself
    ],
)
@pytest.mark.parametrize("call", CALLS)
async def test_error_repeats_the_text_of_another_refusal(
    call: Call, status: int, body: Any, text: str
) -> None:
    async with TokenServer(Fault(status, body)) as server:
        with pytest.raises(AuthenticationError) as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    error = caught.value
    assert type(error) is AuthenticationError
    assert str(error) == f"Pipedrive's OAuth host returned {status}: {text}"
    assert (error.status, error.error) == (status, text)


async def test_wrong_client_secret_is_an_authentication_error() -> None:
    async with TokenServer() as server:
        with pytest.raises(AuthenticationError, match="invalid_client"):
            await refresh(endpoint_of(server.url, secret="another"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2.5"}, 2.5),
        (
            {
                "retry-after": "Wed, 21 Oct 2015 07:28:30 GMT",
                "date": "Wed, 21 Oct 2015 07:28:00 GMT",
            },
            30.0,
        ),
        ({}, None),
    ],
)
@pytest.mark.parametrize("call", CALLS)
async def test_error_of_a_429_has_the_retry_after(
    call: Call, headers: dict[str, str], seconds: float | None
) -> None:
    async with TokenServer(Fault(429, "slow down", headers)) as server:
        with pytest.raises(AuthUnavailableError, match="429") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("call", [refresh, exchange])
async def test_error_of_a_503_has_the_retry_after(call: Call) -> None:
    down = Fault(503, "down", {"retry-after": "2.5"})
    async with TokenServer(down, down) as server:
        with pytest.raises(AuthUnavailableError, match="503") as caught:
            await call(endpoint_of(server.url))
    assert caught.value.retry_after == 2.5


@pytest.mark.parametrize(
    "body",
    ["<html>blocked: canary", "error code: 1015", "", "[]", {}, {"title": "Forbidden"}],
    ids=str,
)
@pytest.mark.parametrize("call", CALLS)
async def test_request_is_not_repeated_after_a_block(call: Call, body: Any) -> None:
    async with TokenServer(Fault(403, body)) as server:
        with pytest.raises(AuthUnavailableError, match="blocks this client") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.retry_after == 300


@pytest.mark.parametrize("call", CALLS)
async def test_error_redacts_secrets_that_the_response_repeats(call: Call) -> None:
    async with TokenServer(Fault(400, {"message": f"<sent> {CLIENT_SECRET}"})) as server:
        with pytest.raises(AuthenticationError) as caught:
            await call(endpoint_of(server.url))
    assert "canary" not in str(caught.value)
    assert BASIC not in str(caught.value)
    assert "***" in str(caught.value)


async def test_error_cuts_a_long_text() -> None:
    async with TokenServer(Fault(400, {"error": "x" * 10_000})) as server:
        with pytest.raises(AuthenticationError) as caught:
            await refresh(endpoint_of(server.url))
    assert len(str(caught.value)) < 400
