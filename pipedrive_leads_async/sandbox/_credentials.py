"""Who may call: one API token, and access tokens that expire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._answers import Answer, unauthorized

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping


class Credentials:
    """The tokens of an account and whether they are still good."""

    def __init__(self, random: random.Random) -> None:
        self.api_token = random.randbytes(20).hex()
        self.access_token = f"v1u:{random.randbytes(40).hex()}"
        self._api_tokens = {self.api_token}
        self._access_tokens = {self.access_token}

    def identify(self, headers: Mapping[str, str]) -> str | Answer:
        """Return the good token among the headers, or else the answer that refuses them."""
        api_token = headers.get("x-api-token", "")
        if api_token:
            return api_token if api_token in self._api_tokens else unauthorized()
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return unauthorized()
        return token if token in self._access_tokens else unauthorized("access_token is invalid")

    def expire_access_tokens(self) -> None:
        """Make every access token worthless."""
        self._access_tokens.clear()

    def revoke(self) -> None:
        """Make every token worthless."""
        self._access_tokens.clear()
        self._api_tokens.clear()
