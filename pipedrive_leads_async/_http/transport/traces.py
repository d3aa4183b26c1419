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
        connect_timeout: The seconds after which opening a new connection must have ended.
        connect_timer: The timer that ends it, if the connector is the user's.
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

    def start_sending(self) -> None:
        """Record that the request is leaving this machine."""
        self.sent = True
        self.on_sent()


def trace_configs(of_the_user: Iterable[aiohttp.TraceConfig]) -> list[aiohttp.TraceConfig]:
    """Return the traces of a session that uses the connector of the user's session.

    They are the user's, and one that does what `Connector` does without traces: it records that a
    connection is new, and applies the connect timeout, for which the request needs the middleware
    `with_connect_timer`. An exception in a trace of the user is logged and goes no further.
    Otherwise, it would replace the response of a request that was carried out.

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


def with_connect_timer(trace: RequestTrace) -> aiohttp.ClientMiddlewareType:
    """Return a middleware with a timer for one request; it runs between the callbacks below."""

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        async with asyncio.timeout(None) as trace.connect_timer:
            return await handler(request)

    return send


async def _on_connection_create_start(_: object, context: SimpleNamespace, __: object) -> None:
    trace: RequestTrace = context.trace_request_ctx
    trace.is_reusing = False
    trace.connect_timer.reschedule(asyncio.get_running_loop().time() + trace.connect_timeout)


async def _on_connection_create_end(_: object, context: SimpleNamespace, __: object) -> None:
    trace: RequestTrace = context.trace_request_ctx
    trace.connect_timer.reschedule(None)
