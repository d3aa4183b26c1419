"""Parse and encode JSON strictly. msgspec parses it if it is installed.

Half of a surrogate pair, which remains if a program cuts a text inside an emoji, is replaced: it
must not make a whole response unreadable. Nothing else that is not JSON is accepted.
"""

from __future__ import annotations

import codecs
import json
import math
import re
import sys
from typing import Any, Final, NoReturn, TypeAlias

from ..errors import InvalidRequestError

Json: TypeAlias = dict[str, Any]
"""A JSON object."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def _short_int(text: str) -> int:
    return int(text) if len(text) <= _MOST_DIGITS else _refuse_constant("an endless number")


_MOST_DIGITS: Final = 400
"""More than any float has. Python parses 4,300 digits in 0.1 ms; a text can have 7,000 such."""

_LARGE: Final = 1 << 20
"""The size in bytes above which the lengths of the numbers in a text are checked."""

_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

_decoder_of_large_texts = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short_int
)


def standard_loads(body: bytes) -> Any:
    """Parse JSON with the standard library."""
    if b"\\ud" in body or b"\\uD" in body:
        body = _mend_surrogates(body)  # the decoder would accept half of a pair
    try:
        decoder = _decoder if len(body) <= _LARGE else _decoder_of_large_texts
        return decoder.decode(body.decode())
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def import_msgspec() -> Any:
    try:
        import msgspec  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    # Before 0.21, it accepted some texts that are not JSON, and its errors were no ValueErrors.
    return msgspec if issubclass(msgspec.DecodeError, ValueError) else None


msgspec: Final = import_msgspec()
"""The package, which decodes faster; None if it is not installed, or too old."""

_msgspec_loads: Final = msgspec and msgspec.json.Decoder().decode


def _loads(body: bytes) -> Any:
    if msgspec is None or has_long_number(body):
        return standard_loads(body)
    try:
        return _msgspec_loads(body)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def has_long_number(body: bytes) -> bool:
    """Return whether a large text may have numbers that take long to parse.

    A number of 400 digits has four sampled digits in a row, and what is between them is digits.
    """
    if len(body) <= _LARGE:
        return False
    return any(
        body[found.start() * _SAMPLED : (found.start() + 3) * _SAMPLED].isdigit()
        for found in _four_digits(body[::_SAMPLED])
    )


_SAMPLED: Final = _MOST_DIGITS // 4
_four_digits: Final = re.compile(rb"(?=[0-9]{4})").finditer


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


def loads_valid(text: bytes) -> Any:
    """Parse JSON that is known to be valid, however deeply it is nested.

    A number that is too large for a float is the largest float.
    """
    try:
        return _loads(text)
    except ValueError:
        return loads_any_depth(text.decode())


def loads_any_depth(text: str) -> Any:
    containers: list[list[Any]] = [[]]
    for token in _tokens(text):
        if token[0] in ("[", "{"):
            containers.append([])
        elif token[0] in ("]", "}"):
            items = containers.pop()
            is_list = token[0] == "]"
            containers[-1].append(
                items if is_list else dict(zip(items[::2], items[1::2], strict=True))
            )
        else:
            containers[-1].append(_decoder_of_any_numbers.decode(token[0]))
    return containers[0][0]


# Without the commas and colons, an object is a list of keys and values.
_tokens: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]|[^\[\]{}",:\s]++').finditer


def _nearest_float(text: str) -> float:
    return min(max(float(text), -sys.float_info.max), sys.float_info.max)


def _nearest_int(text: str) -> float:
    return int(text) if len(text) <= _MOST_DIGITS else _nearest_float(text)


_decoder_of_any_numbers: Final = json.JSONDecoder(
    parse_float=_nearest_float, parse_int=_nearest_int
)

# Half of a pair is a high surrogate without a low one after it, or a low one without a high one
# before it. Each pattern begins with literal bytes, so that 32 MiB without a match take 10 ms.
_half_pair = re.compile(
    rb"""\\u[dD](?:
    [89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})
    | [c-fC-F][0-9a-fA-F]{2}
      (?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))""",
    re.VERBOSE,
)
_half_pair_in_utf_8 = re.compile(
    rb"""\xed(?:
    [\xa0-\xaf][\x80-\xbf](?!\xed[\xb0-\xbf][\x80-\xbf])
    | [\xb0-\xbf][\x80-\xbf](?<!\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]))""",
    re.VERBOSE,
)
_pair_in_utf_8 = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")

_MOST_MENDED: Final = 100_000
"""The maximum number of replacements of each kind, in 50 ms. A text that needs more is refused."""


def _mend_surrogates(body: bytes) -> bytes:
    if b"\xed" in body:
        body = _half_pair_in_utf_8.sub("\ufffd".encode(), body, count=_MOST_MENDED)
        body = _pair_in_utf_8.sub(_join_pair, body, count=_MOST_MENDED)
    if b"\\ud" in body or b"\\uD" in body:
        # The second backslash of an escaped one must not begin another escape.
        body = body.replace(rb"\\", rb"\u005c")
        body, count = _half_pair.subn(rb"\\ufffd", body, count=_MOST_MENDED)
        if count == _MOST_MENDED:
            raise ValueError("the JSON has too many halves of surrogate pairs")
    return body


def _join_pair(found: re.Match[bytes]) -> bytes:
    utf_16 = found[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
    return utf_16.decode("utf-16").encode()


def dumps(value: Any, name: str = "the request") -> bytes:
    """Encode a value as JSON.

    The standard library encodes it even if msgspec is installed: msgspec silently encodes NaN as
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
        message = f"{name} cannot be sent as JSON: {error}"
        if isinstance(error, TypeError):
            advice = "write dates and times as str in ISO 8601, and models with to_dict()"
            raise TypeError(f"{message}: {advice}") from None
        raise InvalidRequestError(message) from None
