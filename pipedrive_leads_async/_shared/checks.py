"""Refuse a wrong argument before anything is sent, in a sentence that names it.

A value of another Python type is a TypeError; a value that Pipedrive could not take is an
`InvalidRequestError`, or whatever `error` says. Each check returns the value.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ..errors import InvalidRequestError, PipedriveError

# The form alone: what Pipedrive makes are version 1, what it accepts is not documented.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch

# Compared with, not passed to math.isfinite, which fails on an int beyond it.
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
    """An int, not a bool, from `low` to `high`."""
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
    """A finite int or float, not a bool, greater than `above`."""
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"{name} must be a number (int or float), got {_kind(value)}")
    if not -_LARGEST <= value <= _LARGEST or value <= above:
        bound = "" if above == -math.inf else f" above {above:g}"
        raise error(f"{name} must be a finite number{bound}, got {value}")
    return value


def boolean(name: str, value: object) -> bool:
    """A bool; 0, 1 and strings are not."""
    if type(value) is not bool:
        raise TypeError(f"{name} must be a bool, got {_kind(value)}")
    return value


def text(name: str, value: object) -> str:
    """A str with something in it besides white space."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {_kind(value)}")
    if not value.strip():
        raise InvalidRequestError(f"{name} is empty: give it a text")
    return encodable(name, value)


def encodable(name: str, value: str) -> str:
    """A str that can be sent, empty or not."""
    try:
        value.encode()
    except UnicodeEncodeError:
        what = f"{name} has half of a surrogate pair, which is no text"
        raise InvalidRequestError(what) from None
    return value


def uuid(name: str, value: object) -> str:
    """The id of a lead or label. Anything else could change the path of the URL."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str (a UUID), got {_kind(value)}")
    if not _UUID(value):
        raise InvalidRequestError(
            f"{name} must be a UUID such as 8ba414d0-8ad8-11ef-9e9e-07879dd74146, "
            f"got {value[:60]!r}"
        )
    return value


def uuids(name: str, value: object) -> tuple[str, ...]:
    """Some ids; a single str is refused, because it is a sequence too."""
    kind = _kind(value)
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise TypeError(f"{name} must be a list of ids, got {kind}")
    items = cast("Iterable[object]", value)
    return tuple(uuid(f"{name}[{i}]", item) for i, item in enumerate(items))


def date(name: str, value: object) -> dt.date:
    """A date without a time."""
    if type(value) is not dt.date:
        raise TypeError(f"{name} must be a datetime.date, got {_kind(value)}")
    return value


def instant(
    name: str, value: object, *, error: type[PipedriveError] = InvalidRequestError
) -> dt.datetime:
    """A datetime that knows its time zone, in UTC."""
    if not isinstance(value, dt.datetime):
        raise TypeError(f"{name} must be a datetime.datetime, got {_kind(value)}")
    if value.utcoffset() is None:
        raise error(f"{name} has no time zone: give an aware datetime, such as datetime.now(UTC)")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise error(f"{name} is outside of the years 1 to 9999 in UTC") from None


def instance(name: str, value: object, kind: type[Any]) -> Any:
    """An instance of `kind`."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {kind.__name__}, got {_kind(value)}")
    return value


def callback(name: str, value: object) -> None:
    """Raise TypeError unless a value is callable or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable, got {_kind(value)}")
