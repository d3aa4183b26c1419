"""Check the credentials that a webhook sends."""

from __future__ import annotations

import base64
import hmac

from .._shared import checks
from .._shared.secrets import hide_arguments


@hide_arguments
def check_basic_auth(header: str | None, username: str, password: str) -> bool:
    """Return whether a request has the credentials of your webhook.

    The comparison takes constant time. A malformed header returns False and raises no error.

    Args:
        header: The `Authorization` header of the request, or None.
        username: The `http_auth_user` of the webhook.
        password: The `http_auth_password` of the webhook.

    Raises:
        InvalidRequestError: The username or the password is empty.

    Example:
        >>> check_basic_auth("Basic cGlwZWRyaXZlOnNlY3JldA==", "pipedrive", "secret")
        True
        >>> check_basic_auth(None, "pipedrive", "secret")
        False
    """
    checks.text("username", username)
    checks.text("password", password)
    expected = base64.b64encode(f"{username}:{password}".encode())
    scheme, _, given = (header or "").partition(" ")
    # Web servers decode bytes that are not UTF-8 as lone surrogates.
    is_right = hmac.compare_digest(given.strip().encode(errors="replace"), expected)
    return is_right and scheme.lower() == "basic"
