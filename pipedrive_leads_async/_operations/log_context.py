"""The attributes that a log record about an operation has."""

from __future__ import annotations

from typing import Any

from .._http.caller import Caller
from ..errors import PipedriveError


def log_context(
    caller: Caller, operation: str | None, error: PipedriveError | None = None
) -> dict[str, Any]:
    """Return the operation, the request id, the host and the name of the client, as far as known.

    Args:
        caller: The caller of the client.
        operation: The id of the operation.
        error: The error of its last request, if that failed.
    """
    return {
        "operation": operation,
        "request_id": error.request_id if error else None,
        "host": caller.base_url.host if caller.base_url else None,
        "client": caller.name,
    }
