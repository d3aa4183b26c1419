"""Check arguments before a request is sent.

Each function returns the checked value. A value of another Python type raises a TypeError; a
value that Pipedrive would not accept raises `InvalidRequestError`, or the class `error`. The
message begins with `name`, the name of the argument.
"""

from __future__ import annotations

import builtins
import datetime as dt
import inspect
import math
import operator
import re
import sys
import uuid as uuids_of_python
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, SupportsIndex, TypeVar

import attrs

from ..errors import InvalidRequestError, PipedriveError

T = TypeVar("T")

# Any version: Pipedrive generates version 1, and does not document which ones it accepts.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch

# Used instead of math.isfinite, which raises OverflowError for a larger int.
_LARGEST = sys.float_info.max

_MOST_DIGITS = 19
"""The maximum number of digits of an int. Python refuses to write one of more than 4,300."""


def kind_of(value: object) -> str:
    """Return the name of the type; with its module if a type of Python has the same name.

    Of a class, it is the name of the class itself, and of a coroutine, it says what is missing.
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if inspect.iscoroutine(value):
        return "a coroutine (await it)"
    kind = type(value)
    is_ambiguous = hasattr(builtins, kind.__name__) and kind.__module__ != "builtins"
    return f"{kind.__module__}.{kind.__name__}" if is_ambiguous else kind.__name__


def advice_for_object(value: object) -> str:
    """Return the advice to pass the id of an object that has one, such as a lead."""
    return f"pass {type(value).__name__.lower()}.id" if hasattr(value, "id") else ""


def integer(
    name: str,
    value: object,
    *,
    low: int = 1,
    high: int | None = None,
    error: type[PipedriveError] = InvalidRequestError,
) -> int:
    """Check that the value is an integer, not a bool, from `low` to `high`; return it as an int.

    It can have 19 digits, which is enough for 64 bits. Integers of other libraries, such as
    numpy, are accepted.
    """
    number = index(value)
    if number is None:
        is_close = (isinstance(value, str) and value.isdecimal()) or (
            isinstance(value, float) and value.is_integer()
        )
        advice = ": convert it with int()" if is_close else ""
        raise TypeError(f"{name} must be an int, got {kind_of(value)}{advice}")
    digits(name, number, error=error)
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise error(f"{name} must be {bounds}, got {number}")
    return number


def digits(name: str, number: int, *, error: type[PipedriveError] = InvalidRequestError) -> int:
    """Check that an int has at most 19 digits. The message does not repeat it."""
    if abs(number) >= 10**_MOST_DIGITS:
        raise error(f"{name} is too large: an int can have at most {_MOST_DIGITS} digits")
    return number


def index(value: object) -> int | None:
    """Return an integer of any type as an int, None for a bool and for anything else."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    try:
        return operator.index(value)
    except TypeError:  # numpy's bool has the method, and refuses
        return None


def number(
    name: str,
    value: object,
    *,
    above: float = -math.inf,
    error: type[PipedriveError] = InvalidRequestError,
) -> float:
    """Check that the value is a finite number greater than `above`; return an int or a float.

    A `Decimal` is accepted if a float has the same digits.
    """
    if isinstance(value, Decimal) and not value.is_finite():
        value = math.nan
    number = float(value) if isinstance(value, float | Decimal) else index(value)
    if number is None:
        is_close = isinstance(value, str | bool) or hasattr(value, "__float__")
        advice = ": convert it with float()" if is_close else ""
        if isinstance(value, dt.timedelta):
            advice = ": pass its total_seconds()"
        raise TypeError(
            f"{name} must be a number (int, float or Decimal), got {kind_of(value)}{advice}"
        )
    if not -_LARGEST <= number <= _LARGEST or number <= above:
        bound = "" if above == -math.inf else f" above {above:g}"
        # Python refuses to write an int of more than 4,300 digits.
        got = "" if isinstance(number, int) and abs(number) > _LARGEST else f", got {number}"
        raise error(f"{name} must be a finite number{bound}{got}")
    if isinstance(value, Decimal) and Decimal(repr(number)) != value:
        raise error(f"{name} has more digits than a float can hold: round it, got {value}")
    return number


def boolean(name: str, value: object) -> bool:
    """Check that the value is a bool; 0, 1 and strings are refused."""
    if type(value) is not bool:
        raise TypeError(f"{name} must be a bool, got {kind_of(value)}: write True or False")
    return value


def text(name: str, value: object) -> str:
    """Check that the value is a str with more than white space."""
    if not isinstance(value, str):
        is_close = index(value) is not None or isinstance(value, float | uuids_of_python.UUID)
        advice = ": convert it with str()" if is_close else ""
        raise TypeError(f"{name} must be a str, got {kind_of(value)}{advice}")
    if not value.strip():
        raise InvalidRequestError(f"{name} is empty: pass a text")
    return encodable(name, value)


def encodable(name: str, value: str) -> str:
    """Check that a str can be encoded as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{name} has half of a surrogate pair, which cannot be encoded: remove it"
        raise InvalidRequestError(message) from None
    return value


def uuid(name: str, value: object, *, advice: str) -> str:
    """Check that the value is a UUID, the id of a lead or label; return it as a str.

    The id becomes part of the URL: any other text could change its path.

    Args:
        name: The name of the argument.
        value: The value.
        advice: What to pass, for the error.
    """
    if isinstance(value, uuids_of_python.UUID):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str (a UUID), got {kind_of(value)}: {advice}")
    if not _UUID(value):
        raise InvalidRequestError(
            f"{name} must be a UUID such as 8ba414d0-8ad8-11ef-9e9e-07879dd74146, "
            f"got {value[:60]!r}: {advice}"
        )
    return value


def date(name: str, value: object) -> dt.date:
    """Check that the value is a date, or a datetime at midnight without a zone; return the date.

    So a date of pandas, which is such a datetime, is accepted.
    """
    if not isinstance(value, dt.date):
        advice = ": convert it with date.fromisoformat()" if isinstance(value, str) else ""
        if hasattr(value, "item"):  # a datetime64 of numpy
            advice = ": convert it with .item()"
        raise TypeError(f"{name} must be a datetime.date, got {kind_of(value)}{advice}")
    if not isinstance(value, dt.datetime):
        return value
    if value != value:  # noqa: PLR0124 - NaT of pandas, which is not equal to itself
        raise InvalidRequestError(f"{name} is NaT, which is no date: pass None or leave it out")
    if value.tzinfo is not None or value.time() != dt.time.min:
        raise InvalidRequestError(
            f"{name} has a time of day or a time zone: pass its date, such as value.date()"
        )
    return value.date()


def instant(
    name: str, value: object, *, error: type[PipedriveError] = InvalidRequestError
) -> dt.datetime:
    """Check that the value is an aware datetime, and return it in UTC."""
    if not isinstance(value, dt.datetime):
        raise TypeError(
            f"{name} must be a datetime.datetime, got {kind_of(value)}: pass an aware one, such as "
            "datetime(2026, 1, 31, tzinfo=UTC)"
        )
    if value != value:  # noqa: PLR0124 - NaT of pandas, which is not equal to itself
        raise error(f"{name} is NaT, which is no time: pass None or leave it out")
    if value.utcoffset() is None:
        raise error(f"{name} has no time zone: pass an aware datetime, such as datetime.now(UTC)")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise error(f"{name} is outside the years 1 to 9999 in UTC") from None


def instance(name: str, value: object, kind: type[Any], *, advice: str = "") -> Any:
    """Check that the value is an instance of `kind`.

    Args:
        name: The name of the argument.
        value: The value.
        kind: The class.
        advice: What to write, for the error.
    """
    if not isinstance(value, kind):
        called = "dict" if kind is Mapping else kind.__name__
        article = "an" if called.startswith(("A", "E", "I", "O", "U", "SSL")) else "a"
        advice = f": {advice}" if advice else ""
        raise TypeError(f"{name} must be {article} {called}, got {kind_of(value)}{advice}")
    return value


def request(value: object, kind: type[Any]) -> Any:
    """Check that the argument `request` is an instance of `kind`."""
    return instance("request", value, kind, advice=f"write {kind.__name__}(...)")


def callback(name: str, value: T) -> T:
    """Check that the value is callable or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable, got {kind_of(value)}")
    return value


def checked(check: Callable[[str, Any], Any], *, optional: bool = False) -> Callable[..., None]:
    """Return an attrs validator that calls `check`, and stores the value that it returns.

    So an integer of numpy becomes an int, as if the user had passed one.

    Args:
        check: Raises an error, or returns the value to store; None to keep the value.
        optional: Whether None is valid too.
    """

    def validate(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None and optional:
            return
        stored = check(attribute.name, value)
        if stored is not None and stored is not value:
            object.__setattr__(instance, attribute.name, stored)

    return validate
