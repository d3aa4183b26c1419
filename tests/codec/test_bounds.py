"""Test which JSON is refused before it is parsed."""

from __future__ import annotations

import json
from typing import Final

import pytest

from pipedrive_leads_async._codec import bounds
from pipedrive_leads_async._codec.json import loads, standard_loads

MIB: Final = 1 << 20


def text(contents: bytes) -> bytes:
    return b'["' + contents + b'"]'


REFUSED: Final[dict[str, tuple[bytes, str]]] = {
    "empty objects": (b"[" + b"{}," * 400_000 + b"{}]", "100,000 values"),
    "empty lists": (b"[" + b"[]," * 400_000 + b"[]]", "100,000 values"),
    "nested lists": ((b"[" * 900 + b"]" * 900) * 600, "100,000 values"),
    "small keys": (b"{" + b'"a":1,' * 200_000 + b'"a":1}', "100,000 values"),
    "empty texts": (b"[" + b'"",' * 400_000 + b'""]', "100,000 values"),
    "escaped letters": (text(b"\\u0041" * 5_000_000), "500,000 backslashes"),
    "a text with an emoji": (text(b"a" * 9 * MIB + "😀".encode()), "24 MiB of memory as text"),
    "a text with an escaped emoji": (text(b"a" * 9 * MIB + b"\\uD83D\\uDE00"), "24 MiB of memory"),
    "a text with one letter of two bytes": (text(b"a" * 15 * MIB + b"\xc4\x80"), "24 MiB of"),
    "a text with one escaped letter": (text(b"a" * 15 * MIB + b"\\u0100"), "24 MiB of memory"),
}

ALLOWED: Final = {
    "half a mebibyte of empty lists": b"[" + b"[]," * 170_000 + b"[]]",
    "a long text": text(b"a" * 23 * MIB),
    "a long text with an emoji": text(b"a" * 5 * MIB + "😀".encode()),
    "a text of commas": text(b"," * 20 * MIB),
    "a text of escaped quotes, backslashes and commas": text(b',\\"[\\\\,' * 150_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_text_that_exceeds_a_bound_is_refused(name: str) -> None:
    body, reason = REFUSED[name]
    assert reason in (bounds.RESPONSE.exceeded_by(body) or "")


@pytest.mark.parametrize("name", ALLOWED)
def test_text_within_the_bounds_is_allowed(name: str) -> None:
    assert bounds.RESPONSE.exceeded_by(ALLOWED[name]) is None


@pytest.mark.parametrize("letter", ["a", ",", "é", '"', "\\", "😀"])
def test_lead_with_three_of_the_longest_texts_is_allowed(letter: str) -> None:
    lead = {f"{i:040x}": letter * 65_000 for i in range(3)} | {"title": "Big order"}
    for ensure_ascii in (True, False):
        body = json.dumps({"data": lead}, ensure_ascii=ensure_ascii).encode()
        assert bounds.RESPONSE.exceeded_by(body) is None


def test_commas_in_texts_count_if_there_are_many_texts() -> None:
    body = b"[" + b'",,,,,,,,",' * 100_000 + b'""]'
    assert bounds.RESPONSE.exceeded_by(body) == "has more than 100,000 values"


@pytest.mark.parametrize("digits", [b"9", b"-9"])
def test_long_numbers_in_a_large_text_are_refused(digits: bytes) -> None:
    number = digits + b"9" * 3000
    assert standard_loads(b"[" + number + b"]")
    with pytest.raises(ValueError, match="an endless number is not JSON"):
        standard_loads(b"[" + b",".join([number] * 400) + b"]")


def test_surrogates_are_mended_in_large_texts() -> None:
    pairs, halves = b"\xed\xa0\xbd\xed\xb8\x80", b"\xed\xa0\xbd"
    assert loads(text(pairs * 1000 + halves * 1000)) == ["😀" * 1000 + "\ufffd" * 1000]
    with pytest.raises(ValueError, match=r"utf-8|UTF-8"):
        loads(text(halves * 100_001))
    assert loads(text(rb"\ud83d" * 1000)) == ["\ufffd" * 1000]
    with pytest.raises(ValueError, match="too many halves of surrogate pairs"):
        loads(text(rb"\ud83d" * 100_001))


def test_webhook_of_more_than_8_mib_is_refused_before_it_is_read() -> None:
    reason = "would take more than 8 MiB of memory as text"
    assert bounds.WEBHOOK.exceeded_by(text(b"a" * 9 * MIB)) == reason
    assert bounds.WEBHOOK.exceeded_by(bytes(33 * MIB)) == reason
    assert bounds.WEBHOOK.exceeded_by(text(b"a" * 7 * MIB)) is None
