"""Ways to a server on which a request does not get there: nothing of it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.support.raw_server import End, ScriptedResponse, http

CERTIFICATE: Final = Path(__file__).parents[1] / "data" / "localhost.pem"
"""Of 127.0.0.1, signed by itself."""

TLS_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x46"
"""A server's last words to a client whose version of TLS it does not speak."""


@dataclass(frozen=True)
class Road:
    """How a client gets to a server, or does not.

    Attributes:
        turn: What becomes of a name lookup that goes astray: it is given a socket of which only
            the port is taken, and gives a port, fails, or hangs.
        server_tls: What the server speaks, None for plain HTTP.
        client_tls: What the client speaks, None for plain HTTP.
        greeting: What the server does before it reads anything.
    """

    turn: Callable[[socket.socket], Awaitable[int]] | None = None
    server_tls: ssl.SSLContext | None = None
    client_tls: ssl.SSLContext | None = None
    greeting: ScriptedResponse = ()

    @contextlib.asynccontextmanager
    async def session(
        self, *, after: int, times: int
    ) -> AsyncGenerator[aiohttp.ClientSession, None]:
        """Make a session that takes this road anew for each request.

        Args:
            after: How many requests get there before one goes astray.
            times: How many go astray then.
        """
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            lookup = _Lookup(self.turn, place, after, times)
            connector = aiohttp.TCPConnector(
                resolver=lookup, use_dns_cache=False, force_close=True, ssl=self.client_tls or True
            )
            async with aiohttp.ClientSession(connector=connector) as session:
                yield session


class _Lookup(AbstractResolver):
    def __init__(
        self,
        turn: Callable[[socket.socket], Awaitable[int]] | None,
        place: socket.socket,
        after: int,
        times: int,
    ) -> None:
        self._turn, self._place = turn, place
        self._astray = range(after, after + times)
        self._lookups = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self._lookups += 1
        if self._turn and self._lookups - 1 in self._astray:
            port = await self._turn(self._place)
        address = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
        )
        return [address]

    async def close(self) -> None:
        """Nothing is open."""


async def refused(place: socket.socket) -> int:
    """Lead to where nobody listens."""
    port: int = place.getsockname()[1]
    return port


async def silence(place: socket.socket) -> int:
    """Lead to where nobody says a word."""
    place.listen()
    return await refused(place)


async def not_found(_: socket.socket) -> int:
    """Say that there is no such name."""
    raise OSError(None, "no such host")


async def no_answer(_: socket.socket) -> int:
    """Say nothing about the name."""
    await asyncio.Event().wait()
    raise AssertionError


def server_tls_context() -> ssl.SSLContext:
    """Speak TLS as a server, with the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_tls_context(*, any_name: bool = True) -> ssl.SSLContext:
    """Speak TLS as a client that trusts the certificate."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.check_hostname = not any_name
    return context


OPEN: Final = Road()
REFUSED: Final = Road(refused)
NOT_FOUND: Final = Road(not_found)
NO_ANSWER: Final = Road(no_answer)
SILENCE: Final = Road(silence, server_tls_context(), client_tls_context())

UNKNOWN_SIGNER: Final = Road(None, server_tls_context(), ssl.create_default_context())
ANOTHER_NAME: Final = Road(None, server_tls_context(), client_tls_context(any_name=False))
ANOTHER_VERSION: Final = Road(client_tls=client_tls_context(), greeting=(TLS_ALERT, End.HANG))
NO_TLS: Final = Road(client_tls=client_tls_context(), greeting=(http(400), End.HANG))
