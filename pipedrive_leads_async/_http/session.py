"""The way to the network: one aiohttp session, our own or over a lent connector."""

from __future__ import annotations

import asyncio
import os
import re
import ssl as ssl_module
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from types import SimpleNamespace
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakValueDictionary

import aiohttp
import attrs

from .._shared import checks
from .._shared.closing import AsyncCloseable
from .._shared.secrets import basic_authorization, unseen_arguments
from .._version import __version__
from ..errors import (
    CertificateError,
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedResponseError,
    WrongLoopError,
)
from .message import Request, Response

T = TypeVar("T")

_LARGEST_BODY: Final = 32 * 1024 * 1024
"""After decompression; 500 leads are about half a megabyte."""

_LARGEST_ERROR_BODY: Final = 64 * 1024

_PROXY = re.compile(r"(https?://)(?:([^\s/?#:]*):?([^\s/?#]*)@)?([^\s/?#@]+/?)").fullmatch

_MOST_KEPT: Final = 2000
"""Access tokens change every hour, so that keys come without end."""

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"pipedrive-leads-async/{__version__}",
}


@unseen_arguments
class SessionManager(AsyncCloseable):
    """The connections that one or many clients share.

    Made without a loop and without I/O; it opens its session at the first request, in the
    loop that runs then. Cookies are never kept, redirects never followed.

    Args:
        session: A session of yours whose connector (and trace configs) to use. It is
            neither closed nor changed, and its headers, cookies, middlewares and proxy do
            not apply.
        connections: How many at once; of our own connector.
        proxy: The http or https URL of a proxy, with its user and password if it asks for them.
        trust_env: Whether to use the proxy that the environment names (`HTTPS_PROXY`,
            `NO_PROXY`) where `proxy` names none. netrc is never read.
        ssl: A TLS context, which must verify certificates; of our own connector.

    Raises:
        ConfigurationError: An argument that does not go with the others.

    Example:
        >>> from pipedrive_leads_async import LeadsClient, SessionManager
        >>> manager = SessionManager(connections=20)
        >>> first = LeadsClient("token-of-one-account", session=manager)
        >>> second = LeadsClient("token-of-another", session=manager)
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession | None = None,
        connections: int = 100,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: ssl_module.SSLContext | None = None,
    ) -> None:
        if session is not None:
            checks.instance("session", session, aiohttp.ClientSession)
        if ssl is not None:
            checks.instance("ssl", ssl, ssl_module.SSLContext)
            if ssl.verify_mode is not ssl_module.CERT_REQUIRED:
                raise ConfigurationError(
                    "ssl must be a context that verifies: give it CERT_REQUIRED"
                )
            if session is not None:
                raise ConfigurationError("ssl does not go with session: its connector has one")
        if proxy is not None and not _PROXY(checks.instance("proxy", proxy, str)):
            raise ConfigurationError("proxy must be a URL such as http://proxy.example:3128")
        self._lent = session
        self._connections = checks.integer("connections", connections, error=ConfigurationError)
        self._proxy = _Proxy.parse(proxy)
        checks.boolean("trust_env", trust_env)
        named = getproxies() if trust_env else {}
        self._environment_proxies = {scheme: _Proxy.parse(url) for scheme, url in named.items()}
        self._ssl = ssl
        self._session: aiohttp.ClientSession | None = None
        self._home: tuple[asyncio.AbstractEventLoop, int] | None = None
        self._closed = False
        self._shared: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._recently_shared: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def closed(self) -> bool:
        """Whether `aclose` was called."""
        return self._closed

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give the one object that the clients of this manager share under a key.

        It outlives them, as a client may live for one request only; of those that no client
        has at the moment, the ones used last are kept.
        """
        found: T | None = self._shared.get(key)
        if found is None:
            found = self._shared[key] = make()
        self._recently_shared[key] = found
        self._recently_shared.move_to_end(key)
        if len(self._recently_shared) > _MOST_KEPT:
            self._recently_shared.popitem(last=False)
        return found

    async def send(self, request: Request, on_sent: Callable[[], None] = lambda: None) -> Response:
        """Send one request once, and read its answer to the end.

        Args:
            request: The request.
            on_sent: Called before its first byte leaves, so that who is cancelled knows too.

        Raises:
            TransportError: No whole answer came; `.sent` says whether the request left.
            UnexpectedResponseError: The answer is larger than 32 MiB.
            ClientClosedError: The manager, or the session it was lent, is closed.
            WrongLoopError: It was opened in another event loop or process.
        """
        session = self._open()
        headers, proxy = request.headers, self._proxy_for(request.url)
        if request.url.startswith("http:"):
            headers = {**headers, **proxy.headers}  # there is no tunnel to ask for
        attempt = _Attempt(request.connect_timeout, on_sent)
        failure: TransportError
        try:
            async with (
                asyncio.timeout(None) as attempt.connecting,
                session.request(
                    request.method,
                    request.url,
                    headers=headers,
                    data=request.body,
                    proxy=proxy.url,
                    proxy_headers=proxy.headers,
                    # aiohttp forwards x-api-token to whatever host a redirect names.
                    allow_redirects=False,
                    # `total` and `connect` would count the wait for a free connection.
                    timeout=aiohttp.ClientTimeout(sock_read=request.read_timeout),
                    trace_request_ctx=attempt,
                ) as response,
            ):
                return Response(request, response.status, response.headers, await _read(response))
        except TimeoutError:
            waited = (
                f"reading paused for {request.read_timeout:g} s"
                if attempt.connected
                else f"connecting took longer than {request.connect_timeout:g} s"
            )
            failure = RequestTimeoutError(waited, sent=attempt.sent)
        except aiohttp.ClientSSLError as error:
            failure = CertificateError(f"TLS failed: {_cause(error)}", sent=False)
        except (aiohttp.ClientError, OSError, _DisconnectedError) as error:
            where = urlsplit(request.url).netloc
            failure = ConnectionFailedError(
                f"the connection to {where} failed: {_cause(error)}", sent=attempt.sent
            )
        # Outside the handlers, so that aiohttp's error, which holds the URL and the
        # headers, is not kept as the context of ours.
        raise failure

    def _proxy_for(self, url: str) -> _Proxy:
        # Not by aiohttp's trust_env, which sends netrc's passwords too.
        if self._proxy.url is not None or not self._environment_proxies:
            return self._proxy
        parts = urlsplit(url)
        if proxy_bypass(parts.hostname or ""):
            return self._proxy
        return self._environment_proxies.get(parts.scheme, self._proxy)

    def check_loop(self) -> None:
        """Refuse another event loop, or process, than that of the first request.

        Raises:
            WrongLoopError: It is another one.
        """
        if self._home not in (None, (asyncio.get_running_loop(), os.getpid())):
            raise WrongLoopError(
                "the session was opened in another event loop or in a parent process: make "
                "a client for each. With FastAPI's TestClient write `with TestClient(app)`, "
                "as without `with` every call runs in a loop of its own"
            )

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ClientClosedError("the session manager is closed: make a new one")
        if self._lent is not None and self._lent.closed:
            raise ClientClosedError("the lent session is closed: keep it open while it is used")
        self.check_loop()
        if self._session is None:
            self._session = self._make()
            self._home = (asyncio.get_running_loop(), os.getpid())
        return self._session

    def _make(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_start.append(_on_connecting)
        trace.on_connection_create_end.append(_on_connected)
        trace.on_connection_reuseconn.append(_on_reused)
        trace.on_request_headers_sent.append(_on_sent)
        if self._lent is None:
            connector: aiohttp.BaseConnector | None = aiohttp.TCPConnector(
                limit=self._connections, ssl=self._ssl or True
            )
            traces = [trace]
        else:
            connector = self._lent.connector
            traces = [*self._lent.trace_configs, trace]
        try:
            return aiohttp.ClientSession(
                # Left out, it would be the connector's, whichever that is.
                loop=asyncio.get_running_loop(),
                connector=connector,
                connector_owner=self._lent is None,
                headers=_HEADERS,
                # aiohttp names a type even where a POST has no body, which servers may refuse.
                skip_auto_headers=("Content-Type",),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_send_once,),
                trace_configs=traces,
            )
        except RuntimeError:
            raise WrongLoopError("the lent session belongs to another event loop") from None

    async def aclose(self) -> None:
        """Close what was opened here, at once; a lent session stays open. Twice is fine.

        Raises:
            WrongLoopError: The event loop of its requests is another one, and still open.
        """
        if self._session is not None and self._home and not self._home[0].is_closed():
            self.check_loop()
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()


@attrs.frozen
class _Proxy:
    """A proxy, or none; what lets us in is apart from its URL, which aiohttp shows as it is."""

    url: str | None
    headers: Mapping[str, str]

    @classmethod
    def parse(cls, url: str | None) -> _Proxy:
        parts = _PROXY(url or "")
        if parts is None or parts[2] is None:
            return cls(url, {})
        scheme, user, password, place = parts.groups()
        authorization = basic_authorization(unquote(user), unquote(password))
        return cls(f"{scheme}{place}", {"Proxy-Authorization": authorization})


class _Attempt:
    """What is known of one request while aiohttp works on it; its traces keep it up."""

    connecting: asyncio.Timeout

    def __init__(self, connect_timeout: float, on_sent: Callable[[], None]) -> None:
        self.connect_timeout = connect_timeout
        self.on_sent = on_sent
        self.connected = False
        self.sent = False


# Counted here, connecting includes the name lookup, which `sock_connect` leaves out, and
# excludes the wait for a free connection, which `connect` includes.
async def _on_connecting(_: object, context: SimpleNamespace, __: object) -> None:
    attempt: _Attempt = context.trace_request_ctx
    attempt.connecting.reschedule(asyncio.get_running_loop().time() + attempt.connect_timeout)


async def _on_connected(_: object, context: SimpleNamespace, __: object) -> None:
    attempt: _Attempt = context.trace_request_ctx
    attempt.connecting.reschedule(None)
    attempt.connected = True


async def _on_reused(_: object, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.connected = True


async def _on_sent(_: object, context: SimpleNamespace, __: object) -> None:
    attempt: _Attempt = context.trace_request_ctx
    attempt.sent = True
    attempt.on_sent()


class _DisconnectedError(Exception):
    """A disconnect that aiohttp does not recognise, and so does not send again."""


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    # aiohttp sends idempotent requests a second time by itself after a disconnect, where
    # neither the rate limit nor a count of attempts sees it.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if isinstance(error, aiohttp.ClientSSLError):
            raise
        raise _DisconnectedError(_cause(error)) from None


def _cause(error: BaseException) -> str:
    # aiohttp's own texts hold URLs; the system's do not.
    if isinstance(error, _DisconnectedError):
        return str(error)
    name, reason = type(error).__name__, getattr(error, "strerror", None)
    return f"{name} ({reason})" if reason else name


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read the body in pieces: `read()` of a compressed bomb takes all memory there is."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            del chunk
            if response.status >= 400 and size > _LARGEST_ERROR_BODY:
                response.close()
                break
            if size > _LARGEST_BODY:
                response.close()
                raise UnexpectedResponseError(
                    f"the answer is larger than {_LARGEST_BODY >> 20} MiB", status=response.status
                )
        return b"".join(chunks)
    finally:
        chunks.clear()  # an error's traceback holds this frame, and it may be half a token
