"""Test that a closing client waits briefly for its OAuth host, and saves a token that arrives."""

from __future__ import annotations

import asyncio
import time

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.auth import MemoryTokenStore, OAuth2, Token
from pipedrive_leads_async.errors import ClientClosedError, RequestTimeoutError
from tests.auth.grant.grants import NEW, access_token_of, app, wait_for_refresh
from tests.support.calls import get
from tests.support.token_server import TokenServer

MODULE = "pipedrive_leads_async.auth._grant"


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}._CLOSING_WAIT", 0.2)
    monkeypatch.setattr(f"{MODULE}._SAVING_WAIT", 0.4)


class SlowStore(MemoryTokenStore):
    """A store that saves a token only after `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.saving = asyncio.Event()

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        self.saving.set()
        await self.gate.wait()
        return await super().save(token, expected=expected)


def ended(server: TokenServer, **options: object) -> OAuth2:
    """Return the credential of an app whose access token has ended."""
    return app(server, token=server.token(expires_at=1), **options)


async def saved_token(store: MemoryTokenStore) -> str | None:
    stored = await store.load()
    return stored and stored[0].access_token.reveal()


async def test_silent_host_delays_closing_by_a_few_seconds_only() -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = ended(server)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            async with LeadsClient(oauth, timeout=0.3) as client:
                await get(client)
        assert 5.0 <= time.monotonic() - began < 15.0
        server.gate.set()
        await wait_for_refresh(oauth)


async def test_token_that_arrives_while_the_client_closes_is_saved() -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        server.gate.clear()
        with pytest.raises(RequestTimeoutError):
            async with LeadsClient(ended(server, store=store), timeout=0.3) as client:
                asyncio.get_running_loop().call_later(1.0, server.gate.set)
                await get(client)
        assert await saved_token(store) == NEW


@pytest.mark.usefixtures("short_waits")
async def test_token_that_arrives_after_the_client_was_closed_is_saved() -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        server.gate.clear()
        oauth = ended(server, store=store)
        async with LeadsClient(oauth) as client:
            call = asyncio.create_task(get(client))
            await server.received(1)
        with pytest.raises(ClientClosedError):
            await call
        assert await saved_token(store) is None
        server.gate.set()
        await wait_for_refresh(oauth)
        assert await saved_token(store) == NEW
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1


async def closing_while_saving(
    monkeypatch: pytest.MonkeyPatch, *, seconds: float
) -> tuple[str | None, bool]:
    """Close a client while a store takes so long to save; return the token saved until then."""
    monkeypatch.setattr(f"{MODULE}._CLOSING_WAIT", 0.2)
    store = SlowStore()
    async with TokenServer() as server:
        oauth = ended(server, store=store)
        client = LeadsClient(oauth)
        call = asyncio.create_task(get(client))
        await store.saving.wait()
        asyncio.get_running_loop().call_later(seconds, store.gate.set)
        await client.aclose()
        token, was_saved = await saved_token(store), store.gate.is_set()
        await asyncio.gather(call, return_exceptions=True)
        await store.gate.wait()
        await wait_for_refresh(oauth)
        return token, was_saved


async def test_token_that_has_arrived_is_saved_before_the_client_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await closing_while_saving(monkeypatch, seconds=0.6) == (NEW, True)


@pytest.mark.usefixtures("short_waits")
async def test_silent_store_holds_a_closing_client_for_a_limited_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await closing_while_saving(monkeypatch, seconds=3.0) == (None, False)
