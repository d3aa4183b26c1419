"""A grant in the hands of a test: its app, its time, and a store that fails when it is told to."""

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
    """Time that passes when a test says so; on the wall it may be another."""

    @classmethod
    def set(cls, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Let all grants go by a new clock, and leave nothing to chance."""
        clock = cls()
        monkeypatch.setattr(Grant, "_clock", clock.time)
        monkeypatch.setattr(Grant, "_now", clock.now)
        monkeypatch.setattr(Grant, "_random", staticmethod(lambda: 0.0))
        return clock

    def __init__(self) -> None:
        self._seconds = 1_000_000.0
        self._wall = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)

    def time(self) -> float:
        """Tell the monotonic time."""
        return self._seconds

    def now(self) -> dt.datetime:
        """Tell the time on the wall."""
        return self._wall

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self._seconds += seconds
        self._wall += dt.timedelta(seconds=seconds)

    def set_wrong_by(self, days: float) -> None:
        """Let the wall say something else."""
        self._wall += dt.timedelta(days=days)

    def in_(self, seconds: float) -> dt.datetime:
        """Tell when that will be."""
        return self._wall + dt.timedelta(seconds=seconds)


class Store(MemoryTokenStore):
    """A store that notes what is done with it.

    Attributes:
        done: What was done.
        faults: What the next saves raise, in this order.
        is_saved_all_the_same: Whether those do save.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.faults: list[Exception] = []
        self.is_saved_all_the_same = False

    async def load(self) -> tuple[Token, int] | None:
        """Load, and note it."""
        self.done.append("load")
        return await super().load()

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Save, and note it."""
        self.done.append(f"save {token.access_token.reveal()}")
        if not self.faults:
            return await super().save(token, expected=expected)
        if self.is_saved_all_the_same:
            await super().save(token, expected=expected)
        raise self.faults.pop(0)

    def empty(self) -> None:
        """Lose the token."""
        self._token = None
        self._version += 1


def app(server: TokenServer | str, **options: Any) -> OAuth2:
    """Make the app that the server knows."""
    oauth_url = server if isinstance(server, str) else server.url
    return OAuth2(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, oauth_url=oauth_url, **options)


def lasting(server: TokenServer, clock: Clock, seconds: float, **options: Any) -> OAuth2:
    """Make an app whose token lasts so long."""
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


async def used(oauth: OAuth2) -> str:
    """Return the access token that the next request would send."""
    authorization = await authorization_of(oauth)
    assert authorization.name == "Authorization"
    return authorization.value.removeprefix("Bearer ")
