"""Check the credentials that a webhook sends."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from typing import cast

from .._shared import checks
from .._shared.secrets import hide_arguments
from ..errors import InvalidRequestError


@hide_arguments
def check_basic_auth(
    header: str | bytes | None, username: str, password: str | Iterable[str]
) -> bool:
    """Return whether a request has the credentials of your webhook.

    The comparison takes constant time. A malformed header returns False and raises no error.

    Args:
        header: The `Authorization` header of the request, or None. The headers in the scope of
            an ASGI server are bytes.
        username: The `http_auth_user` of the webhook.
        password: The `http_auth_password` of the webhook. While you rotate it, pass the old and
            the new one: deploy both, call `ensure_webhook` with the new one, then remove the old
            one.

    Raises:
        InvalidRequestError: The username or a password is empty, or there is no password.
        TypeError: A value is not a str.

    Example:
        >>> check_basic_auth("Basic cGlwZWRyaXZlOnNlY3JldA==", "pipedrive", "secret")
        True
        >>> check_basic_auth("Basic cGlwZWRyaXZlOnNlY3JldA==", "pipedrive", ["new", "secret"])
        True
        >>> check_basic_auth(None, "pipedrive", "secret")
        False
    """
    checks.text("username", username)
    scheme, _, given = _text_of(header).partition(" ")
    # Web servers decode bytes that are not UTF-8 as lone surrogates.
    sent = given.strip().encode(errors="replace")
    # A list, so that the number of comparisons does not depend on the header.
    are_right = [
        hmac.compare_digest(sent, base64.b64encode(f"{username}:{each}".encode()))
        for each in _passwords(password)
    ]
    return any(are_right) and scheme.lower() == "basic"


def _text_of(header: object) -> str:
    if isinstance(header, bytes):
        return header.decode("latin-1")
    if header is not None and not isinstance(header, str):
        raise TypeError(f"header must be a str, bytes or None, got {type(header).__name__}")
    return header or ""


def _passwords(password: object) -> list[str]:
    if isinstance(password, str):
        return [checks.text("password", password)]
    if isinstance(password, bytes) or not isinstance(password, Iterable):
        kind = type(password).__name__
        raise TypeError(f"password must be a str or a list of them, got {kind}")
    items = enumerate(cast("Iterable[object]", password))
    passwords = [checks.text(f"password[{i}]", each) for i, each in items]
    if not passwords:
        raise InvalidRequestError("password is an empty list: pass at least one password")
    return passwords
