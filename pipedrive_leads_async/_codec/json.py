"""Parse and encode JSON strictly. orjson parses it if it is installed.

Only half of a surrogate pair, which a program leaves that cuts a text inside an emoji, is
replaced: it must not make a whole response unreadable.
"""

from __future__ import annotations

import codecs
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


def _standard_loads(body: bytes) -> Any:
    if b"\\ud" in body or b"\\uD" in body:
        body = _mend_surrogates(body)  # the decoder would accept half of a pair
    try:
        return _decoder.decode(body.decode())
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _fastest_loads() -> Callable[[bytes], Any]:
    try:
        import orjson  # noqa: PLC0415 - an extra
    except ImportError:
        return _standard_loads
    return orjson.loads


_loads: Final = _fastest_loads()


def loads(body: bytes) -> Any:
    """Parse JSON. Any error is a ValueError; NaN and Infinity are errors.

    A byte order mark is skipped, and half of a surrogate pair is read as U+FFFD.
    https://www.rfc-editor.org/rfc/rfc8259#section-8
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return _loads(body)
    except ValueError:
        mended = _mend_surrogates(body)
        if mended == body:
            raise
    return _loads(mended)


# Every escape, so that the second backslash of an escaped one does not begin another; and
# surrogates that were encoded as UTF-8, of which two can be a pair.
_escapes = re.compile(
    rb"""(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
    | (?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})
    | (?P<other>\\.)
    | (?P<encoded>(?:\xed[\xa0-\xbf][\x80-\xbf]){1,2})""",
    re.VERBOSE | re.DOTALL,
)


def _mend_surrogates(body: bytes) -> bytes:
    return _escapes.sub(_mend_escape, body)


def _mend_escape(found: re.Match[bytes]) -> bytes:
    if found["half"]:
        return rb"\ufffd"
    if not found["encoded"]:
        return found[0]
    utf_16 = found[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return utf_16.decode("utf-16-le", "replace").encode()


def dumps(value: Any, name: str = "the request") -> bytes:
    """Encode a value as JSON.

    The standard library encodes it even if orjson is installed: orjson silently encodes NaN as
    null and dates in its own format. Text is not escaped, so that half of a surrogate pair is
    an error: Pipedrive would store a text that is not valid Unicode.

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
