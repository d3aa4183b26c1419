"""Parse the responses of Pipedrive's OAuth host: tokens and errors."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

import attrs

from .._http.message import Response
from .._limits.signals import BLOCK_SECONDS, retry_after
from ..errors import (
    AuthenticationError,
    AuthUnavailableError,
    ConfigurationError,
    PipedriveError,
    ReauthorizationRequiredError,
    ServerError,
    UnexpectedResponseError,
)
from ._token import Token, company_url, json_object

_LONGEST_LIFE: Final = 24 * 3600.0
"""The largest lifetime in seconds. Pipedrive's tokens last one hour; no date overflows at a day."""


def parse_token(body: bytes, old: Token | None, now: dt.datetime) -> Token | None:
    """Return the token in a response, or None if there is none.

    Args:
        body: The body of the response.
        old: The previous token, whose attributes replace those that the response omits.
        now: The time to which the lifetime is added.
    """
    data = json_object(body) or {}
    fields: dict[str, Any] = {
        name: text
        for name in ("access_token", "refresh_token", "scope", "api_domain")
        if isinstance(text := data.get(name), str) and text
    }
    if "access_token" not in fields:
        return None
    if not company_url(fields.get("api_domain")):
        fields.pop("api_domain", None)
    seconds = _parse_lifetime(data.get("expires_in"))
    fields["expires_at"] = None if seconds is None else now + dt.timedelta(seconds=seconds)
    previous = attrs.asdict(old) if old else {}
    try:
        return Token(**previous | fields)
    except ConfigurationError:
        return None


def _parse_lifetime(value: object) -> float | None:
    """Return the lifetime in seconds; missing or invalid values are None."""
    try:
        seconds = float(value) if isinstance(value, str | float) else math.nan
    except ValueError:
        return None
    return min(seconds, _LONGEST_LIFE) if 0 < seconds < math.inf else None


def error_from(response: Response) -> PipedriveError:
    """Return the error for a response with an error status.

    https://pipedrive.readme.io/docs/oauth-status-codes
    """
    status = response.status
    message = f"Pipedrive's OAuth host returned {status}"
    wait = retry_after(response.headers)
    text = _error_text(response.body)
    if status == 429:
        return AuthUnavailableError(message, retry_after=wait)
    if status >= 500 or status in (408, 425):
        return ServerError(message, status=status, retry_after=wait)
    if not text and status == 403:
        return AuthUnavailableError(
            f"{message}: its edge blocks this client", retry_after=BLOCK_SECONDS
        )
    if text is None:
        return UnexpectedResponseError(f"{message} without a JSON object", status=status)
    text = response.redactor().text(text)[:300]
    if "invalid grant" in text.lower().replace("_", " "):
        return ReauthorizationRequiredError(
            f"the grant is not accepted: send the user to authorization_url(). {message}: {text}",
            status=status,
            error=text,
        )
    return AuthenticationError(f"{message}: {text}", status=status, error=text)


def _error_text(body: bytes) -> str | None:
    """Return the text of an error, or None if the body is not a JSON object.

    Pipedrive does not document under which key the text is.
    """
    data = json_object(body)
    if data is None:
        return None
    texts = (data.get(key) for key in ("error", "error_description", "message"))
    return ", ".join(text for text in texts if isinstance(text, str))
