"""The body of a request: JSON or a form."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..._codec.json import dumps
from ..._shared.secrets import SecretBytes, SecretJson
from .multipart import Multipart

Body: TypeAlias = bytes | Multipart | None
"""JSON, a form, or no body."""


def write_body(value: Any) -> Body:
    """Return the body that sends a value: a form, or a value that is written as JSON."""
    if value is None or isinstance(value, Multipart):
        return value
    json = dumps(value)
    return SecretBytes(json) if isinstance(value, SecretJson) else json


def body_headers(body: Body) -> dict[str, str]:
    """Return the headers of a request with this body.

    A form with a file of unknown size has no `Content-Length`: it is sent in chunks.
    """
    if body is None:
        return {}
    if isinstance(body, bytes):
        return {"Content-Type": "application/json"}
    size = body.size
    length = {} if size is None else {"Content-Length": str(size)}
    return {"Content-Type": body.content_type, **length}
