"""Test that a large file is never in memory as a whole."""

from __future__ import annotations

import asyncio
import tracemalloc
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Any, Final

import pytest

from pipedrive_leads_async import FormFile, LeadsClient
from tests.support.raw_server import success

SIZE: Final = 64 << 20


async def swallow(reader: StreamReader, writer: StreamWriter) -> None:
    """Read one request without keeping it, and respond with the size of its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    [length] = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    left = size = int(length.partition(b" ")[2])
    while left:
        left -= len(await reader.read(left))
    writer.write(success(size))
    await writer.drain()
    writer.close()


def sparse_file(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


@pytest.mark.parametrize("kind", ["path", "open file", "bytes"])
async def test_large_file_takes_little_memory(kind: str, tmp_path: Path) -> None:
    path = await asyncio.to_thread(sparse_file, tmp_path)
    file = await asyncio.to_thread(path.open, "rb")
    contents: dict[str, Any] = {"path": path, "open file": file, "bytes": bytes(SIZE)}
    server = await asyncio.start_server(swallow, "127.0.0.1")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, LeadsClient("token", base_url=url) as client:
        tracemalloc.start()
        try:
            form = {"file": FormFile(contents[kind])}
            assert SIZE < await client.request("POST", "/v1/files", form=form) < SIZE + 1000
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    file.close()
    assert peak < 4 << 20
