"""Test that the sockets of an event loop that was closed too early are closed later."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.transport import loop_session
from tests.client.event_loops import open_sockets, run_by_hand
from tests.support.calls import DONE
from tests.support.network_failures import client_tls_context, server_tls_context
from tests.support.raw_server import RawServer
from tests.support.requests import request_to


@contextmanager
def server_in_a_thread(*, tls: bool) -> Generator[str]:
    """Run a server in another thread, and yield its URL."""
    started, stop = threading.Event(), asyncio.Event()
    running: list[tuple[asyncio.AbstractEventLoop, str]] = []

    async def serve() -> None:
        async with RawServer(DONE, ssl=server_tls_context() if tls else None) as server:
            running.append((asyncio.get_running_loop(), server.url))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait()
    loop, url = running[0]
    try:
        yield f"http{'s' if tls else ''}://localhost:{url.rpartition(':')[2]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.mark.linux
@pytest.mark.parametrize("tls", [False, True])
def test_connection_of_a_closed_loop_is_closed_by_the_next_request(tls: bool) -> None:
    with server_in_a_thread(tls=tls) as url:
        manager = SessionManager(ssl=client_tls_context() if tls else None)

        async def send() -> int:
            return (await manager.__transport__().send(request_to(url))).status

        async def close() -> int:
            before = open_sockets()
            await manager.aclose()
            return before - open_sockets()

        for _ in range(3):
            assert run_by_hand(send) == 200
        # The server runs in this process, and may have closed its socket too.
        assert run_by_hand(close) in (1, 2)
        gc.collect()  # a ResourceWarning would fail the test


def test_transport_of_another_kind_of_loop_is_only_aborted() -> None:
    aborted: list[bool] = []
    connector = SimpleNamespace(
        _transports=[SimpleNamespace(abort=lambda: aborted.append(True))],
    )
    loop_session.Connector.close_sockets(connector)  # type: ignore[arg-type]  # a stand-in
    assert aborted == [True]
