"""What Pipedrive tells of its limits, in headers and in refusals, and what a refusal means.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

import attrs

from ..errors import ApiError, BlockedError, DailyBudgetExhaustedError, RateLimitedError
from .window import LARGEST_LIMIT

SEARCHES: Final = 10
"""Searches have a window of their own, on every plan."""

PROBE_INTERVAL: Final = 15 * 60.0
"""Seconds until one request tries whether the daily budget is back.

That is at midnight in a time zone that Pipedrive does not tell: looking every quarter of an hour
takes less than a hundred requests a day.
"""

_BLOCKED: Final = 5 * 60.0

# Larger is garbage, such as an epoch for seconds.
_LARGEST_BUDGET: Final = 10**12
_LONGEST_RESET: Final = 60
_LONGEST_WAIT: Final = 25 * 3600


@attrs.frozen
class Told:
    """What one answer told of the limits; what it did not, or is garbage, is None."""

    limit: int | None
    remaining: int | None
    reset: float | None
    daily_limit: int | None
    daily_remaining: int | None

    def said(self, *, search: bool) -> dict[str, Any]:
        """Name what `Rate` shows of it: of a search's limits only those of the day."""
        said: dict[str, Any] = {
            "daily_limit": self.daily_limit,
            "daily_remaining": self.daily_remaining,
        }
        if not search:
            said |= {"limit": self.limit, "remaining": self.remaining, "reset": self.reset}
        seen = {name: value for name, value in said.items() if value is not None}
        return {**seen, "observed_at": dt.datetime.now(dt.UTC)} if seen else {}


def told_by(headers: Mapping[str, str]) -> Told:
    """Read the headers of an answer."""
    return Told(
        limit=_whole(headers.get("x-ratelimit-limit"), LARGEST_LIMIT) or None,
        remaining=_whole(headers.get("x-ratelimit-remaining"), LARGEST_LIMIT),
        reset=_number(headers.get("x-ratelimit-reset"), _LONGEST_RESET),
        daily_limit=_whole(headers.get("x-daily-ratelimit-token-limit"), _LARGEST_BUDGET),
        daily_remaining=_whole(headers.get("x-daily-ratelimit-token-remaining"), _LARGEST_BUDGET),
    )


def asked_wait(error: ApiError) -> float | None:
    """Seconds that an error asks to wait, None if it does not say or nobody can mean it."""
    return _number(error.retry_after, _LONGEST_WAIT)


@attrs.frozen
class Barrier:
    """Why nothing is sent until a moment; after it one request at a time tries."""

    until: float
    error: type[ApiError]
    status: int
    reason: str

    def refusal(self, operation: str, now: float | None) -> ApiError:
        """Make the error of a call that is not sent; without `now`, another one is trying."""
        wait = None if now is None else self.until - now
        detail = "another call is trying" if wait is None else f"for {wait:.0f} s more"
        message = f"not sent: {self.reason} ({detail})"
        return self.error(message, status=self.status, operation=operation, retry_after=wait)


def barrier_after(error: ApiError, now: float) -> Barrier | None:
    """Give the barrier that an error means for all requests, None if it means none."""
    if isinstance(error, BlockedError):
        return blocked(now + _BLOCKED)
    if isinstance(error, DailyBudgetExhaustedError):
        return exhausted(now + (asked_wait(error) or PROBE_INTERVAL))
    return None


def blocked(until: float) -> Barrier:
    """Pipedrive's edge refuses this client."""
    return Barrier(until, BlockedError, 403, "Pipedrive blocks this client")


def exhausted(until: float) -> Barrier:
    """The daily budget is used up."""
    return Barrier(until, DailyBudgetExhaustedError, 429, "the daily token budget is used up")


def kept(until: float, keep: int) -> Barrier:
    """What is left of the daily budget is left to others."""
    reason = f"the daily token budget is down to what keep_daily_tokens={keep} keeps"
    return Barrier(until, DailyBudgetExhaustedError, 429, reason)


def too_late(wait: float, operation: str) -> RateLimitedError:
    """Make the error of a call whose turn comes later than it can wait."""
    message = f"not sent: its turn by the burst limit is in {wait:.3g} s, which is too late"
    return RateLimitedError(message, status=429, operation=operation, retry_after=wait)


def _number(value: str | float | None, largest: int) -> float | None:
    """Read a number from 0 to `largest`; anything else is None."""
    try:
        number = math.nan if value is None else float(value)
    except ValueError:
        return None
    return number if 0 <= number <= largest else None


def _whole(value: str | None, largest: int) -> int | None:
    number = _number(value, largest)
    return None if number is None else int(number)
