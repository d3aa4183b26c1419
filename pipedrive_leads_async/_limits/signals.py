"""Read Pipedrive's limits from the headers of a response, and the meaning of a 429.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import attrs

from ..errors import ApiError, DailyBudgetExhaustedError, RateLimitedError
from .rate import Rate
from .window import LARGEST_LIMIT

BLOCK_SECONDS: Final = 5 * 60.0
"""Seconds for which nothing is sent after Pipedrive's edge has blocked this client."""

# Larger values are invalid, such as a Unix time where seconds are expected.
_LARGEST_BUDGET: Final = 10**12
_LONGEST_WAIT: Final = 25 * 3600

# The burst window is 2 seconds long: a longer wait is for the daily budget.
_LONGEST_BURST_WAIT: Final = 60


@attrs.frozen
class LimitHeaders:
    """The limits in the headers of one response; missing or invalid values are None."""

    limit: int | None
    remaining: int | None
    reset: float | None
    daily_limit: int | None
    daily_remaining: int | None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> LimitHeaders:
        """Read the headers of a response."""
        return cls(
            limit=_integer(headers.get("x-ratelimit-limit"), LARGEST_LIMIT) or None,
            remaining=_integer(headers.get("x-ratelimit-remaining"), LARGEST_LIMIT),
            reset=_number(headers.get("x-ratelimit-reset"), _LONGEST_BURST_WAIT),
            daily_limit=_integer(headers.get("x-daily-ratelimit-token-limit"), _LARGEST_BUDGET),
            daily_remaining=_integer(
                headers.get("x-daily-ratelimit-token-remaining"), _LARGEST_BUDGET
            ),
        )

    def update(self, rate: Rate, *, search: bool) -> Rate:
        """Return `rate` with these values, without the burst limit of a search."""
        values: dict[str, Any] = {
            "daily_limit": self.daily_limit,
            "daily_remaining": self.daily_remaining,
        }
        if not search:
            values |= {"limit": self.limit, "remaining": self.remaining, "reset": self.reset}
        known = {name: value for name, value in values.items() if value is not None}
        return attrs.evolve(rate, **known, observed_at=dt.datetime.now(dt.UTC)) if known else rate


def classify_429(
    headers: Mapping[str, str], error: str | None
) -> tuple[type[RateLimitedError], float | None]:
    """Return the error class of a 429 and the seconds to wait, None if they are unknown.

    Pipedrive sends the same status for both limits, and no documented header distinguishes them.

    Args:
        headers: The headers of the response.
        error: The text of the error in its body.
    """
    limits, wait = LimitHeaders.read(headers), retry_after(headers)
    if (
        limits.daily_remaining == 0
        or "daily" in (error or "").lower()
        or (wait or 0.0) > _LONGEST_BURST_WAIT
    ):
        return DailyBudgetExhaustedError, wait
    return RateLimitedError, limits.reset if wait is None else wait


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after`, None if it is missing or invalid.

    The header holds seconds or a date. A date is compared with the server's own clock, the
    header `date`.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = headers.get("retry-after", "")
    seconds = _number(value)
    return _seconds_until(value, headers.get("date", "")) if seconds is None else seconds


def plausible_wait(error: ApiError) -> float | None:
    """Return the seconds that an error asks to wait, None if they are missing or invalid."""
    return _number(error.retry_after, _LONGEST_WAIT)


def _seconds_until(date: str, now: str) -> float | None:
    try:
        wait = parsedate_to_datetime(date) - parsedate_to_datetime(now)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def _integer(value: str | None, largest: int) -> int | None:
    number = _number(value, largest)
    return None if number is None else int(number)


def _number(value: str | float | None, largest: float = sys.float_info.max) -> float | None:
    """Return a number from 0 to `largest`, None for anything else."""
    try:
        number = math.nan if value is None else float(value)
    except ValueError:
        return None
    return number if 0 <= number <= largest else None
