"""A server on a real socket, in the test's own loop, whose every byte the test chooses."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import socket
import ssl as ssl_module
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias


class End(enum.Enum):
    """How an answer ends the connection; one without an end keeps it alive."""

    FIN = "close it, as a server does that has finished"
    RST = "reset it, as a server does that crashed"
    HANG = "say nothing more until the client goes away"


ScriptedResponse: TypeAlias = tuple[bytes | float | ssl_module.SSLContext | End, ...]
"""What is done with one request: bytes are written, a float is a pause in seconds, and with a
TLS context the connection goes on in TLS."""


@dataclass(frozen=True)
class RawRequest:
    """One request as it came, with the names of its headers in lower case."""

    raw: bytes
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class RawServer:
    """Answers each request it reads with the next of its answers, the last one for ever.

    Args:
        answers: What is done with each request once it is read.
        on_connect: What is done with each new connection before anything is read.
        ssl: Makes it an https server.

    Attributes:
        answers: Those that are left; a test may change them.
        requests: What was read so far.
        connections: How many were accepted so far.
    """

    def __init__(
        self,
        *answers: ScriptedResponse,
        on_connect: ScriptedResponse = (),
        ssl: ssl_module.SSLContext | None = None,
    ) -> None:
        self.responses = list(answers)
        self._on_connect, self._ssl = on_connect, ssl
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()
        self.requests: list[RawRequest] = []
        self.connections = 0

    async def received(self, count: int) -> None:
        """Wait until so many requests were read."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", ssl=self._ssl)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http{'s' if self._ssl else ''}://127.0.0.1:{port}"
        self.url = f"{self.origin}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        # Closed at once, a server forgets a connection that it is just accepting.
        # https://github.com/python/cpython/issues/109564
        asyncio.get_running_loop().remove_reader(self._server.sockets[0])
        for _turn in range(5):
            await asyncio.sleep(0)
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            # A client may go away at any point of a scenario.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                is_open = await _perform(self._on_connect, reader, writer)
                while is_open:
                    self.requests.append(await _read(reader))
                    async with self._news:
                        self._news.notify_all()
                    answer = self.responses.pop(0) if self.responses[1:] else self.responses[0]
                    is_open = await _perform(answer, reader, writer)
        finally:
            writer.close()


async def _perform(answer: ScriptedResponse, reader: StreamReader, writer: StreamWriter) -> bool:
    """Carry out an answer, and tell whether the connection goes on."""
    for step in answer:
        match step:
            case bytes():
                writer.write(step)
            case End.RST:
                at_once = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(*at_once)
                writer.transport.abort()
            case End.HANG:
                await reader.read()
            case End.FIN:
                pass
            case ssl_module.SSLContext():
                await writer.start_tls(step)
            case seconds:
                await asyncio.sleep(seconds)
    return not set(End) & set(answer)


async def _read(reader: StreamReader) -> RawRequest:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return RawRequest(head + body, method, target, headers, body)


def http(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Write an answer that is as it should be; a header's underscores become hyphens."""
    fields = {"content_length": str(len(body))} | headers
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    return f"HTTP/1.1 {status} \r\n{''.join(lines)}\r\n".encode() + body


def success(data: Any = None, **headers: str) -> bytes:
    """Write Pipedrive's answer to what succeeded."""
    return http(200, json.dumps({"success": True, "data": data}).encode(), **headers)


def failure(status: int, error: str = "no", **headers: str) -> bytes:
    """Write Pipedrive's answer to what failed."""
    return http(status, json.dumps({"success": False, "error": error}).encode(), **headers)
