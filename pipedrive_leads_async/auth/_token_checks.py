"""Check that a token can be sent in a header, and keep it as a `Secret`."""

from __future__ import annotations

import re
from typing import Any

import attrs

from .._shared.secrets import Secret
from ..errors import ConfigurationError

# aiohttp sends blanks and non-ASCII characters unchanged: a token pasted with a blank gets a
# puzzling 401, and a line break would end the header.
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+").fullmatch


def as_secret(text: str | Secret) -> Secret:
    """Return the text as a `Secret`."""
    return text if isinstance(text, Secret) else Secret(text)


def check_token(name: str, text: object) -> None:
    """Raise an error unless `text` can be sent in a header.

    Raises:
        TypeError: It is not a str.
        ConfigurationError: It is empty or has characters other than visible ASCII.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {type(text).__name__}")
    if not text:
        raise ConfigurationError(f"{name} is empty: pass a value")
    if not _VISIBLE_ASCII(text):
        raise ConfigurationError(
            f"{name} has blanks, line breaks or characters outside ASCII: "
            "copy it again, without the characters around it"
        )


def check_secret(_: object, attribute: attrs.Attribute[Any], value: Secret) -> None:
    """Validate an attrs field that holds a token."""
    check_token(attribute.name, value.reveal())
