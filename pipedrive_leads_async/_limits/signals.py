"""Read Pipedrive's limits from the headers of a response, and the meaning of a 429.

See also `auth/_token_response.py`, which reads a 429 of the OAuth host.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

from ..errors import ApiError, DailyBudgetExhaustedError, RateLimitedError
from .window import LARGEST_LIMIT, LONGEST_WINDOW, SHORTEST_WINDOW, WINDOW_LENGTH

BLOCK_SECONDS: Final = 5 * 60.0
"""Seconds for which nothing is sent after Pipedrive's edge has blocked this client."""

SANDBOX_WINDOW: Final = "x-sandbox-burst-window"
"""The header in which the sandbox reports the length of its window, in seconds."""

# Larger values are invalid, such as a Unix time where seconds are expected.
_LARGEST_BUDGET: Final = 10**12
_LONGEST_WAIT: Final = 25 * 3600

# The burst window is 2 seconds long: a longer wait is for the daily budget.
_LONGEST_BURST_WAIT: Final = 60


@attrs.define
class LimitHeaders:
    """The limits in the headers of one response; missing or invalid values are None.

    If a header has several values or is repeated, the strictest value is used.

    Attributes:
        limit: Requests that Pipedrive allows in the window.
        remaining: Requests left in it.
        reset: Seconds until it is free again.
        daily_limit: Tokens of the daily budget.
        daily_remaining: Tokens left of it.
        window: The length of the window in seconds, None if there is no limit. Pipedrive's
            window is 2 seconds and no header reports it. The sandbox reports its length; this
            header is read only if the server runs on this machine.
    """

    limit: int | None
    remaining: int | None
    reset: float | None
    daily_limit: int | None
    daily_remaining: int | None
    window: float | None

    @classmethod
    def read(cls, headers: Mapping[str, str], *, is_local: bool = False) -> LimitHeaders:
        """Read the headers of a response; `is_local` is whether this machine sent it."""
        lines = _lines_of(headers)
        limit = _strictest(lines("x-ratelimit-limit", ()), LARGEST_LIMIT, smallest=1)
        largest = limit or LARGEST_LIMIT
        daily_limit = _strictest(lines("x-daily-ratelimit-token-limit", ()), _LARGEST_BUDGET)
        daily_remaining = lines("x-daily-ratelimit-token-remaining", ())
        return cls(
            _integer(limit),
            _integer(_strictest(lines("x-ratelimit-remaining", ()), largest)),
            _strictest(lines("x-ratelimit-reset", ()), _LONGEST_BURST_WAIT, choose=max),
            _integer(daily_limit),
            _integer(_strictest(daily_remaining, _LARGEST_BUDGET)),
            (_sandbox_window(lines(SANDBOX_WINDOW, ())) if is_local else None)
            or (limit and WINDOW_LENGTH),
        )


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


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def retry_after(
    headers: Mapping[str, str], *, clock: Callable[[], dt.datetime] = _utc_now
) -> float | None:
    """Return the seconds of `retry-after`, None if it is missing or invalid.

    The header holds seconds or a date. A date is compared with the server's own clock, the
    header `date`; without a valid one, with `clock`. Of several values the largest counts.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    waits: list[float] = []
    # A comma also ends the weekday of a date; the rest of the date is valid without it.
    for text in _split(_lines_of(headers)("retry-after", ())):
        wait = _number(text)
        if wait is None:
            wait = _seconds_until(text, headers.get("date", ""), clock)
        if wait is not None:
            waits.append(wait)
    return max(waits, default=None)


def plausible_wait(error: ApiError) -> float | None:
    """Return the seconds that an error asks to wait, None if they are missing or invalid."""
    return _number(error.retry_after, _LONGEST_WAIT)


def _seconds_until(date: str, now: str, clock: Callable[[], dt.datetime]) -> float | None:
    moment, server_time = _parse_date(date), _parse_date(now)
    if moment is None:
        return None
    if server_time is not None:
        return max(0.0, (moment - server_time).total_seconds())
    # The clock of this machine may be wrong by years.
    return _number(max(0.0, (moment - clock()).total_seconds()), _LONGEST_WAIT)


def _parse_date(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _lines_of(headers: Mapping[str, str]) -> Callable[[str, tuple[()]], Sequence[str]]:
    """Return a function that returns all lines of a header, which may be repeated."""
    getall: Callable[[str, tuple[()]], Sequence[str]] | None = getattr(headers, "getall", None)
    return getall or (lambda name, none: [headers[name]] if name in headers else none)


def _sandbox_window(lines: Sequence[str]) -> float | None:
    return _strictest(lines, LONGEST_WINDOW, smallest=SHORTEST_WINDOW, choose=max)


def _strictest(
    lines: Sequence[str],
    largest: float,
    *,
    smallest: float = 0,
    choose: Callable[[list[float]], float] = min,
) -> float | None:
    """Return the strictest of the valid values in a header."""
    if not lines:
        return None
    if len(lines) == 1 and "," not in lines[0]:  # nearly always
        return _number(lines[0], largest, smallest=smallest)
    numbers = [_number(value, largest, smallest=smallest) for value in _split(lines)]
    valid = [number for number in numbers if number is not None]
    return choose(valid) if valid else None


def _split(lines: Sequence[str]) -> list[str]:
    return [value for line in lines for value in line.split(",")]


def _integer(number: float | None) -> int | None:
    return None if number is None else int(number)


def _number(
    value: str | float | None, largest: float = sys.float_info.max, *, smallest: float = 0
) -> float | None:
    """Return a number from `smallest` to `largest`, None for anything else."""
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if smallest <= number <= largest else None
