"""The authorization header of a request, and the credential that supplies it."""

from __future__ import annotations

from typing import Protocol

import attrs

from .._shared.scopes import MISMATCH
from .._shared.secrets import SecretHeader
from ..errors import ApiError, AuthenticationError
from .base_url import BaseUrl


@attrs.define
class Authorization:
    """The authorization header of one request.

    Attributes:
        name: The name of the header.
        value: The value of the header.
        base_url: The URL of the account, None if the credential does not know it.
        proved: Whether a request with this header succeeded.
        if_refused: What a 401 can mean for this credential, for the message of the error.
        scope: The OAuth scopes of the token, None if they are not known.
    """

    name: str
    value: SecretHeader
    base_url: BaseUrl | None = None
    proved: bool = False
    if_refused: str = ""
    scope: str | None = None


class Credential(Protocol):
    """The source of the authorization headers of one account.

    Equal credentials of one `SessionManager` share a governor and their token refreshes.
    """

    async def authorization(self) -> Authorization:
        """Return the authorization header of the next request."""
        ...

    async def renew(self, refused: Authorization) -> Authorization | None:
        """Return another header after a 401, or None if there is no other.

        Args:
            refused: The header of the request that received the 401.
        """
        ...

    async def reload(self, refused: Authorization) -> Authorization | None:
        """Return the header of another stored token, or None if there is no other.

        Args:
            refused: The header of the request that received a 403 for its scope.
        """
        ...

    async def wait_for_refresh(self) -> None:
        """Wait for a token refresh in progress, but only briefly for a silent OAuth host."""
        ...


async def renew_after(
    error: ApiError, credential: Credential, refused: Authorization
) -> Authorization | None:
    """Return another header for a refused request, or None if there is no other.

    A token keeps its scopes when it is refreshed. After a new consent another token is stored.
    """
    if isinstance(error, AuthenticationError):
        return await credential.renew(refused)
    return await credential.reload(refused) if error.error == MISMATCH else None
