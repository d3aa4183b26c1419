"""Remove the secrets of a request from the texts and JSON values of its response."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from .json_copy import copy_json
from .secrets import SecretHeader

_REDACTED: Final = "***"

_SHORTEST: Final = 6
"""The characters that a secret must have. A shorter one would remove parts of ordinary words."""


class Redactor:
    """Replaces secrets by `***`.

    A secret is found in upper and lower case, in base64, and with the escapes of URLs, JSON and
    HTML, up to two of them one inside the other. Secrets of fewer than 6 characters are not
    looked for.

    Args:
        secrets: The secrets.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._shortest = min(map(len, self._secrets), default=0)

    def text(self, text: str) -> str:
        """Return a text without the secrets."""
        if not self._secrets or len(text) < self._shortest:
            return text  # no form of a secret is shorter than the secret
        folded = _lower(text)
        for form in self._forms:
            if form in folded:
                between = folded.split(form)
                text = _REDACTED.join(_cut(text, map(len, between), gap=len(form)))
                folded = _REDACTED.join(between)
        return text

    def json(self, value: Any) -> Any:
        """Return a copy of a JSON value without the secrets."""
        return copy_json(value, self.text)

    @cached_property
    def _forms(self) -> list[str]:
        """The forms of all secrets in lower case, the longest first."""
        forms = {_lower(form) for secret in self._secrets for form in _forms(secret)}
        return sorted(forms, key=len, reverse=True)


def secrets_of_header(header: SecretHeader) -> Iterator[str]:
    """Yield the value of an authorization header, and its parts that are secret themselves."""
    yield header
    scheme, _, credentials = header.partition(" ")
    yield credentials
    if scheme == "Basic":
        user_and_password = base64.b64decode(credentials).decode()
        yield user_and_password
        yield from user_and_password.split(":", 1)


def _json_escape(text: str) -> str:
    return json.dumps(text)[1:-1]


_ESCAPES: Final[list[Callable[[str], str]]] = [
    str,
    lambda text: quote(text, safe="", errors="replace"),
    lambda text: quote(text, errors="replace"),
    _json_escape,
    lambda text: _json_escape(text).replace("/", "\\/"),
    html.escape,
]

_URL_SAFE: Final = str.maketrans("+/", "-_")


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret and its escaped and encoded forms."""
    for escape in _ESCAPES:
        for escape_again in _ESCAPES:
            yield escape_again(escape(secret))
    raw = secret.encode(errors="replace")
    for offset in range(3):
        # The base64 of a longer text that contains the secret contains these characters.
        encoded = base64.b64encode(bytes(offset) + raw).decode()
        core = encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        yield core
        yield core.translate(_URL_SAFE)


def _lower(text: str) -> str:
    """Return a text of the same length in lower case."""
    return text.replace("\u0130", "i").lower()  # the only letter that becomes longer


def _cut(text: str, lengths: Iterable[int], *, gap: int) -> Iterator[str]:
    """Yield the parts of a text that have these lengths, with a gap after each of them."""
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length + gap
