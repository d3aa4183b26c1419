"""Parse and encode JSON strictly. orjson parses it if it is installed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

from ..errors import InvalidRequestError

Json: TypeAlias = dict[str, Any]
"""A JSON object."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

_may_have_surrogate = re.compile(rb"\\u[dD]").search


def _standard_loads(body: bytes) -> Any:
    try:
        value = _decoder.decode(body.decode())
        if b"\\" in body and _may_have_surrogate(body):
            # Raises a ValueError for half of a surrogate pair, as orjson does.
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return value


def _fastest_loads() -> Callable[[bytes], Any]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return _standard_loads
    return orjson.loads


loads: Final = _fastest_loads()
"""Parse JSON. Any error is a ValueError; NaN and Infinity are errors."""


def dumps(value: Any, name: str = "the request") -> bytes:
    """Encode a value as JSON.

    The standard library encodes it even if orjson is installed: orjson silently encodes NaN as
    null and dates in its own format. Text is not escaped, so that half of a surrogate pair is
    an error: Pipedrive would store it, and could then return no list that contains it.

    Args:
        value: The value.
        name: The name of the value in error messages.

    Raises:
        InvalidRequestError: The value contains NaN, Infinity, half of a surrogate pair or
            itself, or is nested too deeply.
        TypeError: The value contains an object of a type that JSON does not have.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else InvalidRequestError
        raise kind(f"{name} cannot be sent as JSON: {error}") from None
