"""Refuse JSON that would block the event loop or fill the memory, before it is parsed.

A few kilobytes of gzip become millions of small objects, and one emoji makes each character of a
long text take four bytes. Both can be detected by counting bytes.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

MOST_ROWS: Final = 10_000
"""The maximum number of rows of a response to a request without a limit."""

_surrogate = re.compile(rb"\\u[dD]").search
_code = re.compile(rb"\\u").search


@attrs.frozen
class Bounds:
    """The bounds of a JSON text.

    Attributes:
        unchecked: The size in bytes up to which any text may be parsed.
        items: The maximum number of commas and opening brackets outside of strings: each value
            has one of them before it.
        escapes: The maximum number of backslashes.
        characters: The maximum number of bytes that the characters take in memory.
    """

    unchecked: int
    items: int
    escapes: int = 500_000
    characters: int = 24 << 20

    def exceeded_by(self, body: bytes) -> str | None:
        """Return the bound that a text exceeds, as the end of a sentence; None if there is none."""
        size = len(body)
        if size <= self.unchecked:
            return None
        if size > self.characters * 4:  # the most bytes that a character takes in UTF-8
            return self._too_much_text
        if _count(b"\\", body, self.escapes) > self.escapes:
            return f"has more than {self.escapes:,} backslashes"
        if size * 4 > self.characters and size * _width(body) > self.characters:
            return self._too_much_text
        if _count_items(body, self) > self.items:
            return f"has more than {self.items:,} values"
        return None

    @property
    def _too_much_text(self) -> str:
        return f"would take more than {self.characters >> 20} MiB of memory as text"


RESPONSE: Final = Bounds(unchecked=1 << 19, items=100_000)
"""A page of 500 leads with 200 values each. Any half mebibyte is parsed in a tenth of a second."""

WEBHOOK: Final = Bounds(unchecked=20_000, items=20_000, characters=8 << 20)
"""A lead before and after a change, with a thousand custom fields. Anybody can send a webhook.

Its body is parsed four times, in one step.
"""


def _width(body: bytes) -> int:
    """Return how many bytes a character takes in memory: as many as the widest one, 1, 2 or 4."""
    has_escapes = b"\\" in body
    if (has_escapes and _surrogate(body)) or any(
        bytes([first]) in body for first in range(0xF0, 0xF5)
    ):
        return 4
    return 1 if body.isascii() and not (has_escapes and _code(body)) else 2


def _count_items(body: bytes, bounds: Bounds) -> int:
    """Count commas and opening brackets; those in strings too, if there are many strings."""
    most = bounds.items
    count = _count(b",[{", body, most)
    if count > most and _count(b'"', body, most + bounds.escapes) <= most + bounds.escapes:
        unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
        if _count(b'"', unescaped, most) <= most:  # so most of the commas are in long texts
            count = _count(b",[{", b"".join(unescaped.split(b'"')[::2]), most)
    return count


def _count(characters: bytes, text: bytes, most: int) -> int:
    """Count characters, and stop after `most`: each takes 10 ns, and a text can have millions."""
    count = 0
    for start in range(0, len(text), _STEP):
        count += sum(text.count(each, start, start + _STEP) for each in characters)
        if count > most:
            break
    return count


_STEP: Final = 1 << 18
