"""`OAuth2`: a user's consent to an app, from the page that asks for it to its end."""

from __future__ import annotations

import contextlib
import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from .._http.authorization import Credential
from .._http.session import SessionManager
from .._shared import checks
from .._shared.secrets import Secret, unseen_arguments
from ..errors import ConfigurationError
from ._grant import Grant, OnTokenUpdate
from ._token import Token
from ._token_checks import as_secret, check_token
from ._token_endpoint import TokenEndpoint
from ._token_stores import MemoryTokenStore, TokenStore

if TYPE_CHECKING:
    import aiohttp

_HOST: Final = "https://oauth.pipedrive.com"

_ORIGIN = re.compile(
    r"(?:https://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}\.?"
    r"|http://(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]))(?::[0-9]{1,5})?/?"
).fullmatch


@unseen_arguments
class OAuth2:
    """What an app may do for one user of one company: the credential of that account.

    Give it to a `LeadsClient` as `auth`. It asks for the next access token before the last
    one ends, once for all tasks and, with a store that they share, for all processes; a
    token that comes is saved before it is used. Making it does no I/O and needs no loop.

    Args:
        client_id: The app's id, from Pipedrive's Developer Hub.
        client_secret: The app's secret.
        redirect_uri: Where Pipedrive sends the user back to, as the Developer Hub has it.
        token: What to begin with where the store has nothing.
        store: Where the account's token is kept: a `FileTokenStore`, a `RedisTokenStore`, or
            your own `TokenStore`. Left out, it lasts as long as this object.
        on_token_update: Called with each `Token` that comes, once the store has it and before
            it is used; it may be async, and does not use this object. What it raises reaches
            the calls that wait, and the next call gives it the token again.
        session: A `SessionManager` or an `aiohttp.ClientSession` whose connections to use;
            it is not closed. Left out, each request for a token opens its own.
        oauth_url: Where the OAuth host is: https, or http to this machine.

    Raises:
        ConfigurationError: An argument that cannot be; the message names it.

    Example:
        >>> from pipedrive_leads_async import FileTokenStore, LeadsClient, OAuth2
        >>> oauth = OAuth2(
        ...     "client-id",
        ...     "client-secret",
        ...     "https://example.com/callback",
        ...     store=FileTokenStore("/var/lib/example/acme.json"),
        ... )
        >>> state = OAuth2.new_state()  # kept in the user's session
        >>> page = oauth.authorization_url(state)  # where the user is sent
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
        oauth_url = checks.instance("oauth_url", oauth_url, str).lower()
        if not _ORIGIN(oauth_url):
            raise ConfigurationError(
                "oauth_url must be https://<host>, without a path (http:// for this machine alone)"
            )
        if token is not None:
            checks.instance("token", token, Token)
        if store is None:
            store = MemoryTokenStore()
        elif not isinstance(store, TokenStore) or isinstance(store, type):
            kind = type(store).__name__
            raise TypeError(f"store must be a TokenStore (load, save, lease), got {kind}")
        elif getattr(store, "__hash__", None) is None:
            raise TypeError("store has no __hash__: tell by it, and by __eq__, what place it is")
        if on_token_update is not None and not callable(on_token_update):
            raise TypeError(
                f"on_token_update must be callable, got {type(on_token_update).__name__}"
            )
        self._redirect_uri = redirect_uri
        self._endpoint = TokenEndpoint(
            client_id, app_secret, oauth_url.rstrip("/"), _sessions(session)
        )
        self._grant = Grant(
            endpoint=self._endpoint, store=store, seed=token, on_token_update=on_token_update
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OAuth2) and self._grant == other._grant

    def __hash__(self) -> int:
        return hash(self._grant)

    def __credential__(self) -> Credential:
        return self._grant

    @staticmethod
    def new_state() -> str:
        """Make a `state` that nobody can guess: keep it in the user's session.

        https://www.rfc-editor.org/rfc/rfc6749#section-10.12
        """
        return secrets.token_urlsafe(32)

    @staticmethod
    def state_matches(expected: str | None, received: str | None) -> bool:
        """Tell whether a callback answers what this user was sent for.

        Args:
            expected: What the user's session has; None or "" never match.
            received: The callback's `state`.
        """
        if not isinstance(expected, str) or not isinstance(received, str) or not expected:
            return False
        pair = (text.encode(errors="surrogatepass") for text in (expected, received))
        return hmac.compare_digest(*pair)

    def authorization_url(self, state: str) -> str:
        """Give the page where the user allows the app what it asks for.

        Pipedrive sends the user back to `redirect_uri` with the `state`, and a `code` for
        `exchange`, or an `error` where the user declined.

        Args:
            state: From `new_state`.
        """
        query = {
            "client_id": self._endpoint.client_id,
            "redirect_uri": self._redirect_uri,
            "state": checks.text("state", state),
        }
        return f"{self._endpoint.oauth_url}/oauth/authorize?{urlencode(query)}"

    async def exchange(self, code: str) -> Token:
        """Get and save the token for the code of a callback.

        A code is good for five minutes and one request, so it is sent once only.

        Raises:
            ReauthorizationRequiredError: The code is not accepted: begin again.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: No answer came that tells: begin again.
        """
        hidden = Secret(checks.text("code", code))
        del code  # so that a traceback with locals does not show it
        return await self._grant.exchange(hidden, self._redirect_uri)

    async def refresh(self) -> Token:
        """Get and save the next token now; clients do so by themselves.

        Where another process has done so since this one last looked, its token is given.

        Raises:
            ReauthorizationRequiredError: The grant is gone, or there is none yet.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: The OAuth host or the store fails.
        """
        return await self._grant.refresh()

    async def revoke(self) -> None:
        """End the grant: Pipedrive marks the app as uninstalled.

        The store keeps what it has, which is not accepted any more: delete it.

        Raises:
            ReauthorizationRequiredError: There is no token.
            AuthenticationError: Pipedrive does not accept the app.
            AuthUnavailableError: No answer came that tells: try again.
        """
        await self._grant.revoke()


def _sessions(
    session: SessionManager | aiohttp.ClientSession | None,
) -> Callable[[], AbstractAsyncContextManager[SessionManager]]:
    if isinstance(session, SessionManager):
        return lambda: contextlib.nullcontext(session)
    SessionManager(session=session)  # refuses what is no session now, not in an hour
    return lambda: SessionManager(session=session)
