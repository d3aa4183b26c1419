"""One HTTP request, and the response to it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

# What is left out of their reprs is personal data, or a server repeated it: tracebacks show locals.


@attrs.frozen
class Request:
    """One request, ready to be sent; `attempt` is its number within its call, from 1."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = attrs.field(repr=False)
    connect_timeout: float
    read_timeout: float
    attempt: int = 1


@attrs.frozen
class Response:
    """The answer to a request, read to its end; header names are found in any case."""

    request: Request
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def request_id(self) -> str | None:
        """Pipedrive's name for the request, for its support."""
        return self.headers.get("x-correlation-id")
