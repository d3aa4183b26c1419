"""What the sandbox received, request by request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request as the sandbox received it.

    Attributes:
        method: `"GET"`, `"POST"`, `"PATCH"`, `"DELETE"`, or whatever came.
        path: The path as it was on the wire, without the query.
        query: The parameters of the query.
        headers: The headers; a name is found in any case.
        body: The decoded JSON or form, None when there was none.
        operation: The operation id of Pipedrive's reference; `"oauthAuthorize"`,
            `"oauthToken"` or `"oauthRevoke"`; None for an unknown path or method.
        status: The status answered, None when the connection was dropped or is still waiting.
        time: When it arrived, in seconds of `time.monotonic()`.
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
    """All requests in the order of their arrival."""

    def __init__(self) -> None:
        self._requests: list[ReceivedRequest] = []

    def arrived(self, request: web.Request, body: Any, operation: str | None) -> int:
        """Note a request, and return its number for when it is answered."""
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

    def answered(self, number: int, status: int) -> None:
        """Note what a request was answered."""
        self._requests[number] = replace(self._requests[number], status=status)

    def snapshot(self) -> list[ReceivedRequest]:
        """Return the requests so far."""
        return list(self._requests)
