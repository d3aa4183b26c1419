"""Read the JSON envelope of a response: its data, or the error that it reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from .._codec.json import loads
from .._limits.signals import classify_429, retry_after
from .._shared.secrets import SecretHeader
from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    UnexpectedResponseError,
)
from .message import Response

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
        limit_error, facts["retry_after"] = classify_429(response.headers, error)
        return limit_error(message, **facts)
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    return kind(message, **facts)


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
