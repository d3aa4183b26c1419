"""The OAuth host: what it refuses, and what an error tells of that."""

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
async def test_a_grant_that_is_gone_sends_the_user_to_grant_it_again(
    call: Call, status: int, body: Any
) -> None:
    async with TokenServer(Fault(status, body)) as server:
        with pytest.raises(ReauthorizationRequiredError, match=r"authorization_url\(\)") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.status == status
    assert caught.value.error is not None
    assert caught.value.error in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 415])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "invalid_client", "message": "bad secret"}, "invalid_client, bad secret"),
        ({"error": {"a": "b"}, "message": ["x"]}, ""),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("call", CALLS)
async def test_what_else_the_host_refuses_is_told_in_its_words(
    call: Call, status: int, body: Any, said: str
) -> None:
    async with TokenServer(Fault(status, body)) as server:
        with pytest.raises(AuthenticationError) as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    error = caught.value
    assert type(error) is AuthenticationError
    assert str(error) == f"Pipedrive's OAuth host answered {status}: {said}"
    assert (error.status, error.error) == (status, said)


async def test_another_secret_is_refused_as_pipedrive_does() -> None:
    async with TokenServer() as server:
        with pytest.raises(AuthenticationError, match="invalid_client"):
            await refresh(endpoint_of(server.url, secret="another"))


@pytest.mark.parametrize(
    ("asked", "seconds"),
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
async def test_too_many_requests_say_how_long_to_wait(
    call: Call, asked: dict[str, str], seconds: float | None
) -> None:
    async with TokenServer(Fault(429, "slow down", asked)) as server:
        with pytest.raises(AuthUnavailableError, match="429") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("call", [refresh, exchange])
async def test_a_host_that_is_down_says_how_long_to_wait(call: Call) -> None:
    down = Fault(503, "down", {"retry-after": "2.5"})
    async with TokenServer(down, down) as server:
        with pytest.raises(AuthUnavailableError, match="503") as caught:
            await call(endpoint_of(server.url))
    assert caught.value.retry_after == 2.5


@pytest.mark.parametrize("call", CALLS)
async def test_an_edge_that_blocks_this_client_is_not_asked_again(call: Call) -> None:
    async with TokenServer(Fault(403, "<html>blocked: canary")) as server:
        with pytest.raises(AuthUnavailableError, match="blocks this client") as caught:
            await call(endpoint_of(server.url))
        assert len(server.requests) == 1
    assert caught.value.retry_after == 300


@pytest.mark.parametrize("call", CALLS)
async def test_an_answer_that_repeats_the_secrets_is_told_without_them(call: Call) -> None:
    async with TokenServer(Fault(400, {"message": f"<sent> {CLIENT_SECRET}"})) as server:
        with pytest.raises(AuthenticationError) as caught:
            await call(endpoint_of(server.url))
    assert "canary" not in str(caught.value)
    assert BASIC not in str(caught.value)
    assert "***" in str(caught.value)


async def test_a_long_text_is_cut() -> None:
    async with TokenServer(Fault(400, {"error": "x" * 10_000})) as server:
        with pytest.raises(AuthenticationError) as caught:
            await refresh(endpoint_of(server.url))
    assert len(str(caught.value)) < 400
