"""One account's grant: its token kept fresh, by one of all who share its store."""

from __future__ import annotations

import datetime as dt
import inspect
import math
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Final, TypeAlias

import attrs

from .._http.authorization import Authorization
from .._shared.log import log
from .._shared.secrets import Secret, SecretHeader
from .._shared.tasks import KeyedTasks
from ..errors import AuthUnavailableError, PipedriveError, ReauthorizationRequiredError
from ._token import Token, company_url
from ._token_endpoint import TokenEndpoint
from ._token_stores import TokenStore

OnTokenUpdate: TypeAlias = Callable[[Token], Awaitable[None] | None]

_STALE: Final = 300.0
"""Seconds before its end from which a token is replaced while it is still used."""

_SPREAD: Final = 0.2
"""The part of them that is random: one worker comes first, and the others find its token."""

_FRESH: Final = 300.0
"""Seconds in which a 401 is not the fault of a token that is new."""

_PAUSE: Final = 30.0
"""Seconds between attempts while the old token still serves."""

_LONGEST_WAIT: Final = 300.0
"""Seconds that the OAuth host is heeded for, whatever it asks."""


@attrs.frozen
class _Held:
    """The token in use; times are of the monotonic clock."""

    token: Token
    authorization: Authorization
    stale: float
    expires: float
    fresh_until: float


@attrs.define
class _Unpublished:
    """A token that came, and that nobody uses before it is safe.

    Attributes:
        token: The token.
        replaces: The version in the store that it follows, None for whatever is there.
        is_saved: Whether only `on_token_update` is left.
    """

    token: Token
    replaces: Any
    is_saved: bool = False


class Grant:
    """The token of one account: read from its store, kept fresh, saved before it is used.

    Args:
        endpoint: Where tokens come from.
        store: Where they are kept.
        seed: What to begin with where the store has nothing.
        on_token_update: Told of each token that came, before it is used.
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
        self._stale = _STALE * (1 - _SPREAD * self._random())
        self._held: _Held | None = None
        self._unpublished: _Unpublished | None = None
        self._dead: Secret | None = None
        self._next_attempt = -math.inf
        self._not_before = -math.inf

    # Clients use one of two equal grants: otherwise both would refresh the same token.
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
        """Give what the next request is let in by: at once, unless the token has ended."""
        held = self._held or await self._loaded()
        now = self._clock()
        if now >= held.expires:
            held = await self._replaced()
        elif now >= held.stale and now >= self._next_attempt:
            self._next_attempt = now + _PAUSE
            self._tasks.start("replace early", self._replace_early)
        return held.authorization

    async def renew(self, refused: Authorization) -> Authorization | None:
        """Give another after a 401, None if there can be none."""
        held = self._current()
        if refused.value != held.authorization.value:
            return await self.authorization()
        if not refused.proved and self._clock() < held.fresh_until:
            return None
        return (await self._replaced()).authorization

    async def wait_for_refresh(self) -> None:
        """Wait until no token is on its way."""
        await self._tasks.wait()

    async def exchange(self, code: Secret, redirect_uri: str) -> Token:
        """Begin with the token of a new grant."""

        async def exchange() -> None:
            async with self._store.lease():
                token = await self._endpoint.exchange(code, redirect_uri, self._now())
                self._dead = None
                await self._publish(_Unpublished(token, replaces=None))

        await self._join(code, exchange)
        return self._current().token

    async def refresh(self) -> Token:
        """Replace the token now."""
        if self._held is None:
            await self._loaded()
        return (await self._replaced()).token

    async def revoke(self) -> None:
        """End the grant."""

        async def revoke() -> None:
            async with self._store.lease():
                token, _ = await self._stored()
                await self._endpoint.revoke(token)
                self._dead = token.refresh_token
                self._held = attrs.evolve(self._current(), expires=-math.inf)

        if self._held is None:
            await self._loaded()
        await self._join("revoke", revoke)

    def _current(self) -> _Held:
        if self._held is None:
            raise ReauthorizationRequiredError(
                "there is no token: send the user to authorization_url(), then exchange the code"
            )
        return self._held

    async def _loaded(self) -> _Held:
        await self._join("load", self._load)
        return self._current()

    async def _load(self) -> None:
        stored = await self._store.load()
        token = stored[0] if stored else self._seed
        if token is not None:
            self._hold(token)

    async def _replaced(self) -> _Held:
        await self._join("replace", self._replace)
        return self._current()

    async def _replace_early(self) -> None:
        """Replace a token that is still valid; log an error, because no caller waits."""
        try:
            await self._replaced()
        except PipedriveError as error:
            log.warning(
                "the access token could not be replaced before its end, and is used while it "
                "lasts: %s: %s",
                type(error).__name__,
                error,
            )

    async def _replace(self) -> None:
        """Hold another token; one that an earlier attempt could not save is not lost."""
        async with self._store.lease():
            fresh = self._unpublished or await self._next()
            if fresh is not None:
                await self._publish(fresh)

    async def _next(self) -> _Unpublished | None:
        """Ask for the next token; hold another process's instead, if one is stored."""
        stored, version = await self._stored()
        if self._follows(stored):
            self._hold(stored)
            return None
        try:
            token = await self._refreshed(stored)
        except PipedriveError as error:
            # Not believed before the store says the same: somebody without the lease may
            # have been quicker.
            found, _ = await self._stored()
            if found.access_token != stored.access_token:
                self._hold(found)
                return None
            if isinstance(error, ReauthorizationRequiredError):
                self._dead = stored.refresh_token
            raise
        return _Unpublished(token, replaces=version)

    async def _stored(self) -> tuple[Token, Any]:
        # Where somebody emptied the store, what is held is still good.
        return await self._store.load() or (self._current().token, None)

    def _follows(self, stored: Token) -> bool:
        is_over = stored.expires_at is not None and stored.expires_at <= self._now()
        return stored.access_token != self._current().token.access_token and not is_over

    async def _refreshed(self, old: Token) -> Token:
        if old.refresh_token is None or old.refresh_token == self._dead:
            raise ReauthorizationRequiredError(
                "the access token has ended, and there is no refresh token that is accepted: "
                "send the user to authorization_url(), then exchange the code"
            )
        wait = self._not_before - self._clock()
        if wait > 0:
            raise AuthUnavailableError(
                f"Pipedrive's OAuth host asked to wait for another {wait:.1f} s", retry_after=wait
            )
        try:
            return await self._endpoint.refresh(old, old.refresh_token, self._now())
        except AuthUnavailableError as error:
            self._not_before = self._clock() + min(error.retry_after or 0.0, _LONGEST_WAIT)
            raise

    async def _publish(self, fresh: _Unpublished) -> None:
        """Make a token safe, then hold it; the next attempt goes on where this one fails."""
        self._unpublished = fresh
        if not fresh.is_saved:
            if not await self._store.save(fresh.token, expected=fresh.replaces):
                stored = await self._store.load()
                if stored is None:
                    await self._store.save(fresh.token)
                elif stored[0].access_token != fresh.token.access_token:
                    self._unpublished = None
                    self._hold(stored[0])
                    return
                # else an attempt that raised did save it
            fresh.is_saved = True
        if self._on_token_update is not None:
            told = self._on_token_update(fresh.token)
            if inspect.isawaitable(told):
                await told
        self._unpublished = None
        self._hold(fresh.token, is_new=True)

    def _hold(self, token: Token, *, is_new: bool = False) -> None:
        now, left = self._clock(), math.inf
        if token.expires_at is not None:
            left = (token.expires_at - self._now()).total_seconds()
        base_url = company_url(token.api_domain)
        if base_url is None and self._held is not None:
            base_url = self._held.authorization.base_url
        self._held = _Held(
            token=token,
            authorization=Authorization(
                "Authorization", SecretHeader(f"Bearer {token.access_token.reveal()}"), base_url
            ),
            # A new token that lasts for minutes only is not stale from its beginning.
            stale=now + left - (min(self._stale, left / 2) if is_new else self._stale),
            expires=now + left,
            fresh_until=min(now + _FRESH, now + left) if is_new else -math.inf,
        )

    async def _join(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        await self._tasks.join(key, partial(_translate_errors, work))

    @staticmethod
    def _now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)


async def _translate_errors(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`; raise `AuthUnavailableError` if the user's store or hook raises an error."""
    try:
        await work()
    except PipedriveError:
        raise
    except Exception as error:
        raise AuthUnavailableError(
            f"the token store or on_token_update raised {type(error).__name__}"
        ) from error
