"""The tokens, the code and the client secret go where they must, and show nowhere else."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
import logging
import pickle
import time
from traceback import TracebackException

import pytest

from pipedrive_leads_async._token import Token
from pipedrive_leads_async._token_endpoint import TokenEndpoint
from pipedrive_leads_async.auth import Secret
from pipedrive_leads_async.errors import PipedriveError
from pipedrive_leads_async.oauth import OAuth2
from pipedrive_leads_async.session import SessionManager
from tests.grants import Store, app, used
from tests.token_server import BASIC, CLIENT_ID, CLIENT_SECRET, INVALID_GRANT, Fault, TokenServer

HIDDEN = ("canary", BASIC.removeprefix("Basic "))

ECHO = "<sent>"


def in_full(error: BaseException) -> str:
    """Write all that a debugger, a log or an error tracker may show of an error."""
    lines = TracebackException.from_exception(error, capture_locals=True).format()
    return "".join(lines) + repr(error) + repr(vars(error)) + repr(copy.copy(error))


def assert_hidden(shown: str) -> None:
    for secret in HIDDEN:
        assert secret not in shown


CODE = "canary-code"
REFRESH_TOKEN = Secret("1:1:canary-refresh-0")
TOKEN = Token("v1u:canary-access-0", REFRESH_TOKEN)

FAULTS = {
    "invalid grant": INVALID_GRANT,
    "refused": Fault(401, {"error": ECHO, "error_description": ECHO, "message": ECHO}),
    "down": Fault(503, {"error": ECHO}),
    "too many": Fault(429, {"error": ECHO}),
    "reset": Fault(),
    "redirect": Fault(302, headers={"location": "https://evil.com/?canary"}),
    "a page": Fault(200, f"<html>{ECHO}"),
    "not a token": Fault(200, {"refresh_token": "canary-refresh", "access_token": None}),
    "a token that cannot be sent": Fault(200, {"access_token": "canary-access\n"}),
}


async def all_errors(oauth: OAuth2) -> list[BaseException]:
    """Have everything go wrong; no frame from here on has a secret of the test's own."""
    errors: list[BaseException] = []
    for call in (oauth.authorization, oauth.refresh, oauth.revoke, lambda: oauth.exchange(CODE)):
        try:
            await call()
        except PipedriveError as error:
            errors.append(error)
    return errors


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_no_error_and_no_log_record_shows_a_secret(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with TokenServer(*[fault] * 9) as server:
        errors = await all_errors(app(server, token=server.token(expires_at=1)))
        assert len(server.requests) > 2
    assert len(errors) > 2
    for error in errors:
        assert_hidden(in_full(error))
    assert_hidden(caplog.text)


async def test_what_is_logged_of_a_failure_in_the_background_shows_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Store()
    store.faults = [LookupError("canary")]
    async with TokenServer(api_domain="https://canary.com") as server:
        oauth = app(server, token=server.token(expires_at=time.time() + 60), store=store)
        await used(oauth)
        await oauth.settle()
    assert "LookupError" in caplog.text
    assert "api_domain" in caplog.text
    assert_hidden(caplog.text)


async def test_the_traceback_of_a_cancelled_request_shows_no_secret() -> None:
    shown = ""

    async def refresh(server: TokenServer) -> None:
        nonlocal shown
        endpoint = TokenEndpoint(CLIENT_ID, Secret(CLIENT_SECRET), server.url, SessionManager)
        try:
            await endpoint.refresh(TOKEN, REFRESH_TOKEN, dt.datetime.now(dt.UTC))
        except asyncio.CancelledError as error:
            shown = in_full(error)
            raise

    async with TokenServer() as server:
        server.gate.clear()
        task = asyncio.create_task(refresh(server))
        await server.received(1)
        task.cancel()
        await asyncio.wait([task])
    assert "aiohttp" in shown
    assert "application/x-www-form-urlencoded" in shown
    assert_hidden(shown)


def test_nothing_of_it_shows_a_secret() -> None:
    oauth = app("http://localhost", token=Token("v1u:canary", "1:1:canary"))
    assert_hidden(f"{oauth} {oauth!r} {vars(oauth)} {[oauth]}")
    for part in vars(oauth).values():
        assert_hidden(f"{part} {part!r} {getattr(part, '__dict__', None)}")


def test_it_leaves_neither_by_pickle_nor_by_json() -> None:
    oauth = app("http://localhost", token=Token("v1u:canary"))
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(oauth)
    with pytest.raises(TypeError, match="JSON serializable"):
        json.dumps(oauth)
