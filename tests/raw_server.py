"""A server on a real socket, in the test's own loop, whose every byte the test chooses."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import socket
import ssl as ssl_module
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeAlias


class End(enum.Enum):
    """How an answer ends the connection; one without an end keeps it alive."""

    FIN = "close it, as a server does that has finished"
    RST = "reset it, as a server does that crashed"
    HANG = "say nothing more until the client goes away"


Answer: TypeAlias = tuple[bytes | float | End, ...]
"""What is done with one request: bytes are written, a float is a pause in seconds."""


@dataclass(frozen=True)
class RawRequest:
    """One request as it came.

    Attributes:
        raw: All its bytes.
        method: The HTTP verb.
        target: The path with the query, as on the wire.
        headers: The headers, with names in lower case.
        body: What followed the headers.
    """

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
        requests: What was read so far.
        connections: How many were accepted so far.
    """

    def __init__(
        self, *answers: Answer, on_connect: Answer = (), ssl: ssl_module.SSLContext | None = None
    ) -> None:
        self._answers = list(answers)
        self._on_connect = on_connect
        self._ssl = ssl
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[RawRequest] = []
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", ssl=self._ssl)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http{'s' if self._ssl else ''}://127.0.0.1:{port}"
        self.url = f"{self.origin}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # A client may go away at any point of a scenario.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                is_open = await _perform(self._on_connect, reader, writer)
                while is_open:
                    self.requests.append(await _read(reader))
                    answer = self._answers.pop(0) if self._answers[1:] else self._answers[0]
                    is_open = await _perform(answer, reader, writer)
        finally:
            writer.close()


async def _perform(
    answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Carry out an answer, and tell whether the connection goes on."""
    for step in answer:
        match step:
            case bytes():
                writer.write(step)
                await writer.drain()
            case float():
                await asyncio.sleep(step)
            case End.RST:
                now = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                writer.transport.abort()
                return False
            case End.FIN:
                return False
            case End.HANG:
                await reader.read()
                return False
    return True


async def _read(reader: asyncio.StreamReader) -> RawRequest:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return RawRequest(head + body, method, target, headers, body)


def http(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Write an answer that is as it should be; a header's underscores become hyphens."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{k}: {v}" for k, v in ({"content-length": str(len(body))} | fields).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def success(data: Any = None, **headers: str) -> bytes:
    """Write Pipedrive's answer to what succeeded."""
    body = json.dumps({"success": True, "data": data}).encode()
    return http(200, body, content_type="application/json", **headers)


def failure(status: int, error: str = "no", **headers: str) -> bytes:
    """Write Pipedrive's answer to what failed."""
    body = json.dumps({"success": False, "error": error}).encode()
    return http(status, body, content_type="application/json", **headers)
