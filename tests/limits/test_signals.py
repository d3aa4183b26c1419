"""Test how long a response asks to wait, and for which of Pipedrive's two limits."""

from __future__ import annotations

import datetime as dt
import math
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from pipedrive_leads_async import DailyBudgetExhaustedError, RateLimitedError
from pipedrive_leads_async._limits.signals import retry_after
from tests.support.responses import BURST, error_of, make_response

HTML = b"<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"error": "daily request budget exceeded"}, {}),
        ({"error": "Daily limit reached"}, {}),
        (BURST, {"x_daily_ratelimit_token_remaining": "0"}),
        (BURST, {"retry_after": "3939"}),
        (b"", {"retry_after": "60.5"}),
    ],
    ids=["daily", "Daily", "no tokens left", "an hour to wait", "over a minute to wait"],
)
def test_429_of_the_daily_budget_is_recognized(body: Any, headers: dict[str, str]) -> None:
    assert type(error_of(make_response(429, body, **headers))) is DailyBudgetExhaustedError


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BURST, {}),
        (BURST, {"x_daily_ratelimit_token_remaining": "75000", "retry_after": "2"}),
        (BURST, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "2"}),
        (BURST, {"x_ratelimit_reset": "3939"}),
        (BURST, {"retry_after": "60"}),
        (HTML, {}),
        (b"", {"retry_after": "nonsense"}),
    ],
    ids=[
        *("no headers", "tokens left", "reset", "too large a reset", "a minute to wait"),
        *("HTML", "invalid retry-after"),
    ],
)
def test_429_of_the_burst_limit_is_recognized(body: Any, headers: dict[str, str]) -> None:
    assert type(error_of(make_response(429, body, **headers))) is RateLimitedError


@pytest.mark.parametrize("status", [429, 503])
def test_error_has_the_seconds_of_retry_after(status: int) -> None:
    assert error_of(make_response(status, BURST, retry_after="2.5")).retry_after == 2.5
    assert error_of(make_response(status, BURST)).retry_after is None


NOW = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 3 ", 3.0),
        ("3939", 3939.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", 30.0),
        ("Wednesday, 21-Oct-15 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        (NOW, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value, "date": NOW}) == seconds
    assert error_of(make_response(503, retry_after=value, date=NOW)).retry_after == seconds


INVALID = [
    "",
    "-1",
    "-0.5",
    "nan",
    "inf",
    "-inf",
    "1e309",
    "9" * 400,
    "soon",
    "2 seconds",
    "-1, nan",
    ",",
    "Wed, ",
    "0x10",
    "Wed, 32 Oct 2015 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:30",
    "Wed, 21 Oct 2015 07:28:30 -0000",
    "Mon, 01 Jan 100000 00:00:00 GMT",
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    "\x00",
]


@pytest.mark.parametrize("value", INVALID)
def test_invalid_retry_after_is_ignored_for_the_reset_of_the_window(value: str) -> None:
    assert retry_after({"retry-after": value, "date": NOW}) is None
    response = make_response(429, BURST, retry_after=value, date=NOW, x_ratelimit_reset="2")
    error = error_of(response)
    assert type(error) is RateLimitedError
    assert error.retry_after == 2.0


@pytest.mark.parametrize("date", [None, "", "today", "Wed, 21 Oct 2015 07:28:00", "9" * 400])
@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        ("2015-10-21T07:28:00+00:00", 30.0),
        ("2015-10-21T09:28:28.5+02:00", 1.5),
        ("2015-10-22T00:00:00+00:00", 0.0),
        ("2015-10-20T06:28:30+00:00", 90_000.0),
        ("2015-10-20T06:28:29+00:00", None),  # over 25 hours: the clock is wrong
        ("1970-01-01T00:00:00+00:00", None),
    ],
)
def test_retry_after_date_is_compared_with_our_clock_without_the_servers(
    date: str | None, now: str, seconds: float | None
) -> None:
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}
    headers |= {} if date is None else {"date": date}
    assert retry_after(headers, clock=lambda: dt.datetime.fromisoformat(now)) == seconds


def test_error_has_the_seconds_to_a_date_without_the_servers_clock() -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    error = error_of(make_response(503, retry_after=format_datetime(moment)))
    assert 500 < error.retry_after <= 600


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [("2", 2.0), ("0", 0.0), ("60", 60.0), ("61", None), ("1700000000", None)]
    + [(invalid, None) for invalid in ("", "-1", "nan", "inf", "x")],
)
def test_burst_429_without_retry_after_waits_for_the_reset_of_its_window(
    reset: str, seconds: float | None
) -> None:
    assert error_of(make_response(429, BURST, x_ratelimit_reset=reset)).retry_after == seconds


def test_reset_of_the_window_applies_to_no_other_error() -> None:
    daily = {"error": "daily request budget exceeded"}
    assert error_of(make_response(429, daily, x_ratelimit_reset="2")).retry_after is None
    assert error_of(make_response(503, b"", x_ratelimit_reset="2")).retry_after is None
    both = make_response(429, BURST, retry_after="5", x_ratelimit_reset="2")
    assert error_of(both).retry_after == 5


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["2", "5"], 5.0),
        (["5", "2"], 5.0),
        (["2", "soon"], 2.0),
        (["", "-1", "2"], 2.0),
        (["2", "Wed, 21 Oct 2015 07:28:30 GMT"], 30.0),
        (["Wednesday, 21-Oct-15 07:28:30 GMT", "45"], 45.0),
        (["Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:05 GMT"], 30.0),
    ],
)
def test_largest_of_several_retry_after_counts(values: list[str], seconds: float) -> None:
    repeated = CIMultiDict([("Date", NOW), *[("Retry-After", value) for value in values]])
    assert retry_after(repeated) == seconds
    assert retry_after({"date": NOW, "retry-after": ", ".join(values)}) == seconds


def test_burst_429_waits_for_the_largest_of_several_resets() -> None:
    response = make_response(429, BURST, x_ratelimit_reset="1, 7, 2")
    assert error_of(response).retry_after == 7.0


@given(st.text(), st.text(), st.text())
def test_429_with_any_header_values_is_decoded(value: str, now: str, reset: str) -> None:
    response = make_response(429, BURST, retry_after=value, date=now, x_ratelimit_reset=reset)
    error = error_of(response)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after is None or 0 <= error.retry_after < math.inf
