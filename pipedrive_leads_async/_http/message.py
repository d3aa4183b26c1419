"""One HTTP request, and the response to it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

# Bodies and response headers are excluded from repr, because tracebacks can show locals: they
# contain personal data, and a server may repeat the credential.


@attrs.frozen
class Request:
    """One request, ready to be sent; `attempt` counts the attempts of its call from 1."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = attrs.field(repr=False)
    connect_timeout: float
    read_timeout: float
    attempt: int = 1

    @property
    def is_local(self) -> bool:
        """Whether it is sent to this machine: no other host is sent plain HTTP."""
        return self.url.startswith("http:")


@attrs.frozen
class Response:
    """The complete response to a request; header names are case-insensitive."""

    request: Request
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def request_id(self) -> str | None:
        """Pipedrive's id of the request, which its support asks for."""
        return self.headers.get("x-correlation-id")
