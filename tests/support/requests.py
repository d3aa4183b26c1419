"""A request of ours, as tests of the session send it."""

from __future__ import annotations

from pipedrive_leads_async._http.message import Request


def request_to(
    url: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    connect: float = 5.0,
    read: float = 5.0,
    **headers: str,
) -> Request:
    """Make a request, with timeouts that matter only where a test names them."""
    return Request(method, url, headers, body, connect, read)
