"""A server whose leads change, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from pipedrive_leads_async import LeadsClient, RetryPolicy
from pipedrive_leads_async._operations.watch.watch import Watch
from tests.operations.watch.changing_server import ChangingServer, MemorySessionManager
from tests.support.calls import CANARY

LOCAL: Final = "http://127.0.0.1:9/v1"


@pytest.fixture
def server() -> ChangingServer:
    return ChangingServer()


@pytest.fixture
async def client(
    server: ChangingServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LeadsClient]:
    monkeypatch.setattr(Watch, "_clock", staticmethod(server.clock))
    retry = RetryPolicy(attempts=1)
    async with (
        MemorySessionManager(server) as manager,
        LeadsClient(CANARY, base_url=LOCAL, session=manager, retry=retry) as client,
    ):
        yield client
