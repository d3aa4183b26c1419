"""The valid credentials: API tokens of accounts, and access tokens of the OAuth app."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from ._limits import Tenant
from ._oauth.grants import Grants
from ._responses import Response, unauthorized


class Caller(NamedTuple):
    """The account that a request is for, and the kind of its credential.

    Access tokens replace each other, so all of them share one burst window.
    """

    tenant: Tenant
    kind: str


class Credentials:
    """The valid tokens of all accounts."""

    def __init__(self, random: random.Random, grants: Grants) -> None:
        self._random = random
        self._grants = grants
        self._api_tokens: dict[str, Tenant] = {}

    def new_api_token(self, tenant: Tenant) -> str:
        """Create an API token for this account."""
        token = self._random.randbytes(20).hex()
        self._api_tokens[token] = tenant
        return token

    def identify(self, headers: Mapping[str, str]) -> Caller | Response:
        """Return the caller, or the error response for an invalid token."""
        api_token = headers.get("x-api-token", "")
        if api_token:
            tenant = self._api_tokens.get(api_token)
            return Caller(tenant, "api_token") if tenant else unauthorized()
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return unauthorized()
        tenant = self._grants.holder(token)
        return Caller(tenant, "app") if tenant else unauthorized("access_token is invalid")

    def revoke(self, tenant: Tenant) -> None:
        """Revoke every token of this account."""
        self._grants.revoke_all(tenant)
        self._api_tokens = {
            token: holder for token, holder in self._api_tokens.items() if holder is not tenant
        }
