"""A stand-in for Pipedrive's OAuth host on a real socket, in the test's own loop.

It changes the refresh token each time, and ends a grant whose spent refresh token comes back,
as a host does that looks out for thieves.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast
from urllib.parse import parse_qsl

import attrs
from aiohttp import web

from pipedrive_leads_async.auth import Token

CLIENT_ID: Final = "client-id"
CLIENT_SECRET: Final = "canary-client-secret"
REDIRECT_URI: Final = "https://example.com/callback"
BASIC: Final = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()

API_DOMAIN: Final = "https://acme.pipedrive.com"
SCOPE: Final = "base,leads:full"


@dataclass(frozen=True)
class TokenRequest:
    """One request as it came."""

    target: str
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The body, decoded."""
        return dict(parse_qsl(self.body))


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of an answer.

    Attributes:
        status: What is answered; None for nothing: the connection is reset.
        body: With what; what is not str or bytes is sent as JSON. `<sent>` is what was received.
        commits: Whether the host did what it was asked all the same.
    """

    status: int | None = None
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    commits: bool = False


LOST: Final = Fault(commits=True)
DOWN: Final = Fault(503)
INVALID_GRANT: Final = Fault(
    400, {"error": "invalid_grant", "error_description": "refresh_token is invalid"}
)


class TokenServer:
    """Gives out the tokens of one grant.

    Attributes:
        faults: What happens to the next requests, in this order.
        reply: What its answers have in place of the usual, or besides.
        gate: Requests are answered while it is open.
        forgives: Whether the last spent refresh token is accepted once more.
        requests: What was read so far.
    """

    def __init__(self, *faults: Fault, forgives: bool = False, **reply: Any) -> None:
        self.faults = list(faults)
        self.reply = reply
        self.forgives = forgives
        self.gate = asyncio.Event()
        self.gate.set()
        self.requests: list[TokenRequest] = []
        self._news = asyncio.Condition()
        self._count = 0
        self.code: str | None = "canary-code"

    @property
    def refresh_token(self) -> str | None:
        """The one that is accepted; None where the grant has ended."""
        return None if self._count < 0 else f"1:1:canary-refresh-{self._count}"

    def token(self, **changes: Any) -> Token:
        """Make the token that was given out last."""
        number = max(self._count, 0)
        token = Token(
            f"v1u:canary-access-{number}",
            refresh_token=f"1:1:canary-refresh-{number}",
            scope=SCOPE,
            api_domain=API_DOMAIN,
        )
        return attrs.evolve(token, **changes)

    @property
    def refreshes(self) -> int:
        """How many refreshes were asked for."""
        return sum(request.form.get("grant_type") == "refresh_token" for request in self.requests)

    def end_grant(self) -> None:
        """Accept no refresh token any more."""
        self._count = -1

    async def received(self, count: int) -> None:
        """Wait until so many requests were read."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = cast("tuple[str, int]", self._runner.addresses[0])
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        came = TokenRequest(request.path_qs, headers, await request.text())
        self.requests.append(came)
        async with self._news:
            self._news.notify_all()
        await self.gate.wait()
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault.commits:
            done = self._do(came)
            if fault is None:
                return done
        if fault.status is None:
            assert request.transport is not None
            request.transport.abort()
        body = fault.body if isinstance(fault.body, str | bytes) else json.dumps(fault.body)
        if isinstance(body, str):
            echo = (came.body, *came.form.values(), came.headers.get("authorization"))
            body = body.replace("<sent>", " ".join(map(str, echo)))
        return web.Response(status=fault.status or 500, body=body, headers=fault.headers)

    def _do(self, request: TokenRequest) -> web.Response:
        form = request.form
        if request.headers.get("authorization") != BASIC:
            return _error(401, "invalid_client")
        match request.target, form.get("grant_type"):
            case "/oauth/revoke", None:
                self.end_grant()
                return web.Response()
            case "/oauth/token", "authorization_code":
                is_right, self.code = form["code"] == self.code, None
                if not is_right or form["redirect_uri"] != REDIRECT_URI:
                    return _error(400, "invalid_grant")
                self._count = 100  # another grant
            case "/oauth/token", "refresh_token":
                last = f"1:1:canary-refresh-{self._count - 1}"
                if form["refresh_token"] == self.refresh_token:
                    self._count += 1
                elif not (self.forgives and form["refresh_token"] == last):
                    self.end_grant()
                    return _error(400, "invalid_grant")
            case _:
                return _error(404, "no such thing")
        token = self.token()
        assert token.refresh_token is not None
        reply = {
            "access_token": token.access_token.reveal(),
            "token_type": "Bearer",
            "expires_in": 3599,
            "refresh_token": token.refresh_token.reveal(),
            "scope": SCOPE,
            "api_domain": API_DOMAIN,
            **self.reply,
        }
        kept = {name: value for name, value in reply.items() if value is not ...}
        return web.json_response(kept)


def _error(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
