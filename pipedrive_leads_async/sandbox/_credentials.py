"""Who may call: each account with its API token, and the app with what an account granted it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from ._limits import Tenant
from ._oauth.grants import Grants
from ._responses import Answer, unauthorized


class Caller(NamedTuple):
    """Whose account a request is for, and by which kind of credential it comes.

    Access tokens follow one another; what is counted per token is counted for all of them.
    """

    tenant: Tenant
    kind: str


class Credentials:
    """The tokens of all accounts that are still good."""

    def __init__(self, random: random.Random, grants: Grants) -> None:
        self._random = random
        self._grants = grants
        self._api_tokens: dict[str, Tenant] = {}

    def new_api_token(self, tenant: Tenant) -> str:
        """Return one more API token of this account."""
        token = self._random.randbytes(20).hex()
        self._api_tokens[token] = tenant
        return token

    def identify(self, headers: Mapping[str, str]) -> Caller | Answer:
        """Return who calls with a good token, or else the answer that refuses it."""
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
        """Make every token of this account worthless."""
        self._grants.revoke_all(tenant)
        self._api_tokens = {
            token: holder for token, holder in self._api_tokens.items() if holder is not tenant
        }
