"""Test `TokenEndpoint`: its requests, tokens in responses, and responses without a token."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from typing import Any

import attrs
import pytest

from pipedrive_leads_async._shared.secrets import Secret, SecretBytes
from pipedrive_leads_async.auth import Token, _token_endpoint
from pipedrive_leads_async.config import Timeouts
from pipedrive_leads_async.errors import (
    AuthUnavailableError,
    CertificateError,
    ConnectionFailedError,
    ReauthorizationRequiredError,
    ServerError,
    UnexpectedResponseError,
)
from tests.auth.token_calls import (
    CALLS,
    NOW,
    OLD,
    REFRESH_TOKEN,
    Call,
    endpoint_of,
    exchange,
    refresh,
    revoke,
)
from tests.support.raw_server import End, RawServer
from tests.support.token_server import (
    BASIC,
    CLIENT_SECRET,
    DOWN,
    LOST,
    REDIRECT_URI,
    Fault,
    TokenServer,
)


def test_repr_of_a_body_is_redacted() -> None:
    assert repr(SecretBytes(b"canary")) == "b'***'"
    assert SecretBytes(b"canary") == b"canary"


async def test_exchange_sends_the_code_and_returns_the_token() -> None:
    async with TokenServer() as server:
        token = await exchange(endpoint_of(server.url))
        [request] = server.requests
        assert token == server.token(expires_at=NOW + dt.timedelta(seconds=3599))
    assert request.target == "/oauth/token"
    assert request.form == {
        "grant_type": "authorization_code",
        "code": "canary-code",
        "redirect_uri": REDIRECT_URI,
    }


async def test_refresh_sends_the_refresh_token_and_returns_the_next_token() -> None:
    async with TokenServer() as server:
        token = await refresh(endpoint_of(server.url))
        [request] = server.requests
        assert token == server.token(expires_at=NOW + dt.timedelta(seconds=3599))
    assert request.target == "/oauth/token"
    assert request.form == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH_TOKEN.reveal(),
    }


@pytest.mark.parametrize(
    ("token", "form"),
    [
        (OLD, {"token": REFRESH_TOKEN.reveal(), "token_type_hint": "refresh_token"}),
        (Token("v1u:old"), {"token": "v1u:old", "token_type_hint": "access_token"}),
    ],
)
async def test_revoke_sends_the_refresh_token_or_the_access_token(
    token: Token, form: dict[str, str]
) -> None:
    async with TokenServer() as server:
        await endpoint_of(server.url).revoke(token)
        [request] = server.requests
    assert request.target == "/oauth/revoke"
    assert request.form == form


@pytest.mark.parametrize("call", CALLS)
async def test_request_is_a_form_with_basic_authorization(call: Call) -> None:
    async with TokenServer() as server:
        await call(endpoint_of(server.url))
        [request] = server.requests
    assert request.headers["authorization"] == BASIC
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "x-api-token" not in request.headers
    assert CLIENT_SECRET not in request.body


async def test_code_with_special_characters_is_encoded() -> None:
    code = "a&b=c+d e%20\u00e9"
    async with TokenServer() as server:
        with pytest.raises(ReauthorizationRequiredError):
            await endpoint_of(server.url).exchange(Secret(code), REDIRECT_URI, NOW)
        [request] = server.requests
    assert request.form["code"] == code


async def test_code_with_an_unpaired_surrogate_is_refused_by_the_host() -> None:
    async with TokenServer() as server:
        with pytest.raises(ReauthorizationRequiredError):
            await endpoint_of(server.url).exchange(Secret("\ud800"), REDIRECT_URI, NOW)


@pytest.mark.parametrize("faults", [(), (DOWN,)], ids=["first request", "second request"])
async def test_attributes_missing_in_the_response_keep_their_values(
    faults: tuple[Fault, ...],
) -> None:
    async with TokenServer(*faults, refresh_token=..., scope=..., api_domain=...) as server:
        token = await refresh(endpoint_of(server.url))
    assert token == attrs.evolve(
        OLD, access_token="v1u:canary-access-1", expires_at=NOW + dt.timedelta(seconds=3599)
    )


@pytest.mark.parametrize("value", [None, "", 5, ["x"], {"a": "b"}, True])
async def test_attributes_invalid_in_the_response_keep_their_values(value: Any) -> None:
    async with TokenServer(refresh_token=value, scope=value, api_domain=value) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.refresh_token == REFRESH_TOKEN
    assert (token.scope, token.api_domain) == (OLD.scope, OLD.api_domain)


@pytest.mark.parametrize("api_domain", ["https://evil.com", "https://acme.pipedrive.com@evil.com"])
async def test_api_domain_of_another_host_is_ignored(
    api_domain: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(api_domain=api_domain) as server:
        assert (await refresh(endpoint_of(server.url))).api_domain == OLD.api_domain
        assert (await exchange(endpoint_of(server.url))).api_domain is None
    assert len(caplog.records) == 2
    assert "canary" not in caplog.text


async def test_exchange_keeps_no_value_of_an_earlier_grant() -> None:
    async with TokenServer(refresh_token=..., scope=..., api_domain=...) as server:
        token = await exchange(endpoint_of(server.url))
    assert token == Token("v1u:canary-access-100", expires_at=token.expires_at)


LIFETIMES: list[tuple[Any, float]] = [
    (3599, 3599),
    (3599.5, 3599.5),
    ("3599", 3599),
    (" 3599 ", 3599),
    (1, 1),
    (86_400, 86_400),
    (86_401, 86_400),
    (10**12, 86_400),
    (1e300, 86_400),
    ("1e300", 86_400),
]
INVALID_LIFETIMES: list[Any] = [
    *(0, -1, -0.0, math.nan, math.inf, -math.inf, 10**400),
    *("0", "-5", "", "soon", "1 h", "nan", "inf"),
    *(None, True, False, [3600], {"seconds": 3600}, ...),
]


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [*LIFETIMES, *((value, None) for value in INVALID_LIFETIMES)],
    ids=lambda value: repr(value)[:20],
)
async def test_expires_at_is_now_plus_the_lifetime(expires_in: Any, seconds: float | None) -> None:
    async with TokenServer(expires_in=expires_in) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.access_token.reveal() == "v1u:canary-access-1"
    assert token.expires_at == (None if seconds is None else NOW + dt.timedelta(seconds=seconds))


async def test_int_of_5000_digits_does_not_lose_the_token() -> None:
    body = b'{"access_token": "v1u:new", "expires_in": %s}' % (b"9" * 5000)
    async with TokenServer(Fault(200, body)) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.access_token.reveal() == "v1u:new"
    assert token.expires_at is None


# Responses without a token


NO_TOKEN = {
    "empty": b"",
    "HTML": b"<html>canary",
    "truncated": b'{"access_token": "canary',
    "a list": b'["canary"]',
    "no access token": {"refresh_token": "canary"},
    "an access token of another type": {"access_token": 5, "refresh_token": "canary"},
    "an access token that cannot be sent": {"access_token": "canary\n"},
    "a refresh token that cannot be sent": {"access_token": "x", "refresh_token": "canary\n"},
    "success: false": {"success": False, "error": "canary"},
}
REDIRECT = Fault(307, headers={"location": "http://127.0.0.1:1/oauth/token?canary"})
UNUSABLE = {
    **{name: Fault(200, body, commits=False) for name, body in NO_TOKEN.items()},
    "lost": Fault(),
    "redirect": REDIRECT,
    **{str(status): Fault(status, {"error": "canary"}) for status in (408, 425, 500, 502, 503)},
    "text of another host": Fault(404, "not found: canary"),
}


@pytest.mark.parametrize("fault", UNUSABLE.values(), ids=UNUSABLE)
async def test_refresh_is_sent_again_after_one_unusable_response(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        token = await refresh(endpoint_of(server.url))
        assert token.access_token.reveal() == "v1u:canary-access-1"
        first, second = server.requests
    assert (first.target, first.body) == (second.target, second.body)


@pytest.mark.parametrize("fault", UNUSABLE.values(), ids=UNUSABLE)
async def test_refresh_raises_one_error_after_two_unusable_responses(fault: Fault) -> None:
    async with TokenServer(fault, fault) as server:
        with pytest.raises(AuthUnavailableError) as caught:
            await refresh(endpoint_of(server.url))
        assert len(server.requests) == 2
    assert str(caught.value).startswith("Pipedrive's OAuth host sent no usable response: ")
    assert "canary" not in str(caught.value)
    assert isinstance(
        caught.value.__cause__, ConnectionFailedError | ServerError | UnexpectedResponseError
    )


async def test_refresh_is_not_repeated_after_a_response_that_is_too_large() -> None:
    async with TokenServer(Fault(200, "[" + "{}," * 200_000 + "{}]")) as server:
        with pytest.raises(AuthUnavailableError, match="has more than 100,000 values"):
            await refresh(endpoint_of(server.url))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(200, "[]"), "the response with status 200 has no token"),
        (Fault(502), "Pipedrive's OAuth host returned 502"),
        (Fault(404, "<html>"), "Pipedrive's OAuth host returned 404 without a JSON object"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_error_of_an_unusable_response_has_its_status(fault: Fault, reason: str) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError) as caught:
            await exchange(endpoint_of(server.url))
    assert str(caught.value) == f"Pipedrive's OAuth host sent no usable response: {reason}"
    cause = caught.value.__cause__
    assert isinstance(cause, ServerError | UnexpectedResponseError)
    assert cause.status == fault.status


@pytest.mark.parametrize("fault", UNUSABLE.values(), ids=UNUSABLE)
async def test_code_is_never_sent_twice(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError):
            await exchange(endpoint_of(server.url))
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [DOWN, LOST, REDIRECT])
async def test_revocation_with_an_unknown_outcome_is_an_error(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError):
            await revoke(endpoint_of(server.url))
        assert len(server.requests) == 1


async def test_repeated_refresh_returns_the_token_of_the_lost_response() -> None:
    async with TokenServer(LOST, forgives=True) as server:
        assert await refresh(endpoint_of(server.url)) == server.token(
            expires_at=NOW + dt.timedelta(seconds=3599)
        )


@pytest.mark.parametrize("call", CALLS)
async def test_redirect_is_not_followed(call: Call) -> None:
    async with RawServer() as elsewhere:
        fault = Fault(307, headers={"location": f"{elsewhere.origin}/oauth/token"})
        async with TokenServer(fault, fault) as server:
            with pytest.raises(AuthUnavailableError):
                await call(endpoint_of(server.url))
        assert elsewhere.connections == 0


async def test_failed_connection_is_unavailable() -> None:
    async with RawServer() as server:
        pass
    for call in CALLS:
        with pytest.raises(AuthUnavailableError, match="the connection to ") as caught:
            await call(endpoint_of(server.origin))
        assert isinstance(caught.value.__cause__, ConnectionFailedError)


async def test_request_after_a_tls_failure_is_not_repeated() -> None:
    async with RawServer(on_connect=(b"plain text", End.FIN)) as server:
        with pytest.raises(AuthUnavailableError, match="TLS failed") as caught:
            await refresh(endpoint_of(server.origin.replace("http", "https")))
        assert isinstance(caught.value.__cause__, CertificateError)
        assert server.connections == 1


async def test_host_that_sends_no_data_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(read=0.01))
    async with RawServer((End.HANG,)) as server:
        with pytest.raises(AuthUnavailableError, match="no data arrived"):
            await refresh(endpoint_of(server.origin))
        assert len(server.requests) == 2


async def test_connecting_to_the_host_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(connect=0.05))
    async with RawServer(on_connect=(End.HANG,)) as server, asyncio.timeout(5.0):
        with pytest.raises(AuthUnavailableError, match="connecting took longer"):
            await refresh(endpoint_of(server.origin.replace("http:", "https:")))


async def test_response_that_arrives_byte_by_byte_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(deadline=0.1))
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"
    slow_response = (head, *(b" ", 0.01) * 9999)
    async with RawServer(slow_response) as server, asyncio.timeout(5.0):
        with pytest.raises(
            AuthUnavailableError, match=r"the response was not complete after 0\.1 s"
        ):
            await refresh(endpoint_of(server.origin))
        assert len(server.requests) == 2
