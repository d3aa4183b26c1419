"""Read the forms that a client has sent."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple, cast

from tests.support.raw_server import RawRequest


class FormPart(NamedTuple):
    """One value of a form, read by a parser of the standard library."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parts_of(request: RawRequest) -> list[FormPart]:
    """Return the parts of a request's body."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    assert not message.defects
    return [
        FormPart(
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            part.get_content_type() if part.get_filename() else "",
            cast("bytes", part.get_payload(decode=True)),
        )
        for part in message.iter_parts()
    ]
