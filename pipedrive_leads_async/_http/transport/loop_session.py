"""`LoopSession`: an aiohttp session that closes with its event loop, or is dropped after it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

import aiohttp

from .connections import GuardedRequest

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler


class LoopSession:
    """An aiohttp session, opened in the running event loop of this process.

    It closes when the loop shuts down: `asyncio.run` and similar functions close the asynchronous
    generators of a loop before they close the loop. `drop` releases the session of a loop that was
    closed without this step.

    Attributes:
        session: The session.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self._loop = asyncio.get_running_loop()
        self._process = os.getpid()
        self._closer = _close_at_the_end(session)

    @property
    def is_over(self) -> bool:
        """Whether the session or its event loop is closed."""
        return self.session.closed or self._loop.is_closed()

    @property
    def is_here(self) -> bool:
        """Whether the session belongs to the running event loop of this process."""
        return self._loop is asyncio.get_running_loop() and self._process == os.getpid()

    async def start(self) -> None:
        """Register the session to be closed with the event loop; return at once."""
        await anext(self._closer)

    async def aclose(self) -> None:
        """Close the session, also if its event loop is closed."""
        if not self._loop.is_closed():
            await self._closer.aclose()
            return
        connector = self.session.connector
        if isinstance(connector, Connector):
            connector.close_sockets()
        with contextlib.suppress(RuntimeError):  # a future of the closed loop may be cancelled
            await self.session.close()


async def _close_at_the_end(session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    async with session:
        yield


class Connector(aiohttp.TCPConnector):
    """A connector with a connect timeout, which can close its sockets without its event loop."""

    @cached_property
    def _transports(self) -> WeakSet[asyncio.BaseTransport]:
        return WeakSet()

    # aiohttp calls it when no open connection can be used, after the wait for a free place. So the
    # timeout excludes this wait, which aiohttp's `connect` includes; and it includes the name
    # lookup, which `sock_connect` excludes.
    async def _create_connection(
        self, req: aiohttp.ClientRequest, *args: Any, **options: Any
    ) -> ResponseHandler:
        trace = cast("GuardedRequest", req).trace
        trace.is_reusing = False
        async with asyncio.timeout(trace.connect_timeout):
            protocol = await super()._create_connection(req, *args, **options)
        self._transports.update(each for each in [protocol.transport] if each is not None)
        return protocol

    def close_sockets(self) -> None:
        """Close all sockets; the event loop must be closed."""
        for transport in self._transports:
            _close_socket(transport)


def _close_socket(transport: Any) -> None:
    """Close the socket of a transport whose event loop is closed.

    Neither asyncio nor aiohttp can do this: they close a socket in a callback of its loop. Without
    it, the socket would stay open until the garbage collector finds it and warns.
    """
    with contextlib.suppress(RuntimeError):  # the loop cannot run the last callback
        transport.abort()
    tls = getattr(transport, "_ssl_protocol", None)
    plain = transport if tls is None else getattr(tls, "_transport", None)
    close = getattr(plain, "_call_connection_lost", None)
    if close is not None and getattr(plain, "_sock", None) is not None:
        with contextlib.suppress(RuntimeError):
            close(None)
