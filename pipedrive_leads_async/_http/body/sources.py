"""The contents of the files in a form: where the bytes come from, and whether they can be reread.

The methods here block: they run in a thread, except for content that is in memory. Each takes the
name of the file in the form, such as `form['file']`, for its errors.
"""

from __future__ import annotations

import abc
import contextlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from ...errors import InvalidRequestError

CHUNK: Final = 256 * 1024
"""The number of bytes that are in memory at a time."""


class Source(abc.ABC):
    """The content of one file.

    Attributes:
        in_memory: Whether reading it does not block.
        is_spent: Whether it was read and cannot be read again.
    """

    in_memory: ClassVar[bool] = False
    is_spent: bool = False

    @abc.abstractmethod
    def measure(self, name: str, /) -> int | None:
        """Return the size in bytes, None if it is unknown.

        Raises:
            InvalidRequestError: The content cannot be read.
        """

    @abc.abstractmethod
    def chunks(self, name: str, size: int | None, /) -> Iterator[bytes]:
        """Yield the content from its beginning, as many bytes as `measure` returned.

        Raises:
            InvalidRequestError: The content has become shorter, or cannot be read again.
            OSError: The content cannot be read.
        """


class BytesSource(Source):
    """Content that is in memory."""

    in_memory = True

    def __init__(self, content: bytes) -> None:
        self._content = content

    def measure(self, _: str, /) -> int:
        return len(self._content)

    def chunks(self, _: str, __: int | None, /) -> Iterator[bytes]:
        for start in range(0, len(self._content), CHUNK):
            yield self._content[start : start + CHUNK]


class PathSource(Source):
    """A file that is opened for each attempt."""

    def __init__(self, path: str) -> None:
        self._path = path

    def measure(self, name: str, /) -> int:
        path = self._path
        try:
            found = Path(path).stat()
        except (OSError, ValueError):
            raise InvalidRequestError(f"{name} does not exist: check the path {path!r}") from None
        if not stat.S_ISREG(found.st_mode):
            raise InvalidRequestError(f"{name} is not a regular file: check the path {path!r}")
        if not os.access(path, os.R_OK):
            raise InvalidRequestError(
                f"{name} cannot be read by this process: check the permissions of {path!r}"
            )
        return found.st_size

    def chunks(self, name: str, size: int | None, /) -> Iterator[bytes]:
        with Path(self._path).open("rb", buffering=0) as file:
            yield from _chunks(name, lambda _, length: file.read(length), size)


class OpenFileSource(Source):
    """A file that the user has opened, and that can be rewound to its first position.

    Each chunk is read from its own position, so that two requests can send the same file at the
    same time.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._first_position: int | None = None
        with contextlib.suppress(Exception):  # `measure` reports it
            self._first_position = file.tell()
        self._lock = threading.Lock()

    def measure(self, name: str, /) -> int | None:
        with self._lock:
            try:
                if self._first_position is None:
                    self._first_position = self._file.tell()
                self._file.seek(0, os.SEEK_END)
                return max(0, self._file.tell() - self._first_position)
            except Exception as error:
                raise InvalidRequestError(
                    f"{name} cannot be read ({error}): keep the file open until it is sent, or "
                    "pass its content or its path"
                ) from error

    def chunks(self, name: str, size: int | None, /) -> Iterator[bytes]:
        yield from _chunks(name, self._read, size)

    def _read(self, offset: int, length: int) -> bytes:
        with self._lock:
            self._file.seek((self._first_position or 0) + offset)
            return self._file.read(length)


class StreamSource(Source):
    """A file that the user has opened, and that cannot be rewound. Its size is unknown."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def measure(self, name: str, /) -> None:
        if self.is_spent:
            raise InvalidRequestError(
                f"{name} was already sent and cannot be rewound: pass its content or its path"
            )

    def chunks(self, name: str, _: int | None, /) -> Iterator[bytes]:
        self.measure(name)
        self.is_spent = True
        yield from _chunks(name, lambda _offset, length: self._file.read(length), None)


def _chunks(name: str, read: Callable[[int, int], Any], size: int | None) -> Iterator[bytes]:
    """Yield the chunks that `read` returns for an offset and a length."""
    offset = 0
    while size is None or offset < size:
        chunk = read(offset, CHUNK if size is None else min(CHUNK, size - offset))
        if not isinstance(chunk, bytes):
            raise InvalidRequestError(
                f"{name} returns {type(chunk).__name__} instead of bytes: open it in binary mode"
            )
        if not chunk:
            break
        yield chunk
        offset += len(chunk)
    if size is not None and offset < size:
        raise InvalidRequestError(
            f"{name} became shorter while it was sent: send it when it is complete"
        )
