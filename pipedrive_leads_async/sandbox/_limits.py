"""Pipedrive's limits: requests per token in a rolling window, and tokens per company and day.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ._responses import Response, over_limit
from ._state.account import Account

_DAY = 86_400
_SEARCHES = 10  # requests in the window of searches, which is the same on every plan


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision on one request: the refusal, None if admitted, and the limit headers."""

    refusal: Response | None
    headers: dict[str, str]


class Limits:
    """The limits of one account. A refused request costs nothing."""

    def __init__(
        self,
        burst: tuple[int, float] | None,
        daily_tokens: int | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._burst = burst
        self._windows: dict[tuple[object, bool], _Window] = {}
        self._budget = None if daily_tokens is None else _Budget(daily_tokens, now)
        self._monotonic = monotonic

    def admit(self, key: object, cost: int, *, search: bool = False) -> Admission:
        """Count a request with this credential, or refuse it.

        Searches have a window of their own.
        """
        window = self._window(key, search=search)
        refusal = None
        if self._budget and self._budget.is_spent():
            wait = {"retry-after": seconds_text(self._budget.reset())}
            refusal = over_limit("daily request budget exceeded", wait)
        elif window and not window.take():
            refusal = over_limit("request over limit")
        elif self._budget:
            self._budget.spend(cost)
        headers = window.headers() if window else {}
        if self._budget:
            headers |= self._budget.headers()
        return Admission(refusal, headers)

    def _window(self, key: object, *, search: bool) -> _Window | None:
        if self._burst is None:
            return None
        requests, seconds = self._burst
        window = _Window(_SEARCHES if search else requests, seconds, self._monotonic)
        return self._windows.setdefault((key, search), window)


def seconds_text(seconds: float) -> str:
    """Format seconds for a header: whole numbers as Pipedrive does, others in milliseconds."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


class _Window:
    """A rolling window: the times of the requests in the last seconds."""

    def __init__(self, limit: int, seconds: float, now: Callable[[], float]) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._times: deque[float] = deque()

    def take(self) -> bool:
        """Count a request; return False if the window is full."""
        self._drop_expired()
        if len(self._times) == self._limit:
            return False
        self._times.append(self._now())
        return True

    def headers(self) -> dict[str, str]:
        """Return the headers with the requests left and the seconds until the next one is free."""
        self._drop_expired()
        reset = self._times[0] + self._seconds - self._now() if self._times else 0.0
        # Pipedrive's window and its headers are whole seconds. A window with a fraction, for fast
        # tests, needs fractions in the headers. Rounding up never lets a client come too early.
        steps = 1 if float(self._seconds).is_integer() else 1000
        reset = min(math.ceil(reset * steps) / steps, self._seconds)
        return {
            "x-ratelimit-limit": str(self._limit),
            "x-ratelimit-remaining": str(self._limit - len(self._times)),
            "x-ratelimit-reset": seconds_text(reset),
            # Pipedrive reports no length. A client heeds it only from this machine.
            "x-sandbox-burst-window": seconds_text(self._seconds),
        }

    def _drop_expired(self) -> None:
        start = self._now() - self._seconds
        while self._times and self._times[0] <= start:
            self._times.popleft()


class _Budget:
    """The daily budget. It resets at midnight UTC; Pipedrive does not document its time zone."""

    def __init__(self, tokens: int, now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._now = now
        self._spent = 0
        self._day = now() // _DAY

    def is_spent(self) -> bool:
        """Return whether all tokens of the day are spent."""
        today = self._now() // _DAY
        if today != self._day:
            self._day, self._spent = today, 0
        return self._spent >= self._tokens

    def spend(self, cost: int) -> None:
        """Spend the tokens of one request; the last request may cost more than is left."""
        self._spent += cost

    def reset(self) -> float:
        """Return the seconds until midnight, rounded up."""
        return math.ceil(_DAY - self._now() % _DAY)

    def headers(self) -> dict[str, str]:
        """Return the headers with the tokens per day and the tokens left."""
        return {
            "x-daily-ratelimit-token-limit": str(self._tokens),
            "x-daily-ratelimit-token-remaining": str(max(0, self._tokens - self._spent)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Tenant:
    """An account together with its limits."""

    account: Account
    limits: Limits


class Login(NamedTuple):
    """One user of an account, for whom requests are made."""

    tenant: Tenant
    user_id: int

    def belongs_to(self, holder: Tenant | Login) -> bool:
        """Return whether this is the given user, or any user of the given account."""
        return self == holder or self.tenant is holder
