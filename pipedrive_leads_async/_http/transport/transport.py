"""Send one HTTP request through aiohttp, and record whether it left this machine."""

from __future__ import annotations

import asyncio
import ssl as ssl_module
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import attrs

from ..._codec import bounds
from ...errors import (
    CertificateError,
    ClientClosedError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedResponseError,
    WrongLoopError,
)
from ..body.multipart import Multipart, Upload
from ..message import USER_AGENT, Request, Response
from .connections import DisconnectedError, GuardedRequest, reason_of, sending_once
from .loop_session import Connector, LoopSession
from .proxy import ProxySettings
from .traces import RequestTrace, trace_configs, with_connect_timer

_MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes after decompression; 500 leads are about half a megabyte."""

_MAX_ERROR_BODY: Final = 64 * 1024

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": USER_AGENT,
}


class Transport:
    """One aiohttp session, opened for the first request in the event loop that runs then.

    After this loop is closed, another session is opened in the next one.

    Args:
        session: The user's session. Its connector is used; without it, a new connector.
        connections: The maximum number of open connections of the new connector.
        proxies: The proxies of the requests.
        ssl: The TLS context of the new connector, None for the default.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession | None,
        connections: int,
        proxies: ProxySettings,
        ssl: ssl_module.SSLContext | None,
    ) -> None:
        self._user_session = session
        self._connections = connections
        self._proxies = proxies
        self._ssl = ssl
        self._opened: LoopSession | None = None
        self.closed = False

    async def send(self, request: Request, on_sent: Callable[[], None] = lambda: None) -> Response:
        """Send a request once, and read the whole response.

        Args:
            request: The request.
            on_sent: Called before the first byte is sent, so that a cancelled caller knows
                whether the request left.

        Raises:
            TransportError: There is no complete response; `.sent` is whether the request left.
            InvalidRequestError: A file in the body cannot be read, so that the request is
                incomplete.
            UnexpectedResponseError: The response is larger than 32 MiB, or would take too much
                time or memory to parse.
            ClientClosedError: The transport, or the user's session, is closed.
            WrongLoopError: The session is open in another event loop or process.
        """
        session = await self._open_session()
        proxy = self._proxies.select(request.url)
        if proxy.headers and request.is_local:
            # There is no CONNECT request to carry them.
            request = attrs.evolve(request, headers={**request.headers, **proxy.headers})
        trace = RequestTrace(request.connect_timeout, on_sent)
        middlewares = [sending_once(trace)]
        if self._user_session is not None:
            middlewares.append(with_connect_timer(trace))
        upload = Upload(request.body) if isinstance(request.body, Multipart) else None
        try:
            async with session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=upload or request.body,
                proxy=proxy.url,
                proxy_headers=proxy.headers,
                # aiohttp would send x-api-token to the host of a redirect.
                allow_redirects=False,
                # `total` and `connect` would count the wait for a free connection.
                timeout=aiohttp.ClientTimeout(sock_read=request.read_timeout),
                trace_request_ctx=trace,
                middlewares=middlewares,
            ) as response:
                body = await _read_body(response)
                return Response(request, response.status, response.headers, body, trace.disconnect)
        except (aiohttp.ClientError, OSError, DisconnectedError) as error:
            failure = (upload and upload.failure) or _transport_error(error, request, trace)
        finally:
            if upload:
                upload.close()
        # Raised outside of the handler: aiohttp's error holds the URL and the headers, and
        # must not become the context of this one.
        raise failure

    def check_loop(self) -> None:
        """Check that requests can be sent in the running event loop of this process.

        Raises:
            WrongLoopError: The session is open in another event loop or process.
        """
        opened = self._opened
        if opened is not None and not opened.is_here and not opened.is_over:
            raise WrongLoopError(
                "the session is open in another event loop or in a parent process: make one "
                "client for each event loop and process that run at the same time, for example "
                "in the function that a thread or a worker runs. A client can be used in one "
                "loop after another if each is closed before, as asyncio.run and async_to_sync "
                "do. With FastAPI's TestClient write `with TestClient(app)`"
            )

    async def aclose(self) -> None:
        """Close the aiohttp session, but not the user's; closing twice is fine.

        Raises:
            WrongLoopError: The session is open in another event loop or process.
        """
        self.check_loop()
        self.closed = True
        await self._drop_session()

    async def _open_session(self) -> aiohttp.ClientSession:
        self.check_loop()
        if self._opened is not None and self._opened.is_over:
            await self._drop_session()
        if self.closed:
            raise ClientClosedError("the session manager is closed: create a new one")
        if self._user_session is not None and self._user_session.closed:
            raise ClientClosedError(
                "session is closed: keep your aiohttp.ClientSession open while a client uses it"
            )
        if self._opened is None:
            self._opened = LoopSession(self._create_session())
            await self._opened.start()
        return self._opened.session

    async def _drop_session(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()

    def _create_session(self) -> aiohttp.ClientSession:
        if self._user_session is None:
            connector: aiohttp.BaseConnector | None = Connector(
                limit=self._connections, ssl=self._ssl or True
            )
            traces: list[aiohttp.TraceConfig] = []
        else:
            connector = self._user_session.connector
            traces = trace_configs(self._user_session.trace_configs)
        try:
            return aiohttp.ClientSession(
                # Without it, aiohttp would not check that the connector belongs to this loop.
                loop=asyncio.get_running_loop(),
                connector=connector,
                connector_owner=self._user_session is None,
                headers=_HEADERS,
                # aiohttp sends a content type even for a POST without body; servers may refuse it.
                skip_auto_headers=("Content-Type",),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=GuardedRequest,
                trace_configs=traces,
            )
        except RuntimeError:
            raise WrongLoopError(
                "session belongs to another event loop: create the aiohttp.ClientSession in "
                "the loop that uses it"
            ) from None


def _transport_error(error: Exception, request: Request, trace: RequestTrace) -> TransportError:
    """Return the error to raise instead of an error of aiohttp or of the system."""
    if isinstance(error, TimeoutError):
        message = (
            f"no data arrived for {request.read_timeout:g} s"
            if trace.sent
            else f"connecting took longer than {request.connect_timeout:g} s"
        )
        return RequestTimeoutError(message, sent=trace.sent)
    if isinstance(error, aiohttp.ClientSSLError):
        return CertificateError(f"TLS failed: {reason_of(error)}", sent=False)
    host = urlsplit(request.url).netloc
    message = f"the connection to {host} failed: {reason_of(error)}"
    return ConnectionFailedError(message, sent=trace.sent)


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    """Read the body in chunks: `read()` of a decompression bomb would exhaust the memory.

    Raises:
        UnexpectedResponseError: The body exceeds a bound, so that it must not be parsed.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := await response.content.readany():
            chunks.append(chunk)
            size += len(chunk)
            del chunk
            if response.status >= 400 and size > _MAX_ERROR_BODY:
                response.close()
                return b"".join(chunks)[:_MAX_ERROR_BODY]
            if size > _MAX_BODY:
                response.close()
                raise _too_large(response, f"is larger than {_MAX_BODY >> 20} MiB")
        chunks[:] = [b"".join(chunks)]
        if size > bounds.RESPONSE.unchecked:
            await asyncio.sleep(0)  # reading took a while, and so will the check
            if exceeded := bounds.RESPONSE.exceeded_by(chunks[0]):
                raise _too_large(response, exceeded)
            await asyncio.sleep(0)  # and so will parsing
        return chunks[0]
    finally:
        # No local variable keeps a part of the body, which may hold a token: the traceback of an
        # error keeps this frame.
        chunks.clear()


def _too_large(response: aiohttp.ClientResponse, exceeded: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"the response {exceeded}: request fewer items at a time",
        status=response.status,
        too_large=True,
    )
