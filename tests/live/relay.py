"""A relay on loopback between the client and a server, which records all responses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

import aiohttp
from aiohttp import web
from yarl import URL

# The headers that matter to the server or to the client. All others stay at the relay.
_REQUEST_HEADERS = ("x-api-token", "content-type", "accept", "user-agent")
_RESPONSE_HEADERS = re.compile(
    r"content-type|retry-after|x-(daily-)?ratelimit-.*|x-correlation-id|x-sandbox-burst-window"
)
_ID = re.compile(r"[0-9]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40}")


@dataclass(frozen=True)
class Exchange:
    """One request and its response; `endpoint` is the method and the path without ids."""

    step: str
    endpoint: str
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        """The `data` of the body; None without data."""
        return self._object.get("data")

    @property
    def reason(self) -> str:
        """The texts of an error."""
        texts = (self._object.get(key) for key in ("error", "error_info"))
        return " ".join(text for text in texts if isinstance(text, str))

    @property
    def _object(self) -> dict[str, Any]:
        body: Any = self.body
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


@dataclass
class Relay:
    """A server that sends each request on to the server at `base_url`.

    `step` is the name that the next exchanges are recorded with.
    """

    base_url: str
    step: str = ""
    exchanges: list[Exchange] = field(default_factory=list[Exchange])

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    @property
    def url(self) -> str:
        """The base URL for the client, with the same path as that of the server."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}{URL(self.base_url).path}"

    async def _forward(self, request: web.Request) -> web.Response:
        step = self.step
        target = URL(f"{URL(self.base_url).origin()}{request.raw_path}", encoded=True)
        headers = {name: value for name in _REQUEST_HEADERS if (value := request.headers.get(name))}
        body = await request.read() or None
        try:
            async with self._session.request(
                request.method, target, data=body, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
        except aiohttp.ClientError:
            return web.Response(status=502)
        kept = {
            name.lower(): value
            for name, value in response.headers.items()
            if _RESPONSE_HEADERS.fullmatch(name.lower())
        }
        endpoint = f"{request.method} {_without_ids(request.path)}"
        self.exchanges.append(Exchange(step, endpoint, response.status, _decoded(raw), kept))
        return web.Response(status=response.status, body=raw, headers=kept)


def _without_ids(path: str) -> str:
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in path.split("/"))


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
