"""One HTTP request, and the response to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from .._codec.bounds import MOST_ROWS
from .._shared.redactor import Redactor, secrets_of_header
from .._shared.secrets import Secret, SecretHeader
from .._version import __version__
from .body.body import Body

USER_AGENT: Final = f"pipedrive-leads-async/{__version__}"

# Bodies and response headers are excluded from repr, because tracebacks can show locals: they
# contain personal data, and a server may repeat the credential.


@attrs.frozen
class Request:
    """One request, ready to be sent.

    Attributes:
        method: The method.
        url: The URL, which contains no secret.
        headers: The headers; the values that are secret are of the type `SecretHeader`.
        body: The body.
        connect_timeout: As in `Timeouts`.
        read_timeout: As in `Timeouts`.
        attempt: The number of the attempt of its call, from 1.
        most_rows: The maximum number of rows that its response may have.
        secrets: The secrets in its body, and others that its server knows.
        if_refused: What a 401 can mean, for the message of its error.
        scope: The OAuth scopes of its token, None if they are not known.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: Body = attrs.field(repr=False)
    connect_timeout: float
    read_timeout: float
    attempt: int = 1
    most_rows: int = MOST_ROWS
    secrets: tuple[Secret, ...] = ()
    if_refused: str = ""
    scope: str | None = attrs.field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is sent to this machine: no other host is sent plain HTTP."""
        return self.url.startswith("http:")


@attrs.frozen
class Response:
    """The complete response to a request.

    Attributes:
        request: The request.
        status: The HTTP status.
        headers: The headers, whose names are case-insensitive.
        body: The body.
        disconnect: Closes the connection, so that no other request uses it.
    """

    request: Request
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    disconnect: Callable[[], None] = attrs.field(default=lambda: None, repr=False, eq=False)

    @property
    def request_id(self) -> str | None:
        """Pipedrive's id of the request, which its support asks for."""
        request_id = self.headers.get("x-correlation-id")
        return request_id and self.redactor().text(request_id)

    def redactor(self) -> Redactor:
        """Return a redactor of the secrets of the request, which the response may repeat.

        Every text of a response passes through it before it becomes part of an error, a log
        record or a hook.
        """
        return Redactor(self._secrets())

    def _secrets(self) -> Iterator[str]:
        for header in self.request.headers.values():
            if isinstance(header, SecretHeader):
                yield from secrets_of_header(header)
        for secret in self.request.secrets:
            yield secret.reveal()
