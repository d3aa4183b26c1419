"""JSON in and out: strict, and with orjson where it is installed."""

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


_maybe_surrogate = re.compile(rb"\\u[dD]").search


def _standard_loads(body: bytes) -> Any:
    try:
        value = _decoder.decode(body.decode())
        if b"\\" in body and _maybe_surrogate(body):
            # Half of a surrogate pair is no text: encoding it again is a ValueError.
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None
    return value


def _fastest_loads() -> Callable[[bytes], Any]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return _standard_loads
    return orjson.loads


loads: Final = _fastest_loads()
"""Read JSON. Whatever is wrong with it is a ValueError, NaN and Infinity too."""


def dumps(value: Any, name: str = "the request") -> bytes:
    """Write JSON; an error names what it was of.

    With the standard library always: orjson writes null for NaN, and dates in a form of
    its own, where the caller should hear about both. Not escaped, so that half of a surrogate
    pair is refused: it could be written, and then no list that holds it could be read.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else InvalidRequestError
        raise kind(f"{name} cannot be sent as JSON: {error}") from None
