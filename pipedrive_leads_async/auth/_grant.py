"""`Grant`: the credential that loads, refreshes and saves the token of one account."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import math
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Final, TypeAlias, cast

import attrs

from .._http.authorization import Authorization
from .._shared.log import log
from .._shared.secrets import Secret
from .._shared.tasks import KeyedTasks
from ..errors import AuthUnavailableError, PipedriveError, ReauthorizationRequiredError
from ._token import Token
from ._token_endpoint import TokenEndpoint
from ._token_in_use import TokenInUse
from ._token_stores import TokenStore

OnTokenUpdate: TypeAlias = Callable[[Token], Awaitable[None] | None]

_STALE: Final = 300.0
"""Seconds before the end of a token at which it is refreshed in the background."""

_SPREAD: Final = 0.2
"""The random part of `_STALE`: one process refreshes first, and the others load its token."""

_PAUSE: Final = 30.0
"""Seconds between two refreshes in the background."""

_LONGEST_WAIT: Final = 300.0
"""The longest Retry-After of the OAuth host that is respected, in seconds."""


_CLOSING_WAIT: Final = 5.0
"""Seconds for which a client that closes waits for the OAuth host."""

_SAVING_WAIT: Final = 30.0
"""Seconds for which it then waits until a token that has arrived is saved and published."""


@attrs.define
class _NewToken:
    """A token that is not used before it is saved and `on_token_update` has returned.

    Attributes:
        token: The token.
        replaces: The version that it replaces in the store, None for any version.
        is_saved: Whether it is saved, so that only `on_token_update` must be called.
    """

    token: Token
    replaces: Any
    is_saved: bool = False


class Grant:
    """The credential of one OAuth grant.

    Concurrent callers share one refresh. If two grants are equal, clients share one of them;
    otherwise both would refresh the same token.

    Args:
        endpoint: The OAuth host.
        store: The store of the token.
        seed: The token to start with if the store is empty.
        on_token_update: Called with each new token before it is used.
    """

    _clock = staticmethod(time.monotonic)
    _random = staticmethod(random.random)

    def __init__(
        self,
        *,
        endpoint: TokenEndpoint,
        store: TokenStore,
        seed: Token | None,
        on_token_update: OnTokenUpdate | None,
    ) -> None:
        self._endpoint = endpoint
        self._store = store
        self._seed = seed
        self._on_token_update = on_token_update
        self._tasks = KeyedTasks()
        self._stale_before = _STALE * (1 - _SPREAD * self._random())
        self._in_use: TokenInUse | None = None
        self._unpublished: _NewToken | None = None
        self._refused_refresh_token: Secret | None = None
        self._no_background_refresh_before = -math.inf
        self._no_request_before = -math.inf

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Grant)
            and self._endpoint == other._endpoint
            and self._store == other._store
            and self._on_token_update == other._on_token_update
        )

    def __hash__(self) -> int:
        return hash((self._endpoint, self._store))

    async def authorization(self) -> Authorization:
        """Return the authorization header of the next request.

        A token that ends soon is refreshed in the background. The call waits for a refresh only
        if the token has ended.
        """
        if self._in_use is None:
            await self._load_first()
        current = self._current()
        now = self._clock()
        if now >= current.expires:
            current = await self._replaced()
        elif now >= current.stale and now >= self._no_background_refresh_before:
            self._no_background_refresh_before = now + _PAUSE
            self._tasks.start("background refresh", self._refresh_in_background)
        return current.authorization

    async def renew(self, refused: Authorization) -> Authorization | None:
        """Return another header after a 401.

        If the refused token was just refreshed and never accepted, return None: another refresh
        would not help.
        """
        current = self._current()
        if refused.value != current.authorization.value:
            return await self.authorization()
        if not refused.proved and self._clock() < current.fresh_until:
            return None
        return (await self._replaced()).authorization

    async def reload(self, refused: Authorization) -> Authorization | None:
        """Return another header after a 403 for the scope, if another token is stored.

        The user may have consented again in another process, or in an `OAuth2` of its own.
        """
        await self._join("reload", self._use_newer)
        current = self._current().authorization
        return None if refused.value == current.value else current

    async def wait_for_refresh(self) -> None:
        """Wait briefly for a refresh in progress, and longer for a new token to be saved.

        A host that has issued a new token usually sends it within a second, and a host that is
        silent may stay so for minutes. The refresh continues in the background after this wait: a
        token that arrives even later is saved as long as the event loop runs.
        """
        await self._tasks.wait(at_most=_CLOSING_WAIT)
        if self._unpublished is not None:
            await self._tasks.wait(at_most=_SAVING_WAIT)

    async def exchange(self, code: Secret, redirect_uri: str) -> Token:
        """Request the token of a new grant, and save it."""

        async def exchange() -> None:
            async with self._store.lease():
                token = await self._endpoint.exchange(code, redirect_uri, self._now())
                self._refused_refresh_token = None
                await self._publish(_NewToken(token, replaces=None))

        await self._join(code, exchange)
        return self._current().token

    async def refresh(self) -> Token:
        """Refresh the token now."""
        if self._in_use is None:
            await self._load_first()
        return (await self._replaced()).token

    async def revoke(self) -> None:
        """Revoke the grant."""

        async def revoke() -> None:
            async with self._store.lease():
                token, _ = await self._stored()
                await self._endpoint.revoke(token)
                self._refused_refresh_token = token.refresh_token
                self._in_use = attrs.evolve(self._current(), expires=-math.inf)

        if self._in_use is None:
            await self._load_first()
        await self._join("revoke", revoke)

    def _current(self) -> TokenInUse:
        if self._in_use is None:
            raise ReauthorizationRequiredError(
                "there is no token: send the user to authorization_url(), then call exchange()"
            )
        return self._in_use

    async def _load_first(self) -> None:
        await self._join("load", self._load)
        self._current()

    async def _load(self) -> None:
        stored = await self._store.load()
        token = stored[0] if stored else self._seed
        if token is not None:
            self._use(token)

    async def _use_newer(self) -> None:
        stored, _ = await self._stored()
        if self._is_newer(stored):
            self._use(stored)

    async def _replaced(self) -> TokenInUse:
        await self._join("replace", self._replace)
        return self._current()

    async def _refresh_in_background(self) -> None:
        """Replace a token that is still valid; log an error, because no caller waits for it."""
        try:
            await self._replaced()
        except PipedriveError as error:
            log.warning(
                "the access token could not be refreshed; it is used until it ends: %s: %s",
                type(error).__name__,
                error,
            )

    async def _replace(self) -> None:
        """Replace the token. Prefer a token that an earlier call received but could not save."""
        async with self._store.lease():
            new = self._unpublished or await self._next()
            if new is not None:
                await self._publish(new)

    async def _next(self) -> _NewToken | None:
        """Request the next token; if another process has stored one, use that and return None."""
        stored, version = await self._stored()
        if self._is_newer(stored):
            self._use(stored)
            return None
        try:
            token = await self._request_refresh(stored)
        except PipedriveError as error:
            # A process that does not hold the lease may have refreshed the token meanwhile.
            latest, _ = await self._stored()
            if latest.access_token != stored.access_token:
                self._use(latest)
                return None
            if isinstance(error, ReauthorizationRequiredError):
                self._refused_refresh_token = stored.refresh_token
            raise
        return _NewToken(token, replaces=version)

    async def _stored(self) -> tuple[Token, Any]:
        # If the store was emptied, the token in use is still valid.
        return await self._store.load() or (self._current().token, None)

    def _is_newer(self, stored: Token) -> bool:
        has_ended = stored.expires_at is not None and stored.expires_at <= self._now()
        return stored.access_token != self._current().token.access_token and not has_ended

    async def _request_refresh(self, old: Token) -> Token:
        if old.refresh_token is None or old.refresh_token == self._refused_refresh_token:
            raise ReauthorizationRequiredError(
                "the access token has ended and there is no valid refresh token: "
                "send the user to authorization_url(), then call exchange()"
            )
        wait = self._no_request_before - self._clock()
        if wait > 0:
            raise AuthUnavailableError(
                f"Pipedrive's OAuth host asked to wait another {wait:.1f} s", retry_after=wait
            )
        try:
            return await self._endpoint.refresh(old, old.refresh_token, self._now())
        except AuthUnavailableError as error:
            self._no_request_before = self._clock() + min(error.retry_after or 0.0, _LONGEST_WAIT)
            raise

    async def _publish(self, new: _NewToken) -> None:
        """Save a new token, call `on_token_update`, then use the token.

        After an error the next refresh continues with the same token.
        """
        self._unpublished = new
        if not new.is_saved:
            other = await self._save(new)
            if other is not None:
                self._unpublished = None
                self._use(other)
                return
            new.is_saved = True
        if self._on_token_update is not None:
            result = self._on_token_update(new.token)
            if inspect.isawaitable(result):
                await result
        self._unpublished = None
        self._use(new.token, is_new=True)

    async def _save(self, new: _NewToken) -> Token | None:
        """Save a new token; return the token that another process has stored instead, if any."""
        if await self._store.save(new.token, expected=new.replaces):
            return None
        stored = await self._store.load()
        if stored is None:
            await self._store.save(new.token)
            return None
        # An earlier save may have stored this token before it raised an error.
        is_saved = stored[0].access_token == new.token.access_token
        return None if is_saved else stored[0]

    def _use(self, token: Token, *, is_new: bool = False) -> None:
        self._in_use = TokenInUse.of(
            token,
            self._in_use,
            clock=self._clock(),
            now=self._now(),
            stale_before=self._stale_before,
            is_new=is_new,
        )

    async def _join(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        await self._tasks.join(key, partial(_translate_errors, work))

    @staticmethod
    def _now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)


async def _translate_errors(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`; raise `AuthUnavailableError` if the store or the hook raises an error."""
    try:
        await work()
    except PipedriveError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        if cast("asyncio.Task[Any]", asyncio.current_task()).cancelling():
            raise
        raise AuthUnavailableError(
            f"the token store or on_token_update raised {type(error).__name__}"
        ) from error
