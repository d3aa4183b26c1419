"""Test that JSON is parsed and encoded strictly, with and without msgspec."""

from __future__ import annotations

import ast
import datetime as dt
import json
import math
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipedrive_leads_async import UNSET, InvalidRequestError
from pipedrive_leads_async._codec.json import (
    dumps,
    has_long_number,
    import_msgspec,
    loads,
    loads_any_depth,
)

REFUSED = {
    "an empty body": b"",
    "a space": b" ",
    "NaN": b"NaN",
    "Infinity": b"[Infinity]",
    "-Infinity": b'{"a":-Infinity}',
    "a number that overflows": b"1e309",
    "a negative number that overflows": b"[-1e309]",
    "an integer of 5000 digits": b"1" * 5000,
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "a byte order mark at the end": b"{}\xef\xbb\xbf",
    "nothing but a byte order mark": b"\xef\xbb\xbf",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "invalid UTF-8": b'"\xff"',
    "truncated UTF-8": b'"\xc3',
    "overlong UTF-8": b'"\xc0\x80"',
    "half of a pair outside of a text": b"{\\ud800}",
    "half of a pair in an invalid text": b'"\\ud800',
    "a surrogate in truncated UTF-8": b'"\xed\xa0"',
    "an escape of three digits": b'"\\ud80"',
    "200,000 levels": b"[" * 200_000,
    "200,000 levels, closed": b"[" * 200_000 + b"]" * 200_000,
    "200,000 objects": b'{"a":' * 200_000,
    "text after the end": b"{} x",
    "a second value": b"{}{}",
    "a truncated object": b'{"a":1',
    "a truncated text": b'"abc',
    "a trailing comma": b"[1,]",
    "single quotes": b"{'a':1}",
    "a comment": b"// a\n1",
    "a line break in a text": b'"a\nb"',
    "a null byte in a text": b'"\x00"',
    "an unknown escape": b'"\\x41"',
    "a leading zero": b"01",
    "a leading plus": b"+1",
    "a leading point": b".5",
    "a trailing point": b"1.",
    "hexadecimal": b"0x10",
    "a Python word": b"None",
    "an HTML page": b"<!DOCTYPE html>",
}

READ: dict[bytes, Any] = {
    b"{}": {},
    b' {"a" : [1, -2.5, 1e3, true, false, null]}\r\n\t': {
        "a": [1, -2.5, 1000.0, True, False, None]
    },
    b'{"a":1,"a":2}': {"a": 2},
    b'"\\ud83d\\ude00"': "\U0001f600",
    b'"\\\\ud800"': "\\ud800",
    b"\xef\xbb\xbf{}": {},
    b'\xef\xbb\xbf "\xef\xbb\xbf"': "\ufeff",
    b'"\\ud800"': "\ufffd",
    b'"a \\ud83d"': "a \ufffd",
    b'["\\uDC00"]': ["\ufffd"],
    b'{"\\udc00\\uD800":1}': {"\ufffd\ufffd": 1},
    b'"\\ud83d\\n\\ude00"': "\ufffd\n\ufffd",
    b'"\\ud83d\\ud83d\\ude00"': "\ufffd\U0001f600",
    b'"\\\\\\ud800\\\\ud800"': "\\\ufffd\\ud800",
    b'"\\ud7ff\\ue000"': "\ud7ff\ue000",
    b'"\xed\xa0\x80"': "\ufffd",
    b'"\xed\xa0\xbd\xed\xb8\x80"': "\U0001f600",
    b'"\xed\xb8\x80\xed\xa0\xbd."': "\ufffd\ufffd.",
    b'"\xed\x9f\xbf \\ud800"': "\ud7ff \ufffd",
    '"\u00e9\u2028\U0001f600"'.encode(): "\u00e9\u2028\U0001f600",
    b'"\\u0000\\n"': "\x00\n",
    b"1e-400": 0.0,
    b"9223372036854775807": 2**63 - 1,
    b"[" * 100 + b"]" * 100: json.loads("[" * 100 + "]" * 100),
}

WITHOUT_MSGSPEC = """
import sys
sys.modules["msgspec"] = None
from pipedrive_leads_async._codec.json import loads

found = []
for body in eval(sys.stdin.read()):
    try:
        found.append(loads(body))
    except ValueError:
        found.append(ValueError)
print([value if value is not ValueError else "refused" for value in found])
"""


def without_msgspec(bodies: list[bytes]) -> list[Any]:
    """Return the bodies parsed in a process that cannot import msgspec."""
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_MSGSPEC],
        input=repr(bodies),
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[Any] = ast.literal_eval(process.stdout)
    return found


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_loads_raises_value_error_for_invalid_json(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(body)


@pytest.mark.parametrize("body", READ, ids=lambda body: repr(body)[:40])
def test_loads_parses_valid_json(body: bytes) -> None:
    assert repr(loads(body)) == repr(READ[body])


def test_loads_is_the_same_without_msgspec() -> None:
    found = without_msgspec([*REFUSED.values(), *READ])
    assert dict(zip(REFUSED, found, strict=False)) == dict.fromkeys(REFUSED, "refused")
    assert repr(found[len(REFUSED) :]) == repr(list(READ.values()))


def test_msgspec_whose_errors_are_no_value_errors_is_too_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(msgspec, "DecodeError", KeyError)
    assert import_msgspec() is None


def test_loads_uses_msgspec_if_it_is_installed() -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        loads(b"no JSON")
    assert isinstance(caught.value, msgspec.DecodeError)


@pytest.mark.parametrize("at", [0, 1, 99, 100, 101, 399, 400])
def test_long_number_in_a_large_text_is_found_at_any_place(at: int) -> None:
    filler = b"1" * 3 + b" " * (1 << 20)
    assert has_long_number(filler + b" " * at + b"1" * 400 + b" ")
    assert not has_long_number(filler + b" " * at + (b"1" * 299 + b",") * 500)
    assert not has_long_number(b"1" * 400)


def test_long_number_in_a_large_text_is_refused() -> None:
    filler = b" " * (1 << 20)
    assert loads(filler + b"1" * 400) == int("1" * 400)
    with pytest.raises(ValueError, match="an endless number is not JSON"):
        loads(filler + b"1" * 401)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=50)
@given(json_values, st.booleans())
def test_valid_text_of_any_depth_is_parsed_like_other_text(value: Any, ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii, indent=1)
    assert repr(loads_any_depth(text)) == repr(json.loads(text))


@given(st.binary())
def test_loads_returns_json_or_raises_value_error_for_any_bytes(body: bytes) -> None:
    try:
        value = loads(body)
    except ValueError:
        return
    assert loads(json.dumps(value).encode()) == value


def test_dumps_is_compact_and_encodes_utf_8() -> None:
    written = '{"a":[1,1.5,null,true],"é":"x"}'.encode()
    assert dumps({"a": [1, 1.5, None, True], "é": "x"}) == written


def test_dumps_refuses_half_of_a_surrogate_pair() -> None:
    with pytest.raises(InvalidRequestError, match=r"cannot be sent as JSON: .*surrogates"):
        dumps({"title": "cut \ud83d"})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_dumps_refuses_numbers_that_json_does_not_have(value: float) -> None:
    with pytest.raises(InvalidRequestError, match=r"^the request cannot be sent as JSON: "):
        dumps({"amount": value})


def test_dumps_refuses_a_list_that_contains_itself() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidRequestError, match=r"^the request cannot be sent as JSON: "):
        dumps(circle)


def test_dumps_refuses_a_list_that_is_nested_too_deeply() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(InvalidRequestError, match=r"^the request cannot be sent as JSON: "):
        dumps(deep)


@pytest.mark.parametrize(
    "value", [dt.date(2024, 1, 31), {1, 2}, b"x", object(), UNSET, {(1, 2): 3}]
)
def test_dumps_raises_type_error_for_types_that_json_does_not_have(value: object) -> None:
    with pytest.raises(TypeError, match=r"^the request cannot be sent as JSON: ") as caught:
        dumps({"key": value} if not isinstance(value, dict) else value)
    assert caught.value.__cause__ is None
