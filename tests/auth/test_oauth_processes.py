"""Processes that share a file refresh once, and lose no grant, even if one is killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pipedrive_leads_async.auth import FileTokenStore
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, TokenServer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acme.json"


@pytest.fixture
def store(path: Path) -> FileTokenStore:
    return FileTokenStore(path)


@contextlib.asynccontextmanager
async def refreshers(server: TokenServer, path: Path, count: int) -> AsyncGenerator[Process, None]:
    """Start so many processes that want a token; none is left."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.auth.refresh_process", str(count), path),
        *(server.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI),
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def test_eight_processes_refresh_once(store: FileTokenStore, path: Path) -> None:
    async with TokenServer() as server:
        await store.save(server.token(expires_at=1))
        for generation in (1, 2):
            async with refreshers(server, path, 8) as processes:
                said, _ = await processes.communicate()
            assert said.decode() == f"Bearer v1u:canary-access-{generation}\n" * 8
            assert server.refreshes == generation
            await store.save(server.token(expires_at=1))  # an hour later


async def test_a_process_that_is_killed_while_it_refreshes_leaves_it_to_another(
    store: FileTokenStore, path: Path
) -> None:
    async with TokenServer(forgives=True) as server:
        await store.save(server.token(expires_at=1))
        server.gate.clear()
        async with refreshers(server, path, 1) as killed:
            await server.received(1)
            async with refreshers(server, path, 7) as others:
                os.killpg(killed.pid, signal.SIGKILL)
                server.gate.set()
                said, _ = await others.communicate()
        # The host forgives the one whose answer nobody could save.
        assert said.decode() == "Bearer v1u:canary-access-1\n" * 7
        assert server.refreshes == 2
