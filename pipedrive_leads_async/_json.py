"""JSON in and out: strict, and with orjson where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

from .errors import InvalidRequestError


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _standard_loads(body: bytes) -> Any:
    try:
        return _decoder.decode(body.decode())
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None


def _fastest_loads() -> Callable[[bytes], Any]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return _standard_loads
    return orjson.loads


loads: Final = _fastest_loads()
"""Read JSON. Whatever is wrong with it is a ValueError, NaN and Infinity too."""


def dumps(value: Any) -> bytes:
    """Write JSON.

    With the standard library always: orjson writes null for NaN, and dates in a form of
    its own, where the caller should hear about both.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else InvalidRequestError
        raise kind(f"the request cannot be sent as JSON: {error}") from None
