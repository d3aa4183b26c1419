"""The log of the requests that the sandbox received."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request that the sandbox received.

    Attributes:
        method: The HTTP method, such as `"GET"`.
        path: The path as it was sent, percent-encoded and without the query.
        query: The query parameters.
        headers: The headers; lookups ignore case.
        body: The decoded JSON or form; None without a valid one. A file in a form has the
            attributes `filename`, `content_type` and `content`.
        operation: The operation id in Pipedrive's reference, or `"oauthAuthorize"`,
            `"oauthToken"` or `"oauthRevoke"`; None for an unknown path or method.
        status: The HTTP status of the response; None if the connection was dropped or the
            request is still in progress.
        time: The time of arrival, in seconds of `time.monotonic()`.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    operation: str | None
    status: int | None
    time: float


class RequestLog:
    """All requests, in the order of arrival."""

    def __init__(self) -> None:
        self._requests: list[ReceivedRequest] = []

    def add(self, request: web.Request, body: Any, operation: str | None) -> int:
        """Add a request without a status; return its number for `set_status`."""
        self._requests.append(
            ReceivedRequest(
                method=request.method,
                path=request.rel_url.raw_path,
                query=dict(request.query),
                headers=request.headers,
                body=body,
                operation=operation,
                status=None,
                time=time.monotonic(),
            )
        )
        return len(self._requests) - 1

    def set_status(self, number: int, status: int) -> None:
        """Save the status of the response to a request."""
        self._requests[number] = replace(self._requests[number], status=status)

    def snapshot(self) -> list[ReceivedRequest]:
        """Return a copy of the log."""
        return list(self._requests)
