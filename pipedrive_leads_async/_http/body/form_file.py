"""`FormFile`: a file that is sent in a form."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
from typing import BinaryIO, Final

import attrs

from ..._shared import checks
from ...errors import InvalidRequestError
from .sources import BytesSource, OpenFileSource, PathSource, Source, StreamSource

_is_content_type: Final = re.compile(r"[\x21-\x7e]+/[\x20-\x7e]*[\x21-\x7e]").fullmatch


def _check_filename(_: object, __: object, value: str | None) -> None:
    if value is not None:
        checks.text("filename", value)


def _check_content_type(_: object, __: object, value: str | None) -> None:
    if value is not None and not _is_content_type(checks.text("content_type", value)):
        raise InvalidRequestError("content_type must be a media type such as 'application/pdf'")


@attrs.frozen(eq=False)
class FormFile:
    """A file in the `form` of `LeadsClient.request`.

    A file is read in pieces while it is sent, in a thread, and is never in memory as a whole.
    Each attempt sends it from the beginning. An open file is sent from its present position on,
    and is not closed. A file that cannot be rewound, such as a pipe, is sent only once: after
    its first byte was read, the request is not retried.

    Args:
        content: The bytes, the path of a file, or a file that is open in binary mode.
        filename: The name that Pipedrive shows; by default the name of the file, or "file".
        content_type: The media type, such as `application/pdf`; by default the one of the
            extension of the name.

    Raises:
        InvalidRequestError: The open file is closed, or a value is not valid. Whether a path
            exists is checked when the request is sent.
        TypeError: A value has another type, or the file is open in text mode.

    Example:
        >>> from pipedrive_leads_async import FormFile, LeadsClient
        >>> async def attach(client: LeadsClient, lead_id: str, pdf: bytes) -> int:
        ...     file = FormFile(pdf, filename="offer.pdf")
        ...     added = await client.request(
        ...         "POST", "/v1/files", form={"lead_id": lead_id, "file": file}
        ...     )
        ...     return added["id"]

    https://developers.pipedrive.com/docs/api/v1/Files#addFile
    """

    content: bytes | os.PathLike[str] | BinaryIO = attrs.field(repr=False)
    filename: str | None = attrs.field(default=None, kw_only=True, validator=_check_filename)
    content_type: str | None = attrs.field(
        default=None, kw_only=True, validator=_check_content_type
    )
    _source: Source = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_source", _source_of(self.content))

    def __source__(self) -> Source:
        return self._source


def _source_of(content: bytes | os.PathLike[str] | BinaryIO) -> Source:
    if isinstance(content, bytes):
        return BytesSource(content)
    if isinstance(content, os.PathLike):
        return PathSource(os.fsdecode(content))
    return _source_of_open_file(content)


def _source_of_open_file(file: BinaryIO) -> Source:
    read = getattr(file, "read", None)
    if isinstance(file, io.TextIOBase) or inspect.iscoroutinefunction(read):
        raise TypeError(
            "content must be a file that is open in binary mode: open it with mode 'rb', and of "
            "FastAPI's UploadFile pass its attribute `file`"
        )
    if not callable(read):
        advice = ': write FormFile(Path("offer.pdf"))' if isinstance(file, str) else ""
        raise TypeError(
            "content must be bytes, a pathlib.Path or a file that is open in binary mode, got "
            f"{type(file).__name__}{advice}"
        )
    if getattr(file, "closed", False):
        raise InvalidRequestError("content is a closed file: open it again")
    seekable = getattr(file, "seekable", None)
    if seekable is None:
        return StreamSource(file)
    with contextlib.suppress(Exception):  # sending it reports what is wrong
        if not seekable():
            return StreamSource(file)
    return OpenFileSource(file)
