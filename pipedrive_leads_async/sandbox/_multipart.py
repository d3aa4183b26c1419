"""Read a form with files: https://www.rfc-editor.org/rfc/rfc7578."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import cast


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file in a form that the sandbox received.

    Attributes:
        filename: The name of the file.
        content_type: The media type.
        content: The content.
    """

    filename: str
    content_type: str
    content: bytes = field(repr=False)


def read_multipart(body: bytes, content_type: str) -> dict[str, str | UploadedFile] | None:
    """Return the texts and files of a form by name; None for an invalid body.

    Args:
        body: The body of the request.
        content_type: The value of its header `Content-Type`, with the boundary.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
    if message.defects or not message.is_multipart():
        return None
    form: dict[str, str | UploadedFile] = {}
    for part in cast("list[EmailMessage]", list(message.iter_parts())):
        name = part.get_param("name", header="content-disposition")
        content = cast("bytes", part.get_payload(decode=True))
        filename = part.get_filename()
        if filename is None:
            form[str(name)] = content.decode(errors="replace")
        else:
            form[str(name)] = UploadedFile(filename, part.get_content_type(), content)
    return form
