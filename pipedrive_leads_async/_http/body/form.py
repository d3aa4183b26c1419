"""Check a form, and make the body of a request from it."""

from __future__ import annotations

import asyncio
import mimetypes
import operator
import os
import secrets
import uuid
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, BinaryIO, Final, SupportsIndex, TypeAlias, cast

from ..._shared import checks
from ...errors import InvalidRequestError
from .form_file import FormFile
from .multipart import Multipart, Part
from .sources import BytesSource

Value: TypeAlias = str | SupportsIndex | uuid.UUID | FormFile
"""One value of a form."""

Form: TypeAlias = Mapping[str, Value]
"""The names and values of a form."""

_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""The escapes of names in headers: https://html.spec.whatwg.org/#multipart-form-data."""


async def read_form(form: Form) -> Multipart:
    """Return the body of a request that sends a form, after a check that its files can be read.

    Raises:
        InvalidRequestError: The form is empty, or a file does not exist or cannot be read.
        TypeError: A value has another type.
    """
    checks.instance("form", form, Mapping)
    if not form:
        raise InvalidRequestError("form is empty: add a value, or leave it out")
    for name, value in form.items():
        checks.text("form", name)
        _check_value(f"form[{name!r}]", value)
    if any(isinstance(value, FormFile) and _blocks(value) for value in form.values()):
        return await asyncio.to_thread(multipart, form)
    return multipart(form)


def _blocks(file: FormFile) -> bool:
    """Return whether the disk is read for a file: its content, or the system's media types."""
    return not file.__source__().in_memory or file.content_type is None


def _check_value(name: str, value: object) -> None:
    if isinstance(value, str):
        checks.encodable(name, value)
    elif isinstance(value, FormFile | uuid.UUID):
        pass
    elif (number := checks.index(value)) is not None:
        checks.digits(name, number)
    else:
        advice = checks.advice_for_object(value) or (
            "write a bool as 1 or 0, and a file as FormFile(Path('offer.pdf'))"
        )
        raise TypeError(
            f"{name} must be a str, an int or a FormFile, got {type(value).__name__}: {advice}"
        )


def multipart(form: Form) -> Multipart:
    """Return the body of a request that sends a form, which is checked already.

    Raises:
        InvalidRequestError: A file does not exist or cannot be read.
    """
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, name, value) for name, value in form.items()]
    # Texts first: some servers begin to store a file before they have read the whole form.
    parts.sort(key=lambda part: not isinstance(part.source, _Text))
    return Multipart(boundary, tuple(parts))


def _part(boundary: str, name: str, value: Value) -> Part:
    in_errors = f"form[{name!r}]"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPES)}"'
    if isinstance(value, FormFile):
        filename = value.filename or _name_of(in_errors, value.content) or "file"
        kind = value.content_type or mimetypes.guess_type(filename)[0]
        head += f'; filename="{filename.translate(_ESCAPES)}"'
        head += f"\r\nContent-Type: {kind or 'application/octet-stream'}"
        source = value.__source__()
    else:
        source = _Text(_text_of(value).encode())
    return Part(in_errors, f"{head}\r\n\r\n".encode(), source, source.measure(in_errors))


class _Text(BytesSource):
    """The content of a text."""


def _text_of(value: str | SupportsIndex | uuid.UUID) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    return str.__str__(value) if isinstance(value, str) else str(operator.index(value))


def _name_of(name: str, content: bytes | os.PathLike[str] | BinaryIO) -> str:
    """Return the name of a file from its path or from its attribute `name`."""
    path = content if isinstance(content, os.PathLike) else getattr(content, "name", None)
    if not isinstance(path, os.PathLike | str | bytes):  # of a pipe, it is a number
        return ""
    filename = PurePath(os.fsdecode(cast("Any", path))).name
    try:
        filename.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(
            f"{name} has a file name that is not UTF-8: pass another one to FormFile as filename"
        ) from None
    return filename
