"""Networks in which a request does not reach the server: no byte of it is sent."""

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
"""A self-signed certificate of 127.0.0.1."""

TLS_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x46"
"""The alert of a server that does not support the client's version of TLS."""


@dataclass(frozen=True)
class Network:
    """The network between a client and a server.

    Attributes:
        lookup_fault: How a failing name lookup ends. It gets a socket that is bound, but does not
            listen; it returns a port, raises or hangs. None if no lookup fails.
        server_tls: The server's TLS context, None for plain HTTP.
        client_tls: The client's TLS context, None for plain HTTP.
        greeting: The script that the server performs before it reads a request.
    """

    lookup_fault: Callable[[socket.socket], Awaitable[int]] | None = None
    server_tls: ssl.SSLContext | None = None
    client_tls: ssl.SSLContext | None = None
    greeting: ScriptedResponse = ()

    @contextlib.asynccontextmanager
    async def session(
        self, *, after: int, times: int
    ) -> AsyncGenerator[aiohttp.ClientSession, None]:
        """Open a session that connects anew for each request.

        Args:
            after: The number of lookups that succeed before the first one fails.
            times: The number of lookups that fail.
        """
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            resolver = _Resolver(self.lookup_fault, unused, after, times)
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                use_dns_cache=False,
                force_close=True,
                ssl=self.client_tls or True,
            )
            async with aiohttp.ClientSession(connector=connector) as session:
                yield session


class _Resolver(AbstractResolver):
    def __init__(
        self,
        fault: Callable[[socket.socket], Awaitable[int]] | None,
        unused: socket.socket,
        after: int,
        times: int,
    ) -> None:
        self._fault, self._unused = fault, unused
        self._failing = range(after, after + times)
        self._lookups = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self._lookups += 1
        if self._fault and self._lookups - 1 in self._failing:
            port = await self._fault(self._unused)
        address = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
        )
        return [address]

    async def close(self) -> None:
        """Do nothing: no resource is open."""


async def refused(unused: socket.socket) -> int:
    """Return a port that refuses connections."""
    port: int = unused.getsockname()[1]
    return port


async def silence(unused: socket.socket) -> int:
    """Return a port that accepts connections and sends nothing."""
    unused.listen()
    return await refused(unused)


async def not_found(_: socket.socket) -> int:
    """Raise the error of a name that does not exist."""
    raise OSError(None, "no such host")


async def no_answer(_: socket.socket) -> int:
    """Wait for ever, as for a name server that does not respond."""
    await asyncio.Event().wait()
    raise AssertionError


def server_tls_context() -> ssl.SSLContext:
    """Return the TLS context of a server with the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_tls_context(*, any_name: bool = True) -> ssl.SSLContext:
    """Return the TLS context of a client that trusts the certificate."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.check_hostname = not any_name
    return context


WORKING: Final = Network()
REFUSED: Final = Network(refused)
NOT_FOUND: Final = Network(not_found)
NO_ANSWER: Final = Network(no_answer)
SILENCE: Final = Network(silence, server_tls_context(), client_tls_context())

UNKNOWN_SIGNER: Final = Network(None, server_tls_context(), ssl.create_default_context())
ANOTHER_NAME: Final = Network(None, server_tls_context(), client_tls_context(any_name=False))
ANOTHER_VERSION: Final = Network(client_tls=client_tls_context(), greeting=(TLS_ALERT, End.HANG))
NO_TLS: Final = Network(client_tls=client_tls_context(), greeting=(http(400), End.HANG))
