"""Write the query parameters of any endpoint as Pipedrive expects them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, SupportsIndex, TypeAlias, cast

from ..._shared import checks
from ...errors import InvalidRequestError

Param: TypeAlias = str | SupportsIndex | dt.datetime | uuid.UUID
"""One value of a query parameter; a bool is a `SupportsIndex`."""

Params: TypeAlias = Mapping[str, Param | Iterable[Param]]
"""Query parameters; the values of an iterable are joined by commas."""


def write_params(params: Params | None, *, version: int) -> dict[str, str]:
    """Return query parameters as texts.

    Args:
        params: The parameters.
        version: The version of the API: 1 writes a bool as 1 or 0, 2 as true or false.

    Raises:
        InvalidRequestError: A list is empty, a time has no time zone, or a text is not valid.
        TypeError: A value has another type.
    """
    if params is None:
        return {}
    checks.instance("params", params, Mapping)
    write_bool = _as_digit if version == 1 else _as_word
    return {
        checks.text("params", name): _write(f"params[{name!r}]", value, write_bool)
        for name, value in params.items()
    }


def _write(name: str, value: object, write_bool: Callable[[bool], str]) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | Mapping):
        values = [
            _write_one(f"{name}[{i}]", item, write_bool)
            for i, item in enumerate(cast("Iterable[object]", value))
        ]
        if not values:
            raise InvalidRequestError(f"{name} is empty: add a value, or leave it out")
        return ",".join(values)
    return _write_one(name, value, write_bool)


def _write_one(name: str, value: Any, write_bool: Callable[[bool], str]) -> str:
    if isinstance(value, str):
        return str.__str__(checks.encodable(name, value))
    if isinstance(value, bool):
        return write_bool(value)
    if isinstance(value, dt.datetime):
        # Pipedrive's newer lists refuse fractions of a second.
        time = checks.instant(name, value).replace(microsecond=0, tzinfo=None)
        return f"{time.isoformat()}Z"
    if isinstance(value, uuid.UUID):
        return str(value)
    number = checks.index(value)
    if number is not None:
        return str(checks.digits(name, number))
    advice = checks.advice_for_object(value) or (
        "write it as a str, and leave out a parameter that has no value"
    )
    raise TypeError(
        f"{name} must be a str, an int, a bool, an aware datetime or a list of them, got "
        f"{checks.kind_of(value)}: {advice}"
    )


def _as_digit(value: bool) -> str:
    return "1" if value else "0"


def _as_word(value: bool) -> str:
    return "true" if value else "false"
