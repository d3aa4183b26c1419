"""`TokenInUse`: a token with its header, and the times at which it is refreshed."""

from __future__ import annotations

import datetime as dt
import math
from typing import Final, Self

import attrs

from .._http.authorization import Authorization
from .._shared.secrets import SecretHeader
from ._token import Token, company_url

_FRESH: Final = 300.0
"""Seconds after a refresh in which a 401 does not cause another refresh."""

_IF_REFUSED: Final = (
    "the user has uninstalled the app (then send the user to authorization_url()), that the token "
    "is of another company than base_url, or that the path is wrong"
)


@attrs.frozen
class TokenInUse:
    """The token that requests are sent with. Times are of the monotonic clock.

    Attributes:
        token: The token.
        authorization: The header of requests with this token.
        stale: The time from which it is refreshed in the background.
        expires: The end of the token.
        fresh_until: The time until which a 401 does not cause a refresh.
    """

    token: Token
    authorization: Authorization
    stale: float
    expires: float
    fresh_until: float

    @classmethod
    def of(
        cls,
        token: Token,
        previous: TokenInUse | None,
        *,
        clock: float,
        now: dt.datetime,
        stale_before: float,
        is_new: bool,
    ) -> Self:
        """Return the token with its header and times.

        Args:
            token: The token.
            previous: The token that it replaces; its URL is kept if `token` has none.
            clock: The time of the monotonic clock.
            now: The time of the wall clock.
            stale_before: Seconds before its end from which it is refreshed in the background.
            is_new: Whether Pipedrive has just issued it.
        """
        left = math.inf
        if token.expires_at is not None:
            left = (token.expires_at - now).total_seconds()
        base_url = company_url(token.api_domain)
        if base_url is None and previous is not None:
            base_url = previous.authorization.base_url
        if is_new:  # a new token that is valid for some minutes only must not be stale at once
            stale_before = min(stale_before, left / 2)
        value = SecretHeader(f"Bearer {token.access_token.reveal()}")
        return cls(
            token=token,
            authorization=Authorization(
                "Authorization", value, base_url, if_refused=_IF_REFUSED, scope=token.scope
            ),
            stale=clock + left - stale_before,
            expires=clock + left,
            fresh_until=min(clock + _FRESH, clock + left) if is_new else -math.inf,
        )
