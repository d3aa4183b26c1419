"""Check the status of a response, and read its JSON envelope or its error.

https://pipedrive.readme.io/docs/core-api-concepts-responses
https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from .._codec.json import Json, loads
from .._limits.signals import classify_429, retry_after
from .._shared.scopes import MISMATCH, explain_mismatch
from .._shared.urls import is_host_and_port
from ..errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    DecodeError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    PipedriveError,
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

_WITHOUT_BODY: Final = (204, 205)
"""Statuses of success that never have a body."""

ASK_DOCTOR: Final = ": run `python -m pipedrive_leads_async doctor` to find out"
"""The end of the message of a 401."""

_LONGEST_TEXT: Final = 1 << 17
"""The maximum length of a text for an error. Searching for secrets in 32 MiB takes a second."""


def read_envelope(response: Response) -> Json:
    """Return the envelope of a successful response: a 2xx status and `success: true`.

    Raises:
        ApiError: The status is an error.
        DecodeError: The status says that the request was carried out, and that there is no body.
        UnexpectedResponseError: The response is a redirect, or is not a successful envelope.
    """
    check_status(response)
    if response.status in _WITHOUT_BODY:
        return _read_nothing(response)
    envelope = json_object(response.body)
    if envelope is None:
        raise UnexpectedResponseError(
            f"the response with status {response.status} is not a JSON object",
            status=response.status,
            garbled=True,
        )
    if envelope.get("success") is not True:
        error = _text(response, envelope, "error")
        refused = envelope.get("success") is False
        raise UnexpectedResponseError(
            f"the response with status {response.status} does not have success: true"
            + (f": {error[:200]}" if error else ""),
            status=response.status,
            refused=refused,
        )
    if (rows := _count_rows(envelope.get("data"))) > (most_rows := response.request.most_rows):
        raise UnexpectedResponseError(
            f"the response has {rows:,} rows, and at most {most_rows:,} were expected: "
            "request fewer items at a time",
            status=response.status,
            too_large=True,
        )
    return envelope


def _count_rows(data: object) -> int:
    """Return the number of rows: v1 has them in `data`, searches in `data.items`."""
    rows: Any = cast("Json", data).get("items") if isinstance(data, dict) else data
    return len(rows) if isinstance(cast("object", rows), list) else 0


def _read_nothing(response: Response) -> Json:
    """Return the envelope of a deletion whose response has no body.

    Raises:
        NotFoundError: The request was a read.
        DecodeError: The request was a change: it was carried out, but its result is unknown.
    """
    method, status = response.request.method, response.status
    if method == "DELETE":
        return {"success": True, "data": None}
    if method == "GET":
        raise NotFoundError(f"Pipedrive returned {status}: there is nothing here", status=status)
    raise DecodeError(
        f"Pipedrive carried out the request, but returned {status} without its result: do not "
        "send it again, but read the changed data",
        paths=("$: missing",),
    )


def check_status(response: Response) -> None:
    """Raise an error unless the status is 2xx.

    Raises:
        ApiError: The status is an error.
        UnexpectedResponseError: The response is a redirect.
    """
    if 200 <= response.status < 300:
        return
    if response.status < 400:
        raise UnexpectedResponseError(
            f"the response is a redirect{_target(response)}, which is not followed, because "
            "the credential would be sent there: check the URL",
            status=response.status,
        )
    raise _api_error(response)


def _api_error(response: Response) -> ApiError:
    status = response.status
    body = json_object(response.body) or {}
    error, info = _text(response, body, "error"), _text(response, body, "error_info")
    attributes: dict[str, Any] = {
        "status": status,
        "error": error,
        "error_info": info,
        "code": _text(response, body, "code"),
        "retry_after": retry_after(response.headers),
        "from_api": isinstance(body.get("success"), bool),
    }
    reason = error or ""
    # Pipedrive refuses a lead so: https://github.com/solspace/craft-freeform/issues/2118
    if status == 400 and info and not info.startswith("Please check"):
        reason = f"{reason} {info}".strip()
    message = f"Pipedrive returned {status}" + (f": {reason[:200]}" if reason else "")
    # The edge in front of Pipedrive sends a page, a line of text or JSON of its own.
    # https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    if status == 403 and not (body.get("success") is False and error):
        return BlockedError(
            f"{message}: its edge, not its API, blocks this client: stop sending requests",
            **attributes,
        )
    if status == 429:
        limit_error, attributes["retry_after"] = classify_429(response.headers, error)
        return limit_error(message, **attributes)
    kind = ServerError if status >= 500 else _ERRORS.get(status, ApiError)
    return kind(message + _advice(response, error), **attributes)


def proves_absence(error: PipedriveError) -> bool:
    """Return whether Pipedrive itself says that the item of a request does not exist.

    A proxy can send a page with the status 404 for anything, and a 204 says nothing.
    """
    return isinstance(error, NotFoundError | GoneError) and error.from_api


def _advice(response: Response, error: str | None) -> str:
    """Return what a refused credential can mean, as the end of a message; often empty."""
    status, request = response.status, response.request
    if status == 401 and request.if_refused:
        return f". It may be that {request.if_refused}{ASK_DOCTOR}"
    if status == 403 and error == MISMATCH:
        path = urlsplit(request.url).path
        return f". {explain_mismatch(request.method, path, request.scope)}"
    return ""


def _target(response: Response) -> str:
    """Return the scheme, host and path of a redirect, without user info and query."""
    try:
        parts = urlsplit(response.redactor().text(response.headers.get("location", "")))
        host = f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""
    except ValueError:
        return ""
    if "[" in parts.netloc and not is_host_and_port(parts.netloc.rpartition("@")[2]):
        return ""  # `urlsplit` ignores the text after the bracket of an IPv6 address
    path = parts.path if parts.path.startswith("/") else ""  # may be user info without a slash
    return f" to {host}{path}"[:200] if host or path else ""


def json_object(body: bytes) -> Json | None:
    """Parse a JSON object; return None for anything else."""
    try:
        value = loads(body)
    except ValueError:
        return None
    return cast("Json", value) if isinstance(value, dict) else None


def _text(response: Response, body: Mapping[str, Any], key: str) -> str | None:
    """Return a text of a response without the secrets; None if there is none, or a long one."""
    value = body.get(key)
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return None
    return response.redactor().text(value)[:2048]
