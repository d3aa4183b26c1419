"""A server on a real socket that sends exactly the bytes that a test scripts."""

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
    """How a response ends the connection; a response without one keeps it alive."""

    FIN = "close the connection"
    RST = "reset the connection"
    HANG = "send nothing more until the client disconnects"


ScriptedResponse: TypeAlias = tuple[bytes | float | ssl_module.SSLContext | End, ...]
"""The steps of one response: bytes are sent, a float is a pause in seconds, and a TLS context
starts TLS on the connection."""


@dataclass(frozen=True)
class RawRequest:
    """One request as received, with the names of its headers in lower case."""

    raw: bytes
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class RawServer:
    """A server that sends its scripted responses in order and repeats the last one.

    Args:
        responses: The response to each request.
        on_connect: The script for each new connection, before a request is read.
        ssl: The TLS context of an https server, None for plain HTTP.

    Attributes:
        responses: The responses that are left; a test may change them.
        requests: The requests received so far.
        connections: The number of connections accepted so far.
    """

    def __init__(
        self,
        *responses: ScriptedResponse,
        on_connect: ScriptedResponse = (),
        ssl: ssl_module.SSLContext | None = None,
    ) -> None:
        self.responses = list(responses)
        self._on_connect, self._ssl = on_connect, ssl
        self._tasks: list[asyncio.Task[None]] = []
        self._new_request = asyncio.Condition()
        self._performed = 0
        self.requests: list[RawRequest] = []
        self.connections = 0

    async def received(self, count: int) -> None:
        """Wait until `count` requests were received."""
        async with self._new_request:
            await self._new_request.wait_for(lambda: len(self.requests) >= count)

    async def performed(self, count: int) -> None:
        """Wait until `count` scripts were performed to their end."""
        async with self._new_request:
            await self._new_request.wait_for(lambda: self._performed >= count)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", ssl=self._ssl)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http{'s' if self._ssl else ''}://127.0.0.1:{port}"
        self.url = f"{self.origin}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        # A server that is closed while it accepts a connection would never close that one:
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
        # asyncio reports a connection reset by the client as an error unless somebody waits for it.
        self._tasks.append(asyncio.create_task(writer.wait_closed()))

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            # A client may disconnect at any step.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                is_open = await _perform(self._on_connect, reader, writer)
                while is_open:
                    self.requests.append(await _read(reader))
                    async with self._new_request:
                        self._new_request.notify_all()
                    script = self.responses.pop(0) if self.responses[1:] else self.responses[0]
                    is_open = await _perform(script, reader, writer)
                    async with self._new_request:
                        self._performed += 1
                        self._new_request.notify_all()
        finally:
            writer.close()


async def _perform(script: ScriptedResponse, reader: StreamReader, writer: StreamWriter) -> bool:
    """Perform a script; return whether the connection stays open."""
    for step in script:
        match step:
            case bytes():
                writer.write(step)
            case End.RST:
                without_linger = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(*without_linger)
                writer.transport.abort()
            case End.HANG:
                await reader.read()
            case End.FIN:
                pass
            case ssl_module.SSLContext():
                await writer.start_tls(step)
            case seconds:
                await asyncio.sleep(seconds)
    return not set(End) & set(script)


async def _read(reader: StreamReader) -> RawRequest:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return RawRequest(head + body, method, target, headers, body)


async def _read_chunks(reader: StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def http(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return a well-formed response; underscores in the names of headers become hyphens."""
    fields = {"content_length": str(len(body))} | headers
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    return f"HTTP/1.1 {status} \r\n{''.join(lines)}\r\n".encode() + body


def success(data: Any = None, **headers: str) -> bytes:
    """Return Pipedrive's response to a request that succeeded."""
    return http(200, json.dumps({"success": True, "data": data}).encode(), **headers)


def failure(status: int, error: str = "no", **headers: str) -> bytes:
    """Return Pipedrive's response to a request that failed."""
    return http(status, json.dumps({"success": False, "error": error}).encode(), **headers)
