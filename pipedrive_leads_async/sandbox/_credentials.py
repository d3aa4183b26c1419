"""The valid credentials: API tokens of accounts, and access tokens of the OAuth app."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from ._limits import Login, Tenant
from ._oauth.grants import Grants
from ._responses import Response, scope_mismatch, unauthorized


class Caller(NamedTuple):
    """The user that makes a request, and the kind of the credential.

    Access tokens replace each other, so all those of a user share one burst window.
    """

    login: Login
    kind: str


class Credentials:
    """The valid tokens of all users of all accounts."""

    def __init__(self, random: random.Random, grants: Grants) -> None:
        self._random = random
        self._grants = grants
        self._api_tokens: dict[str, Login] = {}

    def new_api_token(self, login: Login) -> str:
        """Create an API token for this user."""
        token = self._random.randbytes(20).hex()
        self._api_tokens[token] = login
        return token

    def identify(self, headers: Mapping[str, str], method: str, path: str) -> Caller | Response:
        """Return the caller of a request, or the error response for an invalid token."""
        api_token = headers.get("x-api-token", "")
        if api_token:
            login = self._api_tokens.get(api_token)
            return Caller(login, "api_token") if login else unauthorized()
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return unauthorized()
        login = self._grants.holder(token)
        if login is None:
            return unauthorized("access_token is invalid")
        return (
            Caller(login, "app") if self._grants.allows(token, method, path) else scope_mismatch()
        )

    def revoke(self, holder: Tenant | Login) -> None:
        """Revoke every token of this user, or of all users of this account."""
        self._grants.revoke_all(holder)
        self._api_tokens = {
            token: login
            for token, login in self._api_tokens.items()
            if not login.belongs_to(holder)
        }
