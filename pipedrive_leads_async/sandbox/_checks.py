"""Check the arguments of the controls; each error names the argument."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import urlsplit


def integer(name: str, value: object) -> int:
    """Return an int, not a bool."""
    if type(value) is not int:
        raise TypeError(f"{name} must be an int, got {_kind(value)}.")
    return value


def whole(name: str, value: object, low: int = 0, high: int | None = None) -> int:
    """Return an int, not a bool, from `low` to `high`."""
    value = integer(name, value)
    if value < low or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {bounds}, got {value}.")
    return value


def seconds(name: str, value: object) -> float:
    """Return a finite number of at least 0, not a bool."""
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"{name} must be a number of seconds, got {_kind(value)}.")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of seconds, 0 or more, got {value}.")
    return value


def flag(name: str, value: object) -> bool:
    """Return a bool."""
    if type(value) is not bool:
        raise TypeError(f"{name} must be a bool, got {_kind(value)}.")
    return value


def text(name: str, value: object) -> str:
    """Return a str that is not blank."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {_kind(value)}.")
    if not value.strip():
        raise ValueError(f"{name} is empty: pass a text.")
    return value


def without_id(fields: Mapping[str, object]) -> None:
    """Raise a ValueError if the properties of a new record contain its id."""
    if "id" in fields:
        raise ValueError("id is set by the sandbox: leave it out.")


def texts(name: str, kind: str, value: object) -> list[str]:
    """Return the texts in an iterable that is not a str; `kind` is the noun for one of them."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of {kind}s, got {_kind(value)}.")
    return [text(f"a {kind} of {name}", item) for item in cast("Iterable[object]", value)]


def url(name: str, value: object) -> str:
    """Return an http or https URL with a host and without credentials."""
    address = text(name, value)
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        _ = parts.port  # reading it is the check
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError(f"{name} must be like http://127.0.0.1:8000/webhooks, got {address!r}.")
    return address


def waits(name: str, value: object) -> tuple[float, ...]:
    """Return a tuple of numbers of seconds, of any length."""
    if not isinstance(value, tuple):
        raise TypeError(f"{name} must be a tuple of seconds, got {_kind(value)}.")
    return tuple(seconds(f"each of {name}", wait) for wait in cast("tuple[object, ...]", value))


def burst(value: object) -> None:
    """Check the size of a burst window: a tuple (requests, seconds), or None for no limit."""
    if value is None:
        return
    if not isinstance(value, tuple) or len(cast("tuple[object, ...]", value)) != 2:
        raise TypeError(f"burst must be a tuple (requests, seconds) or None, got {value!r}.")
    requests, window = cast("tuple[object, object]", value)
    whole("the requests of burst", requests, 1)
    if not seconds("the window of burst", window):
        raise ValueError("the window of burst must be more than 0 seconds.")


def _kind(value: object) -> str:
    return type(value).__name__
