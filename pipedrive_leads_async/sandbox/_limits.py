"""Pipedrive's limits: requests in rolling windows per token, and tokens a day per company.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ._responses import Answer, over_limit
from ._state.account import Account

_DAY = 86_400
_SEARCHES = 10  # in a window of their own, the same on every plan


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether the gateway lets a request through, and the headers that say what is left."""

    refusal: Answer | None
    headers: dict[str, str]


class Limits:
    """The limits of one account. A request that is refused costs nothing."""

    def __init__(
        self,
        burst: tuple[int, float] | None,
        daily_tokens: int | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._burst = burst
        self._windows: dict[tuple[str, bool], _Window] = {}
        self._budget = None if daily_tokens is None else _Budget(daily_tokens, now)
        self._monotonic = monotonic

    def admit(self, kind: str, cost: int, *, search: bool = False) -> Admission:
        """Count a request with this kind of credential, or refuse it; searches count apart."""
        window = self._window(kind, search=search)
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

    def _window(self, kind: str, *, search: bool) -> _Window | None:
        if self._burst is None:
            return None
        requests, seconds = self._burst
        window = _Window(_SEARCHES if search else requests, seconds, self._monotonic)
        return self._windows.setdefault((kind, search), window)


def seconds_text(seconds: float) -> str:
    """Write seconds for a header: whole ones as Pipedrive does, others to the millisecond."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


class _Window:
    """The requests of one kind and credential in the last seconds, each with its time."""

    def __init__(self, limit: int, seconds: float, now: Callable[[], float]) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Take a place in the window, or return False when it is full."""
        self._forget()
        if len(self._taken) == self._limit:
            return False
        self._taken.append(self._now())
        return True

    def headers(self) -> dict[str, str]:
        """Tell how many places are left, and when the next one comes back."""
        self._forget()
        reset = self._taken[0] + self._seconds - self._now() if self._taken else 0.0
        # Pipedrive's window is whole seconds and so are its headers. A shorter window, made for
        # quick tests, needs fractions; rounding up never sends a client too early.
        steps = 1 if float(self._seconds).is_integer() else 1000
        reset = min(math.ceil(reset * steps) / steps, self._seconds)
        return {
            "x-ratelimit-limit": str(self._limit),
            "x-ratelimit-remaining": str(self._limit - len(self._taken)),
            "x-ratelimit-reset": seconds_text(reset),
        }

    def _forget(self) -> None:
        begin = self._now() - self._seconds
        while self._taken and self._taken[0] <= begin:
            self._taken.popleft()


class _Budget:
    """The tokens left today; midnight is taken in UTC, as Pipedrive does not tell its zone."""

    def __init__(self, tokens: int, now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._now = now
        self._spent = 0
        self._day = now() // _DAY

    def is_spent(self) -> bool:
        """Tell whether nothing is left until the next day begins."""
        today = self._now() // _DAY
        if today != self._day:
            self._day, self._spent = today, 0
        return self._spent >= self._tokens

    def spend(self, cost: int) -> None:
        """Take the tokens of one request; the last one may cost more than is left."""
        self._spent += cost

    def reset(self) -> float:
        """Return the whole seconds until midnight."""
        return math.ceil(_DAY - self._now() % _DAY)

    def headers(self) -> dict[str, str]:
        """Tell what a day has and what is left of it."""
        return {
            "x-daily-ratelimit-token-limit": str(self._tokens),
            "x-daily-ratelimit-token-remaining": str(max(0, self._tokens - self._spent)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Tenant:
    """An account together with its limits."""

    account: Account
    limits: Limits
