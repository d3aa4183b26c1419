"""Test processes that share a `FileTokenStore`: one refresh, also if a process is killed."""

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

pytestmark = pytest.mark.unix


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acme.json"


@pytest.fixture
def store(path: Path) -> FileTokenStore:
    return FileTokenStore(path)


@contextlib.asynccontextmanager
async def refresh_processes(
    server: TokenServer, path: Path, count: int
) -> AsyncGenerator[Process, None]:
    """Start `count` processes that need a token; kill them at the end."""
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


async def test_eight_processes_share_one_refresh(store: FileTokenStore, path: Path) -> None:
    async with TokenServer() as server:
        await store.save(server.token(expires_at=1))
        for generation in (1, 2):
            async with refresh_processes(server, path, 8) as processes:
                output, _ = await processes.communicate()
            assert output.decode() == f"Bearer v1u:canary-access-{generation}\n" * 8
            assert server.refreshes == generation
            await store.save(server.token(expires_at=1))  # ends the token


async def test_refresh_of_a_killed_process_is_repeated_by_another(
    store: FileTokenStore, path: Path
) -> None:
    async with TokenServer(forgives=True) as server:
        await store.save(server.token(expires_at=1))
        server.gate.clear()
        async with refresh_processes(server, path, 1) as killed:
            await server.received(1)
            async with refresh_processes(server, path, 7) as others:
                os.killpg(killed.pid, signal.SIGKILL)
                server.gate.set()
                output, _ = await others.communicate()
        # The host accepts the old refresh token once more.
        assert output.decode() == "Bearer v1u:canary-access-1\n" * 7
        assert server.refreshes == 2
