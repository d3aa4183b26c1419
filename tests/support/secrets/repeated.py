"""Repeat a secret as a server can: in many forms, in each header and in each field."""

from __future__ import annotations

import base64
import json
from typing import Any, Final, cast
from urllib.parse import quote


def encoded(text: str, *, offset: int = 0) -> str:
    return base64.b64encode(b"-" * offset + text.encode()).decode()


def echo_of(secret: str) -> str:
    """Return a text with a secret in all its forms."""
    return " ".join(
        [
            f"Authorization: Bearer {secret}",
            f"{secret}{secret}",
            f"/v1/leads/{quote(secret, safe='')}?token={quote(secret)}",
            f"/login?next={quote(quote(secret, safe=''), safe='')}",
            json.dumps({"token": secret}).replace("/", "\\/"),
            f"<b>{secret.replace('&', '&amp;').replace(chr(39), '&#x27;')}</b>",
            secret.upper(),
            secret.lower(),
            *(encoded(secret, offset=offset) for offset in range(3)),
            encoded(secret).replace("+", "-").replace("/", "_").strip("="),
        ]
    )


HEADERS: Final = (
    "x_correlation_id",
    "retry_after",
    "date",
    "location",
    "server",
    "set_cookie",
    "www_authenticate",
    "x_ratelimit_limit",
    "x_ratelimit_remaining",
    "x_ratelimit_reset",
    "x_daily_ratelimit_token_limit",
    "x_daily_ratelimit_token_remaining",
)


def repeated(value: Any, echo: str) -> Any:
    """Return a JSON value whose texts are replaced, and whose objects have another key."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: repeated(each, echo) for key, each in items} | {echo: echo}
    if isinstance(value, list):
        return [repeated(each, echo) for each in cast("Any", value)]
    return echo if isinstance(value, str) else value
