"""Send a form as `multipart/form-data`: https://www.rfc-editor.org/rfc/rfc7578."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator, Iterator
from typing import Final

import attrs

from ...errors import InvalidRequestError
from .sources import Source

_END: Final = b"\r\n"


@attrs.frozen(eq=False)
class Part:
    """One value of a form.

    Attributes:
        name: The name for errors, such as `form['file']`.
        head: The boundary and the headers.
        source: The content.
        size: The size of the content in bytes, None if it is unknown.
    """

    name: str
    head: bytes
    source: Source = attrs.field(repr=False)
    size: int | None

    def chunks(self) -> Iterator[bytes]:
        """Yield the headers and the content.

        Raises:
            InvalidRequestError: The content cannot be read.
        """
        yield self.head
        try:
            yield from self.source.chunks(self.name, self.size)
        except InvalidRequestError:
            raise
        except Exception as error:
            reason = getattr(error, "strerror", None) or error
            raise InvalidRequestError(
                f"{self.name} cannot be read ({type(error).__name__}: {reason}), so the request "
                "was not completed: check the file, and send the request again"
            ) from error
        yield _END


@attrs.frozen(eq=False)
class Multipart:
    """The body of a request that sends a form.

    Attributes:
        boundary: The text that separates the parts.
        parts: The parts.
    """

    boundary: str
    parts: tuple[Part, ...]

    @property
    def content_type(self) -> str:
        """The value of the header `Content-Type`."""
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def end(self) -> bytes:
        """The bytes after the last part."""
        return f"--{self.boundary}--\r\n".encode()

    @property
    def size(self) -> int | None:
        """The size of the body in bytes, None if that of a part is unknown."""
        size = len(self.end)
        for part in self.parts:
            if part.size is None:
                return None
            size += len(part.head) + part.size + len(_END)
        return size

    @property
    def in_memory(self) -> bool:
        """Whether reading it does not block."""
        return all(part.source.in_memory for part in self.parts)

    @property
    def is_spent(self) -> bool:
        """Whether it was sent and cannot be sent again."""
        return any(part.source.is_spent for part in self.parts)

    def chunks(self) -> Generator[bytes, None, None]:
        """Yield the body; the iteration blocks, unless it is in memory."""
        for part in self.parts:
            yield from part.chunks()
        yield self.end


class Upload:
    """One attempt to send a form: an async iterable of bytes.

    It is not an async generator, which the event loop would have to close after a lost connection.

    Attributes:
        failure: The error that ended the reading, which aiohttp reports as a lost connection.
    """

    def __init__(self, body: Multipart) -> None:
        self._body = body
        self._chunks = body.chunks()
        self._is_closed = False
        self.failure: InvalidRequestError | None = None

    def __aiter__(self) -> Upload:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = self._next() if self._body.in_memory else await asyncio.to_thread(self._next)
        except InvalidRequestError as error:
            self.failure = error
            raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def close(self) -> None:
        """Close the open file; if a thread is reading it, the thread closes it."""
        self._is_closed = True
        with contextlib.suppress(ValueError):  # it is running in a thread
            self._chunks.close()

    def _next(self) -> bytes | None:
        chunk = next(self._chunks, None)
        if self._is_closed:
            self._chunks.close()
        return chunk
