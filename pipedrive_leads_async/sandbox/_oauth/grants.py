"""The grants of users to the app: authorization codes, refresh tokens and access tokens."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .._limits import Login, Tenant
from .._responses import OAuthError
from .scopes import ALL_SCOPES, allowed

# https://pipedrive.readme.io/docs/marketplace-oauth-authorization
_CODE_LIFETIME = 5 * 60.0
_IDLE_LIFETIME = 60 * 86_400.0  # of a refresh token, after its last use


class Tokens(NamedTuple):
    """The current tokens of a grant."""

    login: Login
    access_token: str
    refresh_token: str
    scope: str


@dataclass(slots=True, eq=False)
class _Grant:
    """One consent of a user; `refresh_token` is the only valid one of its refresh tokens."""

    login: Login
    refresh_token: str
    scope: str
    last_use: float


@dataclass(frozen=True, slots=True)
class _Code:
    """An authorization code: it can be exchanged for a grant once."""

    login: Login
    redirect_uri: str
    scope: str
    expires: float


class Grants:
    """The grants of all users. Revoked tokens and used codes are removed.

    `scope` is what the app asks for now; a consent keeps the scope of its own time.
    """

    def __init__(
        self,
        random: random.Random,
        *,
        lifetime: float,
        rotate: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lifetime = lifetime
        self.scope = ALL_SCOPES
        self._rotate = rotate
        self._random = random
        self._monotonic = monotonic
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, _Grant] = {}
        self._access_tokens: dict[str, tuple[_Grant, float]] = {}  # with the time of expiry
        self._skipped = 0.0

    def skip_time(self, seconds: float) -> None:
        """Advance the clock of codes and tokens."""
        self._skipped += seconds

    def code(self, login: Login, redirect_uri: str) -> str:
        """Create an authorization code of this user for this redirect URI."""
        company = login.tenant.account.company
        code = f"{company['id']}.{login.user_id}.{self._random.randbytes(20).hex()}"
        expires = self._now() + _CODE_LIFETIME
        self._codes[code] = _Code(login, redirect_uri, self.scope, expires)
        return code

    def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """Exchange a code for the first tokens of a new grant."""
        pending = self._codes.get(code)
        if pending is None:
            raise OAuthError("invalid_grant", "Invalid grant: authorization_code is invalid")
        if pending.expires <= self._now():
            raise OAuthError("invalid_grant", "Invalid grant: authorization_code has expired")
        if pending.redirect_uri != redirect_uri:
            raise OAuthError("invalid_request", "Invalid request: redirect_uri is invalid")
        del self._codes[code]
        return self.start(pending.login, pending.scope)

    def start(self, login: Login, scope: str = "") -> Tokens:
        """Create a grant and return its first tokens, with the scopes of today by default."""
        grant = _Grant(login, self._new_refresh_token(), scope or self.scope, self._now())
        self._refresh_tokens[grant.refresh_token] = grant
        return self._new_tokens(grant)

    def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens of a grant; a refresh token that was replaced revokes the grant."""
        grant = self._refresh_tokens.get(refresh_token)
        if grant is not None and not self._accepts(grant, refresh_token):
            self._remove(lambda other: other is grant)
            grant = None
        if grant is None:
            raise OAuthError("invalid_grant", "Invalid grant: refresh_token is invalid")
        if self._rotate:
            grant.refresh_token = self._new_refresh_token()
            self._refresh_tokens[grant.refresh_token] = grant
        grant.last_use = self._now()
        return self._new_tokens(grant)

    def _accepts(self, grant: _Grant, refresh_token: str) -> bool:
        is_idle = self._now() - grant.last_use >= _IDLE_LIFETIME
        return grant.refresh_token == refresh_token and not is_idle

    def lasting_access_token(self, login: Login) -> str:
        """Create an access token that never expires and has no refresh token."""
        return self._new_access_token(_Grant(login, "", self.scope, self._now()), math.inf)

    def holder(self, access_token: str) -> Login | None:
        """Return the user of a valid access token, None for an invalid one."""
        grant, expires = self._access_tokens.get(access_token, (None, 0.0))
        return grant.login if grant and self._now() < expires else None

    def allows(self, access_token: str, method: str, path: str) -> bool:
        """Return whether a valid access token has one of the scopes that a request needs."""
        grant, _ = self._access_tokens[access_token]
        return allowed(grant.scope, method, path)

    def revoke(self, token: str) -> None:
        """Revoke an access token; with a refresh token, revoke its grant."""
        self._access_tokens.pop(token, None)
        grant = self._refresh_tokens.get(token)
        self._remove(lambda other: other is grant)

    def expire_access_tokens(self, holder: Tenant | Login) -> None:
        """Remove the access tokens of a user, or of all users of an account."""
        self._remove_access_tokens(lambda grant: grant.login.belongs_to(holder))

    def revoke_all(self, holder: Tenant | Login) -> None:
        """Revoke all codes and grants of a user, or of all users of an account."""
        self._codes = {
            code: pending
            for code, pending in self._codes.items()
            if not pending.login.belongs_to(holder)
        }
        self._remove(lambda grant: grant.login.belongs_to(holder))

    def _remove(self, matches: Callable[[_Grant], bool]) -> None:
        self._remove_access_tokens(matches)
        self._refresh_tokens = {
            token: grant for token, grant in self._refresh_tokens.items() if not matches(grant)
        }

    def _remove_access_tokens(self, matches: Callable[[_Grant], bool]) -> None:
        self._access_tokens = {
            token: (grant, expires)
            for token, (grant, expires) in self._access_tokens.items()
            if not matches(grant)
        }

    def _new_refresh_token(self) -> str:
        return f"1:1:{self._random.randbytes(20).hex()}"

    def _new_tokens(self, grant: _Grant) -> Tokens:
        access_token = self._new_access_token(grant, self.lifetime)
        return Tokens(grant.login, access_token, grant.refresh_token, grant.scope)

    def _new_access_token(self, grant: _Grant, lifetime: float) -> str:
        token = f"v1u:{self._random.randbytes(40).hex()}"
        self._access_tokens[token] = grant, self._now() + lifetime
        return token

    def _now(self) -> float:
        return self._monotonic() + self._skipped
