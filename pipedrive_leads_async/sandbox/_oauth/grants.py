"""What accounts have allowed the app: codes, refresh tokens, and access tokens that expire."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .._limits import Tenant
from .._responses import OAuthError

# https://pipedrive.readme.io/docs/marketplace-oauth-authorization
_CODE_LIFETIME = 5 * 60.0


class Tokens(NamedTuple):
    """What the app holds of a grant."""

    tenant: Tenant
    access_token: str
    refresh_token: str


@dataclass(slots=True, eq=False)
class _Grant:
    """One consent. All its refresh tokens lead to it, and one of them is good."""

    tenant: Tenant
    refresh_token: str


@dataclass(frozen=True, slots=True)
class _Code:
    """What is to be exchanged for a grant, once."""

    tenant: Tenant
    redirect_uri: str
    expires: float


class Grants:
    """The consents of all accounts. What is revoked or was exchanged is forgotten."""

    def __init__(
        self,
        random: random.Random,
        *,
        lifetime: float,
        rotate: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lifetime = lifetime
        self._rotate = rotate
        self._random = random
        self._monotonic = monotonic
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, _Grant] = {}
        self._access_tokens: dict[str, tuple[_Grant, float]] = {}  # and when they expire

    def code(self, tenant: Tenant, redirect_uri: str) -> str:
        """Return a code of this account, good for this URI alone."""
        account = tenant.account
        code = f"{account.company['id']}.{account.me['id']}.{self._random.randbytes(20).hex()}"
        self._codes[code] = _Code(tenant, redirect_uri, self._monotonic() + _CODE_LIFETIME)
        return code

    def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """Return the first tokens of a new grant; a code does that once."""
        allowed = self._codes.get(code)
        if allowed is None:
            raise OAuthError("invalid_grant", "Invalid grant: authorization_code is invalid")
        if allowed.expires <= self._monotonic():
            raise OAuthError("invalid_grant", "Invalid grant: authorization_code has expired")
        if allowed.redirect_uri != redirect_uri:
            raise OAuthError("invalid_request", "Invalid request: redirect_uri is invalid")
        del self._codes[code]
        return self.begin(allowed.tenant)

    def begin(self, tenant: Tenant) -> Tokens:
        """Return the first tokens of a new grant."""
        grant = _Grant(tenant, self._new_refresh_token())
        self._refresh_tokens[grant.refresh_token] = grant
        return Tokens(tenant, self._new_access_token(grant, self.lifetime), grant.refresh_token)

    def refresh(self, refresh_token: str) -> Tokens:
        """Return the next tokens of a grant; a refresh token that was replaced ends all of it."""
        grant = self._refresh_tokens.get(refresh_token)
        if grant is not None and grant.refresh_token != refresh_token:
            self._forget(lambda other: other is grant)
            grant = None
        if grant is None:
            raise OAuthError("invalid_grant", "Invalid grant: refresh_token is invalid")
        if self._rotate:
            grant.refresh_token = self._new_refresh_token()
            self._refresh_tokens[grant.refresh_token] = grant
        access_token = self._new_access_token(grant, self.lifetime)
        return Tokens(grant.tenant, access_token, grant.refresh_token)

    def lasting_access_token(self, tenant: Tenant) -> str:
        """Return an access token that time does not end, and that nothing can refresh."""
        return self._new_access_token(_Grant(tenant, ""), math.inf)

    def holder(self, access_token: str) -> Tenant | None:
        """Return whose good access token this is."""
        grant, expires = self._access_tokens.get(access_token, (None, 0.0))
        return grant.tenant if grant and self._monotonic() < expires else None

    def revoke(self, token: str) -> None:
        """Forget an access token, or with a refresh token the whole grant."""
        self._access_tokens.pop(token, None)
        grant = self._refresh_tokens.get(token)
        self._forget(lambda other: other is grant)

    def expire_access_tokens(self, tenant: Tenant) -> None:
        """Forget the access tokens of an account."""
        self._forget_access_tokens(lambda grant: grant.tenant is tenant)

    def revoke_all(self, tenant: Tenant) -> None:
        """Forget all that an account has allowed."""
        self._codes = {
            code: allowed for code, allowed in self._codes.items() if allowed.tenant is not tenant
        }
        self._forget(lambda grant: grant.tenant is tenant)

    def _forget(self, is_meant: Callable[[_Grant], bool]) -> None:
        self._forget_access_tokens(is_meant)
        self._refresh_tokens = {
            token: grant for token, grant in self._refresh_tokens.items() if not is_meant(grant)
        }

    def _forget_access_tokens(self, is_meant: Callable[[_Grant], bool]) -> None:
        self._access_tokens = {
            token: (grant, expires)
            for token, (grant, expires) in self._access_tokens.items()
            if not is_meant(grant)
        }

    def _new_refresh_token(self) -> str:
        return f"1:1:{self._random.randbytes(20).hex()}"

    def _new_access_token(self, grant: _Grant, lifetime: float) -> str:
        token = f"v1u:{self._random.randbytes(40).hex()}"
        self._access_tokens[token] = grant, self._monotonic() + lifetime
        return token
