"""Test that errors, logs and tracebacks show no token, no code and no client secret."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import pytest

from pipedrive_leads_async._http.transport.session import SessionManager
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth import OAuth2, Token
from pipedrive_leads_async.auth._token_endpoint import TokenEndpoint
from pipedrive_leads_async.errors import PipedriveError
from tests.auth.grant.grants import Store, access_token_of, app, wait_for_refresh
from tests.support.canaries import canary_in
from tests.support.cancellation_points import Moment
from tests.support.raw_server import RawServer, http
from tests.support.secrets.repeated import HEADERS, echo_of
from tests.support.secrets.scanner import text_of_cancellations, text_of_error
from tests.support.token_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    INVALID_GRANT,
    REDIRECT_URI,
    Fault,
    TokenServer,
)

MOMENT: Final = pytest.mark.parametrize("moment", Moment)

ECHO = "<sent>"
CODE = "canary-code"

FAULTS = {
    "invalid grant": INVALID_GRANT,
    "refused": Fault(401, {"error": ECHO, "error_description": ECHO, "message": ECHO}),
    "down": Fault(503, {"error": ECHO}),
    "rate limit": Fault(429, {"error": ECHO}),
    "reset": Fault(),
    "redirect": Fault(302, headers={"location": "https://evil.com/?canary"}),
    "HTML": Fault(200, f"<html>{ECHO}"),
    "no token": Fault(200, {"refresh_token": "canary-refresh", "access_token": None}),
    "a token that cannot be sent": Fault(200, {"access_token": "canary-access\n"}),
}


async def all_errors(oauth: OAuth2) -> list[BaseException]:
    """Return the errors of all calls."""
    errors: list[BaseException] = []
    calls = (
        oauth.__credential__().authorization,
        oauth.refresh,
        oauth.revoke,
        lambda: oauth.exchange(CODE),
    )
    for call in calls:
        try:
            await call()
        except PipedriveError as error:
            errors.append(error)
    return errors


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_error_shows_no_secret(fault: Fault) -> None:
    async with TokenServer(*[fault] * 9) as server:
        errors = await all_errors(app(server, token=server.token(expires_at=1)))
        assert len(server.requests) > 2
    assert len(errors) > 2
    assert canary_in("".join(map(text_of_error, errors))) is None


REFRESH_TOKEN = "1:1:canary-refresh/0+="


def responses_of_the_host(*secrets: str) -> list[bytes]:
    """Return responses that repeat secrets."""
    echo = " ".join(map(echo_of, secrets))
    paths = [f"https://evil.com/{quote(secret, safe='')}" for secret in secrets]
    headers = dict.fromkeys(HEADERS, echo)
    bodies: list[Any] = [
        {"error": echo, "error_description": echo, "message": echo, echo: echo},
        {"access_token": None, "refresh_token": echo, "scope": echo, "api_domain": echo},
        [echo],
    ]
    whole = [*(json.dumps(body).encode() for body in bodies), echo.encode()]
    statuses = (200, 302, 400, 401, 403, 404, 429, 500)
    return [
        *(http(status, body, **headers) for status in statuses for body in whole),
        *(http(302, location=path) for path in paths),
        *(http(302, location=path.removeprefix("https://evil.com")) for path in paths),
        *(http(302, location=path.replace("evil.com/", "")) for path in paths),
    ]


@pytest.mark.parametrize("method", ["exchange", "refresh", "revoke"])
async def test_secret_that_the_host_repeats_is_shown_nowhere(method: str) -> None:
    known = (CODE,) if method == "exchange" else (REFRESH_TOKEN, "v1u:canary-0")
    for response in responses_of_the_host(CLIENT_SECRET, f"{CLIENT_ID}:{CLIENT_SECRET}", *known):
        if method == "revoke" and response.startswith(b"HTTP/1.1 200"):
            continue  # it succeeds, whatever the body is
        async with RawServer((response,)) as server:
            with pytest.raises(PipedriveError) as caught:
                await call_of(method, server.origin, Token("v1u:canary-0", REFRESH_TOKEN))
        shown = text_of_error(caught.value)
        assert canary_in(shown) is None
        assert canary_in(shown.lower()) is None


async def test_log_of_a_failed_background_refresh_shows_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Store()
    store.faults = [LookupError("canary")]
    async with TokenServer(api_domain="https://canary.com") as server:
        oauth = app(server, token=server.token(expires_at=time.time() + 60), store=store)
        await access_token_of(oauth)
        await wait_for_refresh(oauth)
    assert "LookupError" in caplog.text
    assert "api_domain" in caplog.text
    assert canary_in(caplog.text) is None


# Cancellation


def call_of(method: str, url: str, token: Token) -> Coroutine[Any, Any, object]:
    endpoint = TokenEndpoint(CLIENT_ID, Secret(CLIENT_SECRET), url, SessionManager)
    now = dt.datetime.now(dt.UTC)
    match method:
        case "exchange":
            return endpoint.exchange(Secret(CODE), REDIRECT_URI, now)
        case "refresh":
            assert token.refresh_token is not None
            return endpoint.refresh(token, token.refresh_token, now)
        case _:
            return endpoint.revoke(token)


@asynccontextmanager
async def calling(method: str) -> AsyncGenerator[Coroutine[Any, Any, object]]:
    async with TokenServer() as server:
        yield call_of(method, server.url, server.token())


@MOMENT
@pytest.mark.parametrize("method", ["exchange", "refresh", "revoke"])
async def test_cancelled_request_shows_no_secret_in_its_traceback(
    method: str, moment: Moment
) -> None:
    shown = await text_of_cancellations(partial(calling, method), moment)
    assert "application/x-www-form-urlencoded" in shown
    assert canary_in(shown) is None


@asynccontextmanager
async def reading_in_pieces() -> AsyncGenerator[Coroutine[Any, Any, object]]:
    token = json.dumps({"access_token": "v1u:canary-1", "refresh_token": "1:1:canary-1"}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(token)
    async with RawServer((head, token[:30], 0.01, token[30:60], 0.01, token[60:])) as server:
        yield call_of("refresh", server.origin, Token("v1u:canary-0", "1:1:canary-0"))


@MOMENT
async def test_cancelled_read_of_a_token_shows_no_secret_in_its_traceback(moment: Moment) -> None:
    shown = await text_of_cancellations(reading_in_pieces, moment)
    assert "'chunks': []" in shown
    assert canary_in(shown) is None
