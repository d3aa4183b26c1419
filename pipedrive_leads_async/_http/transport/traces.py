"""Record the progress of a request, and keep errors in the user's traces from it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable
from types import SimpleNamespace
from typing import Any

import aiohttp

from ..._shared.log import log


class RequestTrace:
    """The progress of one request.

    Attributes:
        connect_timer: The timer of the connect timeout.
        connect_timeout: The seconds after which it ends the request.
        on_sent: Called before the first byte is sent.
        is_reusing: Whether an earlier request used the connection of this one.
        sent: Whether the first bytes were sent.
        disconnect: Closes the connection.
    """

    connect_timer: asyncio.Timeout

    def __init__(self, connect_timeout: float, on_sent: Callable[[], None]) -> None:
        self.connect_timeout = connect_timeout
        self.on_sent = on_sent
        self.is_reusing = True
        self.sent = False
        self.disconnect: Callable[[], None] = lambda: None

    # The connect timeout includes the name lookup, which aiohttp's `sock_connect` excludes. It
    # excludes the wait for a free connection, which aiohttp's `connect` includes.
    def start_connecting(self) -> None:
        """Record that a new connection is being opened, and start the connect timeout."""
        self.is_reusing = False
        self.connect_timer.reschedule(asyncio.get_running_loop().time() + self.connect_timeout)

    def end_connecting(self) -> None:
        """Stop the connect timeout: the connection is open."""
        self.connect_timer.reschedule(None)

    def start_sending(self) -> None:
        """Record that the request is leaving this machine."""
        self.sent = True
        self.on_sent()


def trace_configs(of_the_user: Iterable[aiohttp.TraceConfig]) -> list[aiohttp.TraceConfig]:
    """Return the traces of a session that uses the connector of the user's session.

    They are the user's, and one that records new connections, as `Connector` does without traces.
    An exception in a trace of the user is logged and goes no further. Otherwise, it would
    replace the response of a request that was carried out.

    https://docs.aiohttp.org/en/stable/tracing_reference.html
    """
    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(_on_connection_create_start)
    config.on_connection_create_end.append(_on_connection_create_end)
    return [*map(_guarded, of_the_user), config]


def _guarded(config: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Return a copy of a trace whose callbacks raise no exceptions."""
    copy: Any = aiohttp.TraceConfig(trace_config_ctx_factory=_context_factory(config))
    for event in dir(config):
        if event.startswith("on_"):
            getattr(copy, event).extend(_logging(each) for each in getattr(config, event))
    result: aiohttp.TraceConfig = copy
    return result


def _context_factory(config: aiohttp.TraceConfig) -> Any:
    def create(trace_request_ctx: Any = None) -> Any:
        return config.trace_config_ctx(trace_request_ctx)

    return create


def _logging(callback: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(callback)
    async def guarded(*args: object) -> None:
        try:
            await callback(*args)
        except Exception as error:
            log.exception("a trace of session raised %s", type(error).__name__)

    return guarded


async def _on_connection_create_start(_: object, context: SimpleNamespace, __: object) -> None:
    trace: RequestTrace = context.trace_request_ctx
    trace.start_connecting()


async def _on_connection_create_end(_: object, context: SimpleNamespace, __: object) -> None:
    trace: RequestTrace = context.trace_request_ctx
    trace.end_connecting()
