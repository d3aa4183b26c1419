"""Read the JSON envelope of a response: its data, or the error that it reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

from .._codec.json import loads
from .._shared.secrets import SecretHeader
from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    DailyBudgetExhaustedError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from .message import Response

_LONGEST_BURST_WAIT: Final = 60.0
"""A burst window is 2 seconds: who is told to wait longer has used up the day."""

_ERRORS: Final[Mapping[int, type[ApiError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    410: GoneError,
    422: BadRequestError,
}


def read_envelope(response: Response) -> dict[str, Any]:
    """Give the envelope of an answer that says, in every way it can, that it succeeded.

    Raises:
        ApiError: Pipedrive answered with an error status.
        UnexpectedResponseError: The answer is not Pipedrive's.
    """
    check_status(response)
    envelope = json_object(response.body)
    if envelope is None:
        raise UnexpectedResponseError(
            f"the answer with status {response.status} is not a JSON object",
            status=response.status,
            garbled=True,
        )
    if envelope.get("success") is not True:
        error = _text(response, envelope, "error")
        refused = envelope.get("success") is False
        del envelope  # an error's traceback holds this frame, and it may repeat the credential
        raise UnexpectedResponseError(
            f"the answer with status {response.status} does not say that it succeeded"
            + (f": {error[:200]}" if error else ""),
            status=response.status,
            refused=refused,
        )
    return envelope


def check_status(response: Response) -> None:
    """Raise the error of a status that is not 2xx."""
    if 200 <= response.status < 300:
        return
    if response.status < 400:
        raise UnexpectedResponseError(
            f"the answer is a redirect{_target(response)}, which is not followed: "
            "the credential would go there too",
            status=response.status,
        )
    raise _api_error(response)


def _api_error(response: Response) -> ApiError:
    status = response.status
    body = json_object(response.body) or {}
    error = _text(response, body, "error")
    facts: dict[str, Any] = {
        "status": status,
        "error": error,
        "error_info": _text(response, body, "error_info"),
        "code": _text(response, body, "code"),
        "retry_after": retry_after(response.headers),
    }
    message = f"Pipedrive answered {status}" + (f": {error[:200]}" if error else "")
    if status == 403 and response.body.lstrip().startswith(b"<"):
        return BlockedError(f"{message} with a page that blocks this client: stop sending", **facts)
    if status == 429:
        if _is_daily(response.headers, facts["retry_after"], error):
            return DailyBudgetExhaustedError(message, **facts)
        if facts["retry_after"] is None:
            facts["retry_after"] = _burst_reset(response.headers)
        return RateLimitedError(message, **facts)
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    return kind(message, **facts)


def _is_daily(headers: Mapping[str, str], wait: float | None, error: str | None) -> bool:
    # Pipedrive sends the same 429 for both limits; its documented headers do not tell them apart.
    return (
        headers.get("x-daily-ratelimit-token-remaining") == "0"
        or "daily" in (error or "").lower()
        or (wait or 0.0) > _LONGEST_BURST_WAIT
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds of `retry-after`, None if it does not say them clearly.

    It is seconds or a date, which is read against the server's own clock.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    asked = headers.get("retry-after", "")
    seconds = _seconds(asked)
    return _seconds_until(asked, headers.get("date", "")) if seconds is None else seconds


def _burst_reset(headers: Mapping[str, str]) -> float | None:
    # It comes with every answer and speaks of the burst window alone, in relative seconds.
    seconds = _seconds(headers.get("x-ratelimit-reset", ""))
    return None if seconds is None or seconds > _LONGEST_BURST_WAIT else seconds


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _seconds_until(text: str, now: str) -> float | None:
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(now)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())


def _target(response: Response) -> str:
    try:
        parts = urlsplit(_without_secrets(response, response.headers.get("location", "")))
        host = f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""
    except ValueError:
        return ""
    path = parts.path if parts.path.startswith("/") else ""  # else it may be user info too
    return f" to {host}{path}"[:200] if host or path else ""


def json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = loads(body)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _text(response: Response, body: Mapping[str, Any], key: str) -> str | None:
    value = body.get(key)
    return _without_secrets(response, value)[:2048] if isinstance(value, str) else None


def _without_secrets(response: Response, text: str) -> str:
    for header in response.request.headers.values():
        if isinstance(header, SecretHeader):
            text = text.replace(header.rpartition(" ")[2], "***")
    return text
