"""A proxy that cuts the connection of a POST at a given byte, or delivers it late."""

from __future__ import annotations

import asyncio
import contextlib
import re
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_length_in = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n").search


@dataclass(frozen=True)
class Cut:
    """The end of the connection of one POST.

    Attributes:
        position: The number of bytes that are delivered.
        in_response: Whether the response is cut, or the request.
        resets: Whether the connection is reset, or closed.
    """

    position: int
    in_response: bool
    resets: bool = False


class CuttingProxy:
    """A proxy in front of a server; it affects the next POST only.

    Args:
        url: The URL of the server, with plain http.

    Attributes:
        cut: Where the next POST is cut; None for none.
        late: Delivers the next POST when it is set; None delivers it at once.
        request_size: The size of the last POST in bytes.
        response_size: The size of the last response to a POST in bytes.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path
        self._tasks: list[asyncio.Task[None]] = []
        self.cut: Cut | None = None
        self.late: asyncio.Event | None = None
        self.request_size = 0
        self.response_size = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1")
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.end()

    async def end(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))
        # asyncio reports a connection reset by the client as an error unless somebody waits for it.
        self._tasks.append(asyncio.create_task(writer.wait_closed()))

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._exchange(reader, writer, server_reader, server_writer)
        finally:
            writer.close()
            server_writer.close()

    async def _exchange(
        self,
        reader: StreamReader,
        writer: StreamWriter,
        server_reader: StreamReader,
        server_writer: StreamWriter,
    ) -> None:
        """Deliver one request and its response; raise a `ConnectionError` at a cut."""
        request = await _read_message(reader)
        is_post = request.startswith(b"POST")
        cut, late = (self.cut, self.late) if is_post else (None, None)
        if is_post:
            self.cut = self.late = None
            self.request_size = len(request)
        if late is not None:
            await late.wait()
        if cut is not None and not cut.in_response:
            await _deliver(request, cut, server_writer)
            _disconnect(writer, cut)
        server_writer.write(request)
        response = await _read_message(server_reader)
        if is_post:
            self.response_size = len(response)
        if cut is not None:
            await _deliver(response, cut, writer)
            _disconnect(writer, cut)
        writer.write(response)


async def _deliver(message: bytes, cut: Cut, writer: StreamWriter) -> None:
    writer.write(message[: cut.position])
    await writer.drain()


def _disconnect(writer: StreamWriter, cut: Cut) -> None:
    if cut.resets:
        writer.transport.abort()
    raise ConnectionAbortedError


async def _read_message(reader: StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _length_in(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)
