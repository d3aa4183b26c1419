"""The requests to the OAuth host, as calls of `TokenEndpoint`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from pipedrive_leads_async._http.transport.session import SessionManager
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth import Token
from pipedrive_leads_async.auth._token_endpoint import TokenEndpoint
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
REFRESH_TOKEN = Secret("1:1:canary-refresh-0")
OLD = Token("v1u:old", REFRESH_TOKEN, NOW, scope="old", api_domain="https://old.pipedrive.com")

Call = Callable[[TokenEndpoint], Awaitable[Any]]


def endpoint_of(url: str, secret: str = CLIENT_SECRET) -> TokenEndpoint:
    return TokenEndpoint(CLIENT_ID, Secret(secret), url, SessionManager)


async def refresh(endpoint: TokenEndpoint) -> Token:
    return await endpoint.refresh(OLD, REFRESH_TOKEN, NOW)


async def exchange(endpoint: TokenEndpoint) -> Token:
    return await endpoint.exchange(Secret("canary-code"), REDIRECT_URI, NOW)


async def revoke(endpoint: TokenEndpoint) -> None:
    await endpoint.revoke(OLD)


CALLS: list[Call] = [refresh, exchange, revoke]
