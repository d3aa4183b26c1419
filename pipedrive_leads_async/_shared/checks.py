"""Check arguments before a request is sent.

Each function returns the checked value. A value of another Python type raises a TypeError; a
value that Pipedrive would not accept raises `InvalidRequestError`, or the class `error`. The
message begins with `name`, the name of the argument.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from ..errors import InvalidRequestError, PipedriveError

T = TypeVar("T")

# Any version: Pipedrive generates version 1, and does not document which ones it accepts.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch

# Used instead of math.isfinite, which raises OverflowError for a larger int.
_LARGEST = sys.float_info.max


def _kind(value: object) -> str:
    return type(value).__name__


def integer(
    name: str,
    value: object,
    *,
    low: int = 1,
    high: int | None = None,
    error: type[PipedriveError] = InvalidRequestError,
) -> int:
    """Check that the value is an int, not a bool, from `low` to `high`."""
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, got {_kind(value)}")
    if value < low or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise error(f"{name} must be {bounds}, got {value}")
    return value


def number(
    name: str,
    value: object,
    *,
    above: float = -math.inf,
    error: type[PipedriveError] = InvalidRequestError,
) -> float:
    """Check that the value is a finite int or float, not a bool, greater than `above`."""
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"{name} must be a number (int or float), got {_kind(value)}")
    if not -_LARGEST <= value <= _LARGEST or value <= above:
        bound = "" if above == -math.inf else f" above {above:g}"
        raise error(f"{name} must be a finite number{bound}, got {value}")
    return value


def boolean(name: str, value: object) -> bool:
    """Check that the value is a bool; 0, 1 and strings are refused."""
    if type(value) is not bool:
        raise TypeError(f"{name} must be a bool, got {_kind(value)}")
    return value


def text(name: str, value: object) -> str:
    """Check that the value is a str with more than white space."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {_kind(value)}")
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


def uuid(name: str, value: object) -> str:
    """Check that the value is a UUID, the id of a lead or label.

    The id becomes part of the URL: any other text could change its path.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str (a UUID), got {_kind(value)}")
    if not _UUID(value):
        raise InvalidRequestError(
            f"{name} must be a UUID such as 8ba414d0-8ad8-11ef-9e9e-07879dd74146, "
            f"got {value[:60]!r}"
        )
    return value


def uuids(name: str, value: object) -> tuple[str, ...]:
    """Check that the value is an iterable of UUIDs, and return them as a tuple.

    A str is refused, although it is an iterable.
    """
    kind = _kind(value)
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise TypeError(f"{name} must be a list of ids, got {kind}")
    items = cast("Iterable[object]", value)
    return tuple(uuid(f"{name}[{i}]", item) for i, item in enumerate(items))


def date(name: str, value: object) -> dt.date:
    """Check that the value is a date and not a datetime."""
    if type(value) is not dt.date:
        raise TypeError(f"{name} must be a datetime.date, got {_kind(value)}")
    return value


def instant(
    name: str, value: object, *, error: type[PipedriveError] = InvalidRequestError
) -> dt.datetime:
    """Check that the value is an aware datetime, and return it in UTC."""
    if not isinstance(value, dt.datetime):
        raise TypeError(f"{name} must be a datetime.datetime, got {_kind(value)}")
    if value.utcoffset() is None:
        raise error(f"{name} has no time zone: pass an aware datetime, such as datetime.now(UTC)")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise error(f"{name} is outside the years 1 to 9999 in UTC") from None


def instance(name: str, value: object, kind: type[Any]) -> Any:
    """Check that the value is an instance of `kind`."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {kind.__name__}, got {_kind(value)}")
    return value


def callback(name: str, value: T) -> T:
    """Check that the value is callable or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable, got {_kind(value)}")
    return value
