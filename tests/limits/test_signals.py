"""Test how long a response asks to wait, and for which of Pipedrive's two limits."""

from __future__ import annotations

import math
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
    "1, 5",
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


@pytest.mark.parametrize("now", [None, "", "today", "Wed, 21 Oct 2015 07:28:00", "9" * 400])
def test_retry_after_date_is_ignored_without_the_servers_date(now: str | None) -> None:
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}
    assert retry_after(headers if now is None else headers | {"date": now}) is None


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


def test_first_of_repeated_headers_counts() -> None:
    repeated = CIMultiDict([("Retry-After", "2"), ("Retry-After", "5")])
    assert retry_after(repeated) == 2.0


@given(st.text(), st.text(), st.text())
def test_429_with_any_header_values_is_decoded(value: str, now: str, reset: str) -> None:
    response = make_response(429, BURST, retry_after=value, date=now, x_ratelimit_reset=reset)
    error = error_of(response)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after is None or 0 <= error.retry_after < math.inf
