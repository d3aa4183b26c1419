"""`OAuth2`: the grant of one user to an app, from the consent page to its revocation."""

from __future__ import annotations

import contextlib
import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from urllib.parse import urlencode

import aiohttp

from .._http.authorization import Credential
from .._http.transport.session import SessionManager
from .._shared import checks
from .._shared.secrets import Secret, hide_arguments
from .._shared.urls import is_host_and_port
from ..errors import ConfigurationError
from ._grant import Grant, OnTokenUpdate
from ._token import Token
from ._token_checks import as_secret, check_token
from ._token_endpoint import TokenEndpoint
from ._token_stores import MemoryTokenStore, TokenStore

_HOST: Final = "https://oauth.pipedrive.com"

_ORIGIN = re.compile(
    r"(?:https://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}\.?"
    r"|http://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]))(?::[0-9]{1,5})?/?"
).fullmatch


@hide_arguments
class OAuth2:
    """The OAuth 2.0 grant of one user of one company to an app.

    Pass it to a `LeadsClient` as `auth`. It refreshes the access token before its end, once for
    all tasks and, if they share a store, once for all processes. A new token is saved before it
    is used. The constructor sends nothing and needs no event loop.

    Args:
        client_id: The id of the app, from Pipedrive's Developer Hub.
        client_secret: The secret of the app.
        redirect_uri: The callback URL of the app, as in the Developer Hub.
        token: The token to start with if the store is empty.
        store: The store of the account's token: a `FileTokenStore`, a `RedisTokenStore` or your
            own `TokenStore`. By default the token is kept in memory.
        on_token_update: Called with each new `Token` after it is saved and before it is used. It
            may be async, and must not use this object. An error that it raises reaches the
            waiting calls, and the next call passes the same token again.
        session: A `SessionManager` or an `aiohttp.ClientSession` whose connections are used; it
            is not closed. By default each token request opens a connection of its own.
        oauth_url: The URL of the OAuth host: https, or http to this machine.

    Raises:
        ConfigurationError: An argument is invalid; the message names it.

    Example:
        >>> from pipedrive_leads_async import FileTokenStore, LeadsClient, OAuth2
        >>> oauth = OAuth2(
        ...     "client-id",
        ...     "client-secret",
        ...     "https://example.com/callback",
        ...     store=FileTokenStore("/var/lib/example/acme.json"),
        ... )
        >>> state = OAuth2.new_state()  # save it in the user's session
        >>> page = oauth.authorization_url(state)  # redirect the user to it
        >>> async def callback(code: str, received: str) -> None:
        ...     if OAuth2.state_matches(state, received):
        ...         await oauth.exchange(code)
        >>> client = LeadsClient(oauth)

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str | Secret,
        redirect_uri: str,
        *,
        token: Token | None = None,
        store: TokenStore | None = None,
        on_token_update: OnTokenUpdate | None = None,
        session: SessionManager | aiohttp.ClientSession | None = None,
        oauth_url: str = _HOST,
    ) -> None:
        app_secret = as_secret(client_secret)
        check_token("client_id", client_id)
        check_token("client_secret", app_secret.reveal())
        check_token("redirect_uri", redirect_uri)
        if token is not None:
            checks.instance("token", token, Token, advice="write Token(access_token)")
        checks.callback("on_token_update", on_token_update)
        self._redirect_uri = redirect_uri
        self._endpoint = TokenEndpoint(
            client_id, app_secret, _check_origin(oauth_url), _sessions(session)
        )
        self._grant = Grant(
            endpoint=self._endpoint,
            store=MemoryTokenStore() if store is None else _check_store(store),
            seed=token,
            on_token_update=on_token_update,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OAuth2) and self._grant == other._grant

    def __hash__(self) -> int:
        return hash(self._grant)

    def __credential__(self) -> Credential:
        """Return the credential that a client uses."""
        return self._grant

    @staticmethod
    def new_state() -> str:
        """Return a random `state`. Save it in the user's session.

        https://www.rfc-editor.org/rfc/rfc6749#section-10.12
        """
        return secrets.token_urlsafe(32)

    @staticmethod
    def state_matches(expected: str | None, received: str | None) -> bool:
        """Return whether a callback belongs to the authorization of this user.

        Args:
            expected: The `state` in the user's session; None and "" never match.
            received: The `state` in the callback's query.
        """
        if not isinstance(expected, str) or not isinstance(received, str) or not expected:
            return False
        pair = (text.encode(errors="surrogatepass") for text in (expected, received))
        return hmac.compare_digest(*pair)

    def authorization_url(self, state: str) -> str:
        """Return the URL of the page on which the user grants access to the app.

        Pipedrive then redirects the user to `redirect_uri` with the `state` and a `code` for
        `exchange`, or with an `error` if the user declined.

        Args:
            state: The value that `new_state` returned.
        """
        query = {
            "client_id": self._endpoint.client_id,
            "redirect_uri": self._redirect_uri,
            "state": checks.text("state", state),
        }
        return f"{self._endpoint.oauth_url}/oauth/authorize?{urlencode(query)}"

    async def exchange(self, code: str) -> Token:
        """Request the token for the code of a callback, save it and return it.

        A code is valid for five minutes and one request, so it is never sent twice.

        Raises:
            ReauthorizationRequiredError: The code is not accepted; restart the authorization.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: The outcome is unknown; restart the authorization.
        """
        hidden = Secret(checks.text("code", code))
        del code  # a traceback with local variables must not show it
        return await self._grant.exchange(hidden, self._redirect_uri)

    async def refresh(self) -> Token:
        """Refresh the token now, save the new one and return it.

        Clients refresh automatically. Pipedrive ends a grant that is not used for 60 days, so
        refresh each token that you keep once a month. The scopes stay those of the consent.

        If another process has refreshed the token since this one loaded it, the stored token is
        returned.

        Raises:
            ReauthorizationRequiredError: The grant has ended, or there is no token yet.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: The OAuth host or the store failed.
        """
        return await self._grant.refresh()

    async def revoke(self) -> None:
        """Revoke the refresh token, which ends the grant: Pipedrive uninstalls the app.

        Without a refresh token, only the access token is revoked. The store keeps its token,
        which is no longer valid: delete it.

        Raises:
            ReauthorizationRequiredError: There is no token.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: The outcome is unknown; try again.
        """
        await self._grant.revoke()


def _check_origin(oauth_url: object) -> str:
    url = str(checks.instance("oauth_url", oauth_url, str)).lower()
    if not (_ORIGIN(url) and is_host_and_port(url.rstrip("/").partition("://")[2])):
        raise ConfigurationError(
            "oauth_url must be https://<host> without a path; http:// only for this machine"
        )
    return url.rstrip("/")


def _check_store(store: object) -> TokenStore:
    if not isinstance(store, TokenStore) or isinstance(store, type):
        raise TypeError(
            "store must be a TokenStore (load, save, lease), got "
            f"{checks.kind_of(store)}: write FileTokenStore(path) or MemoryTokenStore()"
        )
    if getattr(store, "__hash__", None) is None:
        raise TypeError(
            "store has no __hash__: define __eq__ and __hash__ so that two stores of one place "
            "are equal"
        )
    return store


def _sessions(
    session: SessionManager | aiohttp.ClientSession | None,
) -> Callable[[], AbstractAsyncContextManager[SessionManager]]:
    if isinstance(session, SessionManager):
        return lambda: contextlib.nullcontext(session)
    SessionManager(session=session)  # raises now if it is not a session, not at the first refresh
    return lambda: SessionManager(session=session)
