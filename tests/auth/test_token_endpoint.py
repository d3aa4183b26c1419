"""The OAuth host: what it is sent, and what its answers mean, also those it should not give."""

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


def test_the_body_of_a_request_is_not_shown() -> None:
    assert repr(SecretBytes(b"canary")) == "b'***'"
    assert SecretBytes(b"canary") == b"canary"


async def test_a_code_is_exchanged() -> None:
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


async def test_a_token_is_refreshed() -> None:
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
async def test_a_grant_is_revoked(token: Token, form: dict[str, str]) -> None:
    async with TokenServer() as server:
        await endpoint_of(server.url).revoke(token)
        [request] = server.requests
    assert request.target == "/oauth/revoke"
    assert request.form == form


@pytest.mark.parametrize("call", CALLS)
async def test_the_app_shows_itself_by_basic_authorization_and_a_form(call: Call) -> None:
    async with TokenServer() as server:
        await call(endpoint_of(server.url))
        [request] = server.requests
    assert request.headers["authorization"] == BASIC
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "x-api-token" not in request.headers
    assert CLIENT_SECRET not in request.body


async def test_what_has_signs_of_a_form_in_it_arrives_as_it_was() -> None:
    code = "a&b=c+d e%20\u00e9"
    async with TokenServer() as server:
        with pytest.raises(ReauthorizationRequiredError):
            await endpoint_of(server.url).exchange(Secret(code), REDIRECT_URI, NOW)
        [request] = server.requests
    assert request.form["code"] == code


async def test_what_is_no_text_is_no_code_either() -> None:
    async with TokenServer() as server:
        with pytest.raises(ReauthorizationRequiredError):
            await endpoint_of(server.url).exchange(Secret("\ud800"), REDIRECT_URI, NOW)


@pytest.mark.parametrize("faults", [(), (DOWN,)], ids=["at once", "asked for once more"])
async def test_what_an_answer_leaves_out_stays_as_it_was(faults: tuple[Fault, ...]) -> None:
    async with TokenServer(*faults, refresh_token=..., scope=..., api_domain=...) as server:
        token = await refresh(endpoint_of(server.url))
    assert token == attrs.evolve(
        OLD, access_token="v1u:canary-access-1", expires_at=NOW + dt.timedelta(seconds=3599)
    )


@pytest.mark.parametrize("value", [None, "", 5, ["x"], {"a": "b"}, True])
async def test_what_an_answer_has_in_another_form_stays_as_it_was(value: Any) -> None:
    async with TokenServer(refresh_token=value, scope=value, api_domain=value) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.refresh_token == REFRESH_TOKEN
    assert (token.scope, token.api_domain) == (OLD.scope, OLD.api_domain)


@pytest.mark.parametrize("api_domain", ["https://evil.com", "https://acme.pipedrive.com@evil.com"])
async def test_an_answer_does_not_send_the_credentials_elsewhere(
    api_domain: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(api_domain=api_domain) as server:
        assert (await refresh(endpoint_of(server.url))).api_domain == OLD.api_domain
        assert (await exchange(endpoint_of(server.url))).api_domain is None
    assert len(caplog.records) == 2
    assert "canary" not in caplog.text


async def test_a_new_grant_takes_over_nothing() -> None:
    async with TokenServer(refresh_token=..., scope=..., api_domain=...) as server:
        token = await exchange(endpoint_of(server.url))
    assert token == Token("v1u:canary-access-100", expires_at=token.expires_at)


LIVES: list[tuple[Any, float]] = [
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
NO_LIVES: list[Any] = [
    *(0, -1, -0.0, math.nan, math.inf, -math.inf, 10**400),
    *("0", "-5", "", "soon", "1 h", "nan", "inf"),
    *(None, True, False, [3600], {"seconds": 3600}, ...),
]


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [*LIVES, *((life, None) for life in NO_LIVES)],
    ids=lambda value: repr(value)[:20],
)
async def test_how_long_a_token_lasts(expires_in: Any, seconds: float | None) -> None:
    async with TokenServer(expires_in=expires_in) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.access_token.reveal() == "v1u:canary-access-1"
    assert token.expires_at == (None if seconds is None else NOW + dt.timedelta(seconds=seconds))


async def test_a_number_that_is_too_long_to_be_read_does_not_lose_the_token() -> None:
    body = b'{"access_token": "v1u:new", "expires_in": %s}' % (b"9" * 5000)
    async with TokenServer(Fault(200, body)) as server:
        token = await refresh(endpoint_of(server.url))
    assert token.access_token.reveal() == "v1u:new"
    assert token.expires_at is None


# Answers that are no token


NO_TOKEN = {
    "nothing": b"",
    "a page": b"<html>canary",
    "half of one": b'{"access_token": "canary',
    "a list": b'["canary"]',
    "no access token": {"refresh_token": "canary"},
    "an access token of another type": {"access_token": 5, "refresh_token": "canary"},
    "an access token that cannot be sent": {"access_token": "canary\n"},
    "a refresh token that cannot be sent": {"access_token": "x", "refresh_token": "canary\n"},
    "success: false": {"success": False, "error": "canary"},
}
REDIRECT = Fault(307, headers={"location": "http://127.0.0.1:1/oauth/token?canary"})
UNCLEAR = {
    **{name: Fault(200, body, commits=False) for name, body in NO_TOKEN.items()},
    "lost": Fault(),
    "redirect": REDIRECT,
    **{str(status): Fault(status, {"error": "canary"}) for status in (408, 425, 500, 502, 503)},
    "a page of another host": Fault(404, "not found: canary"),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
async def test_an_answer_that_tells_nothing_is_asked_for_once_more(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        token = await refresh(endpoint_of(server.url))
        assert token.access_token.reveal() == "v1u:canary-access-1"
        first, second = server.requests
    assert (first.target, first.body) == (second.target, second.body)


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
async def test_two_answers_that_tell_nothing_are_one_error(fault: Fault) -> None:
    async with TokenServer(fault, fault) as server:
        with pytest.raises(AuthUnavailableError) as caught:
            await refresh(endpoint_of(server.url))
        assert len(server.requests) == 2
    assert str(caught.value).startswith("Pipedrive's OAuth host sent no usable response: ")
    assert "canary" not in str(caught.value)
    assert isinstance(
        caught.value.__cause__, ConnectionFailedError | ServerError | UnexpectedResponseError
    )


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (Fault(200, "[]"), "the response with status 200 has no token"),
        (Fault(502), "Pipedrive's OAuth host answered 502"),
        (Fault(404, "<html>"), "Pipedrive's OAuth host answered 404 without a JSON object"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_an_answer_that_tells_nothing_is_told_by_its_status(fault: Fault, what: str) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError) as caught:
            await exchange(endpoint_of(server.url))
    assert str(caught.value) == f"Pipedrive's OAuth host sent no usable response: {what}"
    cause = caught.value.__cause__
    assert isinstance(cause, ServerError | UnexpectedResponseError)
    assert cause.status == fault.status


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
async def test_a_code_is_sent_once_only(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError):
            await exchange(endpoint_of(server.url))
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [DOWN, LOST, REDIRECT])
async def test_a_revocation_of_unknown_fate_is_an_error(fault: Fault) -> None:
    async with TokenServer(fault) as server:
        with pytest.raises(AuthUnavailableError):
            await revoke(endpoint_of(server.url))
        assert len(server.requests) == 1


async def test_a_refresh_whose_answer_was_lost_is_found_again_where_the_host_forgives() -> None:
    async with TokenServer(LOST, forgives=True) as server:
        assert await refresh(endpoint_of(server.url)) == server.token(
            expires_at=NOW + dt.timedelta(seconds=3599)
        )


@pytest.mark.parametrize("call", CALLS)
async def test_a_redirect_is_not_followed(call: Call) -> None:
    async with RawServer() as elsewhere:
        fault = Fault(307, headers={"location": f"{elsewhere.origin}/oauth/token"})
        async with TokenServer(fault, fault) as server:
            with pytest.raises(AuthUnavailableError):
                await call(endpoint_of(server.url))
        assert elsewhere.connections == 0


async def test_who_listens_nowhere_is_unavailable() -> None:
    async with RawServer() as server:
        pass
    for call in CALLS:
        with pytest.raises(AuthUnavailableError, match="the connection to ") as caught:
            await call(endpoint_of(server.origin))
        assert isinstance(caught.value.__cause__, ConnectionFailedError)


async def test_a_host_whose_tls_fails_is_not_asked_again() -> None:
    async with RawServer(on_connect=(b"plain text", End.FIN)) as server:
        with pytest.raises(AuthUnavailableError, match="TLS failed") as caught:
            await refresh(endpoint_of(server.origin.replace("http", "https")))
        assert isinstance(caught.value.__cause__, CertificateError)
        assert server.connections == 1


async def test_a_host_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(read=0.01))
    async with RawServer((End.HANG,)) as server:
        with pytest.raises(AuthUnavailableError, match="no data arrived"):
            await refresh(endpoint_of(server.origin))
        assert len(server.requests) == 2


async def test_a_host_that_cannot_be_connected_to_in_time_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(connect=0.05))
    async with RawServer(on_connect=(End.HANG,)) as server, asyncio.timeout(5.0):
        with pytest.raises(AuthUnavailableError, match="connecting took longer"):
            await refresh(endpoint_of(server.origin.replace("http:", "https:")))


async def test_a_host_that_answers_byte_by_byte_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_token_endpoint, "_TIMEOUTS", Timeouts(deadline=0.1))
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"
    dripping = (head, *(b" ", 0.01) * 9999)
    async with RawServer(dripping) as server, asyncio.timeout(5.0):
        with pytest.raises(
            AuthUnavailableError, match=r"the response was not complete after 0\.1 s"
        ):
            await refresh(endpoint_of(server.origin))
        assert len(server.requests) == 2
