"""Send each request once, and not over a connection on which something else has arrived."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from .traces import RequestTrace

if TYPE_CHECKING:
    from aiohttp.connector import Connection


class DisconnectedError(Exception):
    """A disconnect that aiohttp does not recognize, so that it does not resend the request."""


class _StaleConnectionError(Exception):
    """The connection has unread bytes or was closed; nothing was sent over it."""


class GuardedRequest(aiohttp.ClientRequest):
    """A request that is not sent over a reused connection with unread bytes.

    Those bytes are a response that nobody asked for, or the end of the connection. aiohttp
    would take the former for the response to this request. A response that arrives later cannot
    be recognized here: the operations check what they receive.
    """

    trace: RequestTrace

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        trace = self.trace
        if trace.is_reusing and _has_arrived(conn):
            raise _StaleConnectionError  # aiohttp then closes the connection
        trace.disconnect = cast("Any", conn.protocol).close
        trace.start_sending()
        return await super().send(conn)


def sending_once(trace: RequestTrace) -> aiohttp.ClientMiddlewareType:
    """Return a middleware that sends one request once, over a connection without unread bytes."""

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        cast("GuardedRequest", request).trace = trace
        while True:
            # After a disconnect aiohttp resends idempotent requests, and neither the rate limit
            # nor the number of attempts would count them.
            try:
                return await handler(request)
            except _StaleConnectionError:
                continue  # with the next connection of the pool, at last with a new one
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
                if isinstance(error, aiohttp.ClientSSLError):
                    raise
                raise DisconnectedError(reason_of(error)) from None

    return send


def reason_of(error: BaseException) -> str:
    """Return the reason of a failed connection, without the URL."""
    # The messages of aiohttp contain URLs; those of the system do not.
    if isinstance(error, DisconnectedError):
        return str(error)
    name, reason = type(error).__name__, getattr(error, "strerror", None)
    return f"{name} ({reason})" if reason else name


def _has_arrived(connection: Connection) -> bool:
    """Return whether bytes, or the end, have arrived: at aiohttp, or at the operating system."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return True
    return _is_readable(transport.get_extra_info("socket").fileno())


def _is_readable(descriptor: int) -> bool:
    """Return whether something can be read from a socket without waiting."""
    if not hasattr(select, "poll"):  # only Windows, where select() takes any descriptor
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
