"""Configure the connections of clients, and share them: `SessionManager`."""

from __future__ import annotations

import ssl as ssl_module
from typing import Self

import aiohttp

from ..._shared import checks
from ..._shared.closing import AsyncCloseable
from ..._shared.secrets import hide_arguments
from ...errors import ClientClosedError, ConfigurationError
from .proxy import ProxySettings
from .shared_state import SharedState
from .transport import Transport


@hide_arguments
class SessionManager(AsyncCloseable):
    """The connections that one or many clients share.

    Creating it does no I/O and needs no event loop; it opens its session for the first request,
    in the running loop, and again in the next loop after this one is closed. It never stores
    cookies and never follows redirects.

    Args:
        session: An `aiohttp.ClientSession` of yours. Requests use its connector and its trace
            configs. It is neither closed nor changed; its headers, cookies, middlewares and
            proxy do not apply.
        connections: The maximum number of open connections, at least 1. It does not apply to
            `session`.
        proxy: The http or https URL of a proxy, with user and password if it needs them.
        trust_env: Whether to use the proxy that the environment names (`HTTPS_PROXY`,
            `NO_PROXY`) if `proxy` is None. It must be a valid URL, as `proxy`. netrc is never read.
        ssl: A TLS context, which must verify certificates. It cannot be combined with `session`.

    Raises:
        ConfigurationError: An argument is invalid, or cannot be combined with another.

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
            _check_tls_context(ssl)
            if session is not None:
                raise ConfigurationError(
                    "ssl cannot be combined with session: configure TLS in the connector of session"
                )
        self._transport = Transport(
            session=session,
            connections=checks.integer("connections", connections, error=ConfigurationError),
            proxies=ProxySettings.read(proxy, trust_env=trust_env),
            ssl=ssl,
        )
        self._shared_state = SharedState()

    async def __aenter__(self) -> Self:
        if self.closed:
            raise ClientClosedError("the session manager is closed: create a new one")
        return self

    @property
    def closed(self) -> bool:
        """Whether `aclose` was called."""
        return self._transport.closed

    async def aclose(self) -> None:
        """Close the connections at once; a session that was passed in stays open.

        Calls in progress fail with `ClientClosedError`. Closing twice is fine.

        Raises:
            WrongLoopError: The requests ran in another event loop, and that loop is still open.
        """
        await self._transport.aclose()

    def __transport__(self) -> Transport:
        return self._transport

    def __shared_state__(self) -> SharedState:
        return self._shared_state


def _check_tls_context(context: ssl_module.SSLContext) -> None:
    advice = "certificates are always checked: write ssl.create_default_context(cafile=...)"
    checks.instance("ssl", context, ssl_module.SSLContext, advice=advice)
    if context.verify_mode is not ssl_module.CERT_REQUIRED:
        raise ConfigurationError(
            "ssl must verify certificates: set its verify_mode to CERT_REQUIRED"
        )
