"""`Rate`: the limits that Pipedrive last reported; `LastReport` collects them."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, Final

import attrs

from .signals import LimitHeaders

_OF_THE_DAY: Final = ("daily_limit", "daily_remaining")
_ALL: Final = ("limit", "remaining", "reset", *_OF_THE_DAY)


@attrs.frozen(kw_only=True)
class Rate:
    """The limits that Pipedrive last reported; each is None until a response has had it.

    Attributes:
        limit: Requests that this token may send in 2 seconds; searches have their own limit.
        remaining: Requests that were left in the current 2 seconds.
        reset: Seconds from `observed_at` until the window is free again.
        daily_limit: Tokens that the whole company has in a day.
        daily_remaining: Tokens that were left of the daily budget.
        observed_at: When Pipedrive last reported any of them, in UTC.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    observed_at: dt.datetime | None = None


class LastReport:
    """The last reported value of each limit. A `Rate` is made only when it is read."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._timestamp: float | None = None

    def update(self, limits: LimitHeaders, *, search: bool) -> None:
        """Store the limits of a response; from a search, only the daily limits."""
        is_reported = False
        for name in _OF_THE_DAY if search else _ALL:
            value = getattr(limits, name)
            if value is not None:
                self._values[name] = value
                is_reported = True
        if is_reported:
            self._timestamp = time.time()

    @property
    def rate(self) -> Rate:
        """The last reported values."""
        if self._timestamp is None:
            return Rate()
        observed_at = dt.datetime.fromtimestamp(self._timestamp, dt.UTC)
        return Rate(**self._values, observed_at=observed_at)
