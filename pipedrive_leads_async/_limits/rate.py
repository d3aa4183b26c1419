"""`Rate`: the limits that Pipedrive last reported."""

from __future__ import annotations

import datetime as dt

import attrs


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
