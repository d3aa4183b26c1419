"""A stand-in for Pipedrive's OAuth host on a real socket, in the event loop of the test.

It rotates the refresh token at each refresh. A refresh token that is used twice ends the grant,
as on hosts that detect stolen tokens.
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
    """One request as received."""

    target: str
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The decoded body."""
        return dict(parse_qsl(self.body))


@dataclass(frozen=True)
class Fault:
    """A response other than the usual one.

    Attributes:
        status: The HTTP status; None resets the connection without a response.
        body: The body; a value that is neither str nor bytes is sent as JSON. The text `<sent>`
            is replaced by the request.
        commits: Whether the host still carries out the request.
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
    """A server that issues the tokens of one grant.

    Attributes:
        faults: The faults of the next requests, in order.
        reply: Keys to add to the body of a successful response; `...` removes a key.
        gate: An event; requests wait for it before they are carried out.
        forgives: Whether the previous refresh token is accepted once more.
        requests: The requests received so far.
    """

    def __init__(self, *faults: Fault, forgives: bool = False, **reply: Any) -> None:
        self.faults = list(faults)
        self.reply = reply
        self.forgives = forgives
        self.gate = asyncio.Event()
        self.gate.set()
        self.requests: list[TokenRequest] = []
        self._new_request = asyncio.Condition()
        self._count = 0
        self.code: str | None = "canary-code"

    @property
    def refresh_token(self) -> str | None:
        """The valid refresh token; None if the grant has ended."""
        return None if self._count < 0 else f"1:1:canary-refresh-{self._count}"

    def token(self, **changes: Any) -> Token:
        """Return the token that was issued last."""
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
        """The number of refresh requests."""
        return sum(request.form.get("grant_type") == "refresh_token" for request in self.requests)

    def end_grant(self) -> None:
        """Accept no refresh token from now on."""
        self._count = -1

    async def received(self, count: int) -> None:
        """Wait until `count` requests were received."""
        async with self._new_request:
            await self._new_request.wait_for(lambda: len(self.requests) >= count)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
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

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = TokenRequest(request.path_qs, headers, await request.text())
        self.requests.append(received)
        async with self._new_request:
            self._new_request.notify_all()
        await self.gate.wait()
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault.commits:
            response = self._carry_out(received)
            if fault is None:
                return response
        if fault.status is None:
            assert request.transport is not None
            request.transport.abort()
        body = fault.body if isinstance(fault.body, str | bytes) else json.dumps(fault.body)
        if isinstance(body, str):
            echo = (received.body, *received.form.values(), received.headers.get("authorization"))
            body = body.replace("<sent>", " ".join(map(str, echo)))
        return web.Response(status=fault.status or 500, body=body, headers=fault.headers)

    def _carry_out(self, request: TokenRequest) -> web.Response:
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
                self._count = 100  # a new grant
            case "/oauth/token", "refresh_token":
                last = f"1:1:canary-refresh-{self._count - 1}"
                if form["refresh_token"] == self.refresh_token:
                    self._count += 1
                elif not (self.forgives and form["refresh_token"] == last):
                    self.end_grant()
                    return _error(400, "invalid_grant")
            case _:
                return _error(404, "no such thing")
        return self._token_response()

    def _token_response(self) -> web.Response:
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
        present = {name: value for name, value in reply.items() if value is not ...}
        return web.json_response(present)


def _error(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
