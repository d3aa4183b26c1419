"""Helpers of the tests of `Grant`: an app, a clock, and a store that can fail."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

import pytest

from pipedrive_leads_async._http.authorization import Authorization
from pipedrive_leads_async.auth import MemoryTokenStore, OAuth2, Token
from pipedrive_leads_async.auth._grant import Grant
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, TokenServer

OLD, NEW, NEWER = (f"v1u:canary-access-{number}" for number in range(3))


class Clock:
    """A clock that a test advances; the wall clock can be set to a wrong time."""

    @classmethod
    def set(cls, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Use a new clock in all grants, and remove their randomness."""
        clock = cls()
        monkeypatch.setattr(Grant, "_clock", clock.time)
        monkeypatch.setattr(Grant, "_now", clock.now)
        monkeypatch.setattr(Grant, "_random", staticmethod(lambda: 0.0))
        return clock

    def __init__(self) -> None:
        self._seconds = 1_000_000.0
        self._wall = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)

    def time(self) -> float:
        """Return the monotonic time."""
        return self._seconds

    def now(self) -> dt.datetime:
        """Return the time of the wall clock."""
        return self._wall

    def advance(self, seconds: float) -> None:
        """Advance both clocks."""
        self._seconds += seconds
        self._wall += dt.timedelta(seconds=seconds)

    def shift_wall_clock(self, days: float) -> None:
        """Set the wall clock to another time."""
        self._wall += dt.timedelta(days=days)

    def in_(self, seconds: float) -> dt.datetime:
        """Return the time of the wall clock after so many seconds."""
        return self._wall + dt.timedelta(seconds=seconds)


class Store(MemoryTokenStore):
    """A store that records its calls.

    Attributes:
        calls: The calls.
        faults: The errors that the next saves raise, in this order.
        saves_before_fault: Whether such a save stores the token before it raises the error.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.faults: list[Exception] = []
        self.saves_before_fault = False

    async def load(self) -> tuple[Token, int] | None:
        """Load the token, and record the call."""
        self.calls.append("load")
        return await super().load()

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Save the token, and record the call."""
        self.calls.append(f"save {token.access_token.reveal()}")
        if not self.faults:
            return await super().save(token, expected=expected)
        if self.saves_before_fault:
            await super().save(token, expected=expected)
        raise self.faults.pop(0)

    def empty(self) -> None:
        """Delete the token."""
        self._token = None
        self._version += 1


def app(server: TokenServer | str, **options: Any) -> OAuth2:
    """Return the credential of the app that the server knows."""
    oauth_url = server if isinstance(server, str) else server.url
    return OAuth2(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, oauth_url=oauth_url, **options)


def expiring_in(server: TokenServer, clock: Clock, seconds: float, **options: Any) -> OAuth2:
    """Return the credential of an app whose token ends after so many seconds."""
    return app(server, token=server.token(expires_at=clock.in_(seconds)), **options)


async def authorization_of(oauth: OAuth2) -> Authorization:
    """Return the authorization header of the next request."""
    return await oauth.__credential__().authorization()


async def renew(oauth: OAuth2, refused: Authorization) -> Authorization | None:
    """Return another header after a 401."""
    return await oauth.__credential__().renew(refused)


async def wait_for_refresh(oauth: OAuth2) -> None:
    """Wait until no refresh is in progress."""
    await oauth.__credential__().wait_for_refresh()


async def access_token_of(oauth: OAuth2) -> str:
    """Return the access token of the next request."""
    authorization = await authorization_of(oauth)
    assert authorization.name == "Authorization"
    return authorization.value.removeprefix("Bearer ")
