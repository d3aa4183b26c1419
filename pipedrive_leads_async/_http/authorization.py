"""The authorization header of a request, and the protocol of what supplies it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import attrs

from .._shared.secrets import SecretHeader
from .base_url import BaseUrl


@attrs.define
class Authorization:
    """What one request is let in by.

    Attributes:
        name: The header's name.
        value: What it holds.
        base_url: Where the account is, if the credential says so.
        proved: Whether a request succeeded by it.
    """

    name: str
    value: SecretHeader
    base_url: BaseUrl | None = None
    proved: bool = False


@runtime_checkable
class Credential(Protocol):
    """What a client may be given as `auth`: `ApiToken`, `AccessToken` or `OAuth2`."""

    async def authorization(self) -> Authorization:
        """Give what the next request is let in by."""
        ...

    async def renewed(self, refused: Authorization) -> Authorization | None:
        """Give another, to try once more after an answer of 401; None if there is none."""
        ...

    async def settle(self) -> None:
        """Wait until nothing is under way that must not be interrupted."""
        ...
