"""Make the requests that tests of the session send."""

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
    """Return a request; its timeouts matter only to tests that set them."""
    return Request(method, url, headers, body, connect, read)
