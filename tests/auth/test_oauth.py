"""Test `OAuth2`: its arguments, its authorization page, its use by a client, its equality."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from pipedrive_leads_async import LeadsClient, SessionManager
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth import FileTokenStore, MemoryTokenStore, OAuth2, Token
from pipedrive_leads_async.auth._auth_argument import read_credential
from pipedrive_leads_async.errors import (
    ClientClosedError,
    ConfigurationError,
    InvalidRequestError,
    ReauthorizationRequiredError,
)
from tests.auth.grant.grants import access_token_of, app, wait_for_refresh
from tests.support.calls import DONE, get
from tests.support.raw_server import RawServer, failure
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, TokenServer

NO_STORE = "store must be a TokenStore (load, save, lease), got"
WRITE_STORE = "write FileTokenStore(path) or MemoryTokenStore()"

ACCOUNT = (CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)


# Arguments


def test_oauth2_is_created_without_a_loop_and_has_one_credential() -> None:
    oauth = OAuth2(*ACCOUNT)
    assert read_credential(oauth) is oauth.__credential__() is oauth.__credential__()


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("", ConfigurationError, "is empty"),
        ("canary ", ConfigurationError, "has blanks, line breaks or characters outside ASCII"),
        ("canary\u00e9", ConfigurationError, "has blanks, line breaks or"),
        (None, TypeError, "must be a str, got NoneType"),
        (5, TypeError, "must be a str, got int"),
    ],
)
def test_invalid_app_credential_is_refused_by_a_message_without_it(
    position: int, value: Any, kind: type[Exception], message: str
) -> None:
    name = ("client_id", "client_secret", "redirect_uri")[position]
    arguments: list[Any] = [*ACCOUNT]
    arguments[position] = value
    with pytest.raises(kind, match=f"^{name} {message}") as caught:
        OAuth2(*arguments)
    assert "canary" not in str(caught.value)


def test_client_secret_is_accepted_as_str_or_secret() -> None:
    store = MemoryTokenStore()
    hidden = OAuth2(CLIENT_ID, Secret(CLIENT_SECRET), REDIRECT_URI, store=store)
    assert hidden == OAuth2(*ACCOUNT, store=store)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token": "v1u:canary"}, "token must be a Token, got str: write Token(access_token)"),
        ({"store": "canary"}, f"{NO_STORE} str: {WRITE_STORE}"),
        (
            {"store": MemoryTokenStore},
            f"{NO_STORE} the class MemoryTokenStore: {WRITE_STORE}",
        ),
        ({"on_token_update": "canary"}, "on_token_update must be callable, got str"),
        ({"session": "canary"}, "session must be a ClientSession, got str"),
        ({"oauth_url": None}, "oauth_url must be a str, got NoneType"),
    ],
)
def test_argument_of_another_type_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        OAuth2(*ACCOUNT, **options)


def test_store_without_a_hash_is_refused() -> None:
    @dataclass
    class Unhashable(MemoryTokenStore):
        account: int

    with pytest.raises(TypeError, match=r"^store has no __hash__: define __eq__ and"):
        OAuth2(*ACCOUNT, store=Unhashable(account=1))


@pytest.mark.parametrize(
    "oauth_url",
    [
        "https://oauth.pipedrive.com",
        "https://oauth.pipedrive.com/",
        "https://proxy.example:8443",
        "https://OAuth.Pipedrive.com",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://127.1.2.3",
        "http://[::1]:8080/",
    ],
)
def test_oauth_url_is_another_https_host_or_this_machine(oauth_url: str) -> None:
    page = OAuth2(*ACCOUNT, oauth_url=oauth_url).authorization_url("x")
    assert page.startswith(f"{oauth_url.rstrip('/').lower()}/oauth/authorize?")


@pytest.mark.parametrize(
    "oauth_url",
    [
        "",
        "oauth.pipedrive.com",
        "http://oauth.pipedrive.com",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://10.0.0.1",
        "ftp://oauth.pipedrive.com",
        "https://user:canary@oauth.pipedrive.com",
        "https://oauth.pipedrive.com@evil.com",
        "https://oauth.pipedrive.com/oauth/token",
        "https://oauth.pipedrive.com//",
        "https://oauth.pipedrive.com?a=canary",
        "https://oauth.pipedrive.com#canary",
        "https://oauth.pipedrive.com\n",
        " https://oauth.pipedrive.com",
        "https://evil\u3002com",
        "https://oauth..pipedrive.com",
        "https://..",
        "https://oauth.pipedrive.com:123456",
    ],
)
def test_oauth_url_that_is_not_an_https_origin_is_refused(oauth_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^oauth_url must be https://<host>") as caught:
        OAuth2(*ACCOUNT, oauth_url=oauth_url)
    assert "canary" not in str(caught.value)


# The authorization page


def test_authorization_url_has_the_app_and_the_state() -> None:
    oauth = OAuth2("id&x", CLIENT_SECRET, "https://example.com/cb?a=b&c=d")
    parts = urlsplit(oauth.authorization_url("a state/+"))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://oauth.pipedrive.com/oauth/authorize"
    )
    assert parse_qsl(parts.query) == [
        ("client_id", "id&x"),
        ("redirect_uri", "https://example.com/cb?a=b&c=d"),
        ("state", "a state/+"),
    ]


def test_authorization_url_without_a_state_is_refused() -> None:
    for state in ("", " "):
        with pytest.raises(InvalidRequestError, match=r"^state is empty"):
            OAuth2(*ACCOUNT).authorization_url(state)


def test_new_state_is_long_and_random() -> None:
    states = {OAuth2.new_state() for _ in range(100)}
    assert len(states) == 100
    for state in states:
        assert re.fullmatch(r"[\w-]{43}", state)
        assert OAuth2.state_matches(state, state)


@pytest.mark.parametrize(
    ("expected", "received", "matches"),
    [
        ("abc", "abc", True),
        ("\u00e9\ud800", "\u00e9\ud800", True),
        ("abc", "abd", False),
        ("abc", "abcd", False),
        ("abc", "\u00e9", False),
        ("abc", "", False),
        ("abc", None, False),
        ("", "", False),
        ("", "abc", False),
        (None, None, False),
        (None, "abc", False),
        ("abc", ["abc"], False),
        (b"abc", b"abc", False),
        (5, "abc", False),
    ],
)
def test_state_matches_only_itself(expected: Any, received: Any, matches: bool) -> None:
    assert OAuth2.state_matches(expected, received) is matches


@pytest.mark.parametrize("code", ["", " "])
async def test_exchange_without_a_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^code is empty"):
        await OAuth2(*ACCOUNT).exchange(code)


@pytest.mark.parametrize("code", [None, 5])
async def test_exchange_of_a_code_of_another_type_is_refused(code: Any) -> None:
    with pytest.raises(TypeError, match=r"^code must be a str, got"):
        await OAuth2(*ACCOUNT).exchange(code)


# The session


async def test_given_session_manager_is_used_and_stays_open(manager: SessionManager) -> None:
    async with TokenServer() as server:
        oauth = app(server, session=manager)
        await oauth.exchange("canary-code")
        assert not manager.closed
        await manager.aclose()
        with pytest.raises(ClientClosedError):
            await oauth.refresh()
        assert len(server.requests) == 1


async def test_given_session_is_used_without_its_headers_and_stays_open() -> None:
    async with TokenServer() as server, aiohttp.ClientSession(headers={"x-api-token": "x"}) as lent:
        oauth = app(server, session=lent)
        await oauth.exchange("canary-code")
        assert not lent.closed
        await lent.close()
        with pytest.raises(ClientClosedError, match="session is closed"):
            await oauth.refresh()
        [request] = server.requests
        assert "x-api-token" not in request.headers


# A client with OAuth2


async def test_client_sends_the_access_token_of_the_grant() -> None:
    async with (
        TokenServer() as server,
        RawServer(DONE) as pipedrive,
        LeadsClient(oauth := app(server), base_url=pipedrive.url) as client,
    ):
        await oauth.exchange("canary-code")
        await get(client)
        [request] = pipedrive.requests
    assert request.headers["authorization"] == "Bearer v1u:canary-access-100"
    assert "x-api-token" not in request.headers


async def test_call_refused_by_a_401_is_sent_again_with_the_next_token() -> None:
    async with TokenServer() as server, RawServer((failure(401),), DONE) as pipedrive:
        oauth = app(server, token=server.token())
        async with LeadsClient(oauth, base_url=pipedrive.url) as client:
            await get(client)
        sent = [request.headers["authorization"] for request in pipedrive.requests]
    assert sent == ["Bearer v1u:canary-access-0", "Bearer v1u:canary-access-1"]


async def test_call_after_a_revocation_needs_a_new_authorization() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        await oauth.revoke()
        async with LeadsClient(oauth) as client:
            with pytest.raises(ReauthorizationRequiredError, match=r"^getLead: the access token"):
                await get(client)


async def test_closing_client_waits_for_the_refresh_in_progress() -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        server.gate.clear()
        oauth = app(server, token=server.token(expires_at=1), store=store)
        client = LeadsClient(oauth)
        call = asyncio.create_task(get(client))
        await server.received(1)
        call.cancel()
        await asyncio.wait([call])
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        assert not closing.done()
        server.gate.set()
        await closing
    assert await store.load()


async def test_client_whose_closing_is_cancelled_is_closed() -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    async with TokenServer() as server, RawServer(DONE) as api:
        oauth = app(server, token=server.token(expires_at=soon))
        server.gate.clear()
        client = LeadsClient(oauth, base_url=api.url)
        await get(client)  # starts a refresh in the background
        await server.received(1)
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        assert closing.cancelled()
        # An open session would raise a ResourceWarning.
        del client, closing
        gc.collect()
        server.gate.set()
        await wait_for_refresh(oauth)


# Equality


def hook(_: Token) -> None: ...


class Listener:
    def on_token_update(self, token: Token) -> None: ...


@pytest.mark.unix
def test_objects_of_one_app_store_and_hook_are_equal(tmp_path: Path) -> None:
    listener = Listener()

    def oauth_with(**changes: Any) -> OAuth2:
        options: dict[str, Any] = {
            "store": FileTokenStore(tmp_path / "acme"),
            "on_token_update": listener.on_token_update,
            **changes,
        }
        return OAuth2(*ACCOUNT, **options)

    assert oauth_with() == oauth_with(token=Token("x"), session=SessionManager())
    assert len({oauth_with(), oauth_with()}) == 1
    for changes in (
        {"store": FileTokenStore(tmp_path / "other")},
        {"store": None},
        {"on_token_update": None},
        {"on_token_update": hook},
        {"on_token_update": Listener().on_token_update},
        {"oauth_url": "https://other.example"},
    ):
        assert oauth_with(**changes) != oauth_with()
    assert oauth_with() != OAuth2("other", CLIENT_SECRET, REDIRECT_URI, store=MemoryTokenStore())
    assert oauth_with() != "x"


def test_objects_with_another_client_secret_differ() -> None:
    store = MemoryTokenStore()
    one, other = (OAuth2(CLIENT_ID, text, REDIRECT_URI, store=store) for text in ("a", "b"))
    assert one != other


def test_objects_without_a_store_differ() -> None:
    one, other = OAuth2(*ACCOUNT), OAuth2(*ACCOUNT)
    assert one != other
    assert {one, other} - {one} == {other}


async def test_second_object_with_the_same_store_loads_its_token() -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        await app(server, store=store).exchange("canary-code")
        assert await access_token_of(app(server, store=store)) == "v1u:canary-access-100"
