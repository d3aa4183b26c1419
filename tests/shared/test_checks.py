"""Test the checks of arguments: accepted values, and messages that name the argument."""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid as uuids_of_python
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import ConfigurationError, InvalidRequestError, Lead
from pipedrive_leads_async._shared import checks

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
AWARE = dt.datetime(2024, 1, 31, 10, tzinfo=dt.timezone(dt.timedelta(hours=2)))
DAY = dt.date(2024, 1, 31)

ID_OF_PYTHON = uuids_of_python.UUID(ID)

PASS_AWARE = "pass an aware one, such as datetime(2026, 1, 31, tzinfo=UTC)"

NO_NUMBER = "name must be a number (int, float or Decimal), got"

uuid = partial(checks.uuid, advice="pass an id")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checks.integer, 1),
        (checks.integer, 10**19 - 1),
        (checks.number, 0),
        (checks.number, -1.5),
        (checks.boolean, False),
        (checks.text, " x "),
        (uuid, ID),
        (uuid, ID.upper()),
        (checks.date, DAY),
    ],
)
def test_valid_value_is_returned(check: Callable[[str, Any], Any], value: object) -> None:
    assert check("name", value) is value


def test_instant_is_returned_in_utc() -> None:
    found = checks.instant("name", AWARE)
    assert (found, found.tzinfo) == (AWARE, dt.UTC)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (checks.integer, True, "name must be an int, got bool"),
        (checks.integer, 1.0, "name must be an int, got float: convert it with int()"),
        (checks.integer, 1.5, "name must be an int, got float"),
        (checks.integer, "1", "name must be an int, got str: convert it with int()"),
        (checks.integer, "Ann", "name must be an int, got str"),
        (checks.integer, np.array([1, 2]), "name must be an int, got ndarray"),
        (checks.integer, None, "name must be an int, got NoneType"),
        (
            checks.number,
            True,
            f"{NO_NUMBER} bool: convert it with float()",
        ),
        (
            checks.number,
            "1.5",
            f"{NO_NUMBER} str: convert it with float()",
        ),
        (
            checks.number,
            1j,
            f"{NO_NUMBER} complex",
        ),
        (
            checks.number,
            dt.timedelta(minutes=5),
            f"{NO_NUMBER} timedelta: pass its total_seconds()",
        ),
        (checks.boolean, 0, "name must be a bool, got int: write True or False"),
        (checks.boolean, "true", "name must be a bool, got str: write True or False"),
        (checks.text, 5, "name must be a str, got int: convert it with str()"),
        (checks.text, ID_OF_PYTHON, "name must be a str, got UUID: convert it with str()"),
        (checks.text, str, "name must be a str, got the class str"),
        (checks.text, b"x", "name must be a str, got bytes"),
        (uuid, 5, "name must be a str (a UUID), got int: pass an id"),
        (checks.callback, "print", "name must be callable, got str"),
        (
            checks.date,
            "2024-01-31",
            "name must be a datetime.date, got str: convert it with date.fromisoformat()",
        ),
        (checks.date, 20240131, "name must be a datetime.date, got int"),
        (checks.instant, DAY, f"name must be a datetime.datetime, got date: {PASS_AWARE}"),
        (
            checks.instant,
            "2024-01-31T10:00:00Z",
            f"name must be a datetime.datetime, got str: {PASS_AWARE}",
        ),
    ],
)
def test_value_of_another_type_is_a_type_error(
    check: Callable[[str, Any], Any], value: object, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        check("name", value)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (checks.integer, 0, "name must be at least 1, got 0"),
        (checks.integer, -7, "name must be at least 1, got -7"),
        (checks.number, math.nan, "name must be a finite number, got nan"),
        (checks.number, math.inf, "name must be a finite number, got inf"),
        (checks.number, -math.inf, "name must be a finite number, got -inf"),
        (checks.number, 10**309, "name must be a finite number"),
        (checks.number, -(10**309), "name must be a finite number"),
        (checks.integer, 10**19, "name is too large: an int can have at most 19 digits"),
        (checks.integer, -(10**19), "name is too large: an int can have at most 19 digits"),
        (checks.text, "", "name is empty: pass a text"),
        (checks.text, " \n\t", "name is empty: pass a text"),
        (checks.text, "John \ud83d", "name has half of a surrogate pair"),
        (uuid, "x", f"name must be a UUID such as {ID}, got 'x': pass an id"),
        (checks.date, AWARE, "name has a time of day or a time zone: pass its date"),
        (checks.number, Decimal("NaN"), "name must be a finite number, got nan"),
        (checks.number, Decimal("sNaN"), "name must be a finite number, got nan"),
        (checks.number, Decimal("1e400"), "name must be a finite number, got inf"),
        (checks.number, Decimal("0.1") + Decimal("1e-20"), "name has more digits than a float"),
        (
            checks.instant,
            AWARE.replace(tzinfo=None),
            "name has no time zone: pass an aware datetime, such as datetime.now(UTC)",
        ),
        (
            checks.instant,
            dt.datetime.min.replace(tzinfo=AWARE.tzinfo),
            "name is outside the years 1 to 9999 in UTC",
        ),
    ],
)
def test_value_that_pipedrive_refuses_is_an_invalid_request(
    check: Callable[[str, Any], Any], value: object, message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{re.escape(message)}"):
        check("name", value)


def test_bounds_of_an_integer_are_inclusive() -> None:
    assert checks.integer("limit", 1, high=500) == 1
    assert checks.integer("limit", 500, high=500) == 500
    assert checks.integer("start", 0, low=0) == 0
    for limit in (0, 501):
        with pytest.raises(
            InvalidRequestError, match=f"^limit must be from 1 to 500, got {limit}$"
        ):
            checks.integer("limit", limit, high=500)


def test_lower_bound_of_a_number_is_exclusive() -> None:
    assert checks.number("read", 0.001, above=0) == 0.001
    with pytest.raises(InvalidRequestError, match=r"^read must be a finite number above 0, got 0$"):
        checks.number("read", 0, above=0)


def test_error_class_is_chosen_by_the_caller() -> None:
    with pytest.raises(ConfigurationError):
        checks.integer("attempts", 0, error=ConfigurationError)
    with pytest.raises(ConfigurationError):
        checks.number("read", math.nan, error=ConfigurationError)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        ID[:-1],
        f"{ID}0",
        f" {ID}",
        f"{ID}\n",
        f"{{{ID}}}",
        ID.replace("-", ""),
        ID.replace("8", "g"),
        ID.replace("8", "٨"),
        "../persons/1",
        f"{ID}/../../persons/1",
        "%2e%2e%2fpersons%2f1",
        f"{ID}?x=1",
        "........-....-....-....-............",
    ],
)
def test_text_that_could_change_the_path_is_not_an_id(value: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID such as .*, got '"):
        uuid("id", value)


@given(st.uuids(), st.integers(0, 36), st.text(min_size=1))
def test_id_with_inserted_text_is_refused(id: object, position: int, text: str) -> None:
    value = str(id)
    with pytest.raises(InvalidRequestError):
        uuid("id", value[:position] + text + value[position:])


@given(st.uuids())
def test_every_uuid_is_an_id(value: object) -> None:
    assert uuid("id", str(value)) == str(value)


def test_message_about_a_long_id_is_short() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        uuid("id", "x" * 10_000)
    assert len(str(caught.value)) < 200


def test_instance_of_another_class_is_a_type_error() -> None:
    lead = Lead(id=ID, title="Big order")
    assert checks.instance("lead", lead, Lead) is lead
    with pytest.raises(TypeError, match=r"^lead must be a Lead, got dict$"):
        checks.instance("lead", {}, Lead)


@pytest.mark.parametrize("check", [checks.integer, checks.number], ids=["integer", "number"])
def test_number_that_python_does_not_write_is_not_repeated(
    check: Callable[[str, Any], Any],
) -> None:
    for value in (10**5000, -(10**5000)):
        with pytest.raises(InvalidRequestError, match=r"^name (is too large|must be a finite)"):
            check("name", value)
