"""Check that a token can be sent in a header, and keep it as a `Secret`."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from .._shared.secrets import Secret
from ..errors import ConfigurationError

# aiohttp sends blanks and non-ASCII characters unchanged: a token pasted with a blank gets a
# puzzling 401, and a line break would end the header.
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+").fullmatch

# Characters often pasted around a token: quotes from a shell or an .env file, the name of a header
# or of a variable, the word before an access token.
_QUOTE: Final = "'\"`"
_LABEL = re.compile(
    r"(?:(?:proxy-)?authorization|x-api-token|(?:pipedrive_)?(?:api_token|access_token)"
    r"|client_(?:id|secret))\s*[:=]|(?:bearer|basic)(?:\s|:|%20)",
    re.IGNORECASE,
).match


def as_secret(text: str | Secret) -> Secret:
    """Return the text as a `Secret`."""
    return text if isinstance(text, Secret) else Secret(text)


def check_token(name: str, text: object) -> None:
    """Raise an error unless `text` can be sent in a header.

    Raises:
        TypeError: It is not a str.
        ConfigurationError: It is empty, is in quotes, begins with the name of a header, or has
            characters other than visible ASCII.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {type(text).__name__}")
    if not text:
        raise ConfigurationError(f"{name} is empty: pass a value")
    bare = text.strip()
    if bare and (bare[0] in _QUOTE or bare[-1] in _QUOTE):
        raise ConfigurationError(f"{name} is in quotes: remove them")
    if label := _LABEL(bare):
        raise ConfigurationError(
            f"{name} begins with {label[0].strip()!r}: pass only the value after it"
        )
    if not _VISIBLE_ASCII(text):
        raise ConfigurationError(
            f"{name} has blanks, line breaks or characters outside ASCII: "
            "copy it again, without the characters around it"
        )


def check_secret(_: object, attribute: attrs.Attribute[Any], value: Secret) -> None:
    """Validate an attrs field that holds a token."""
    check_token(attribute.name, value.reveal())
