"""Test how a grant saves new tokens, and uses those that other processes stored."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async.auth import MemoryTokenStore, Token
from pipedrive_leads_async.errors import (
    AuthUnavailableError,
    ReauthorizationRequiredError,
)
from tests.auth.grant.grants import (
    NEW,
    NEWER,
    OLD,
    Clock,
    Store,
    access_token_of,
    app,
    authorization_of,
    expiring_in,
    renew,
    wait_for_refresh,
)
from tests.support.token_server import TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# Stored tokens


async def test_stored_token_takes_precedence_over_the_argument(clock: Clock) -> None:
    store = Store()
    await store.save(Token("stored"))
    async with TokenServer() as server:
        assert await access_token_of(expiring_in(server, clock, 0, store=store)) == "stored"
        assert not server.requests


async def test_grant_without_a_token_needs_an_authorization() -> None:
    async with TokenServer() as server:
        oauth = app(server, store=(store := Store()))
        for call in (authorization_of(oauth), oauth.refresh(), oauth.revoke()):
            with pytest.raises(
                ReauthorizationRequiredError, match=r"^there is no token: send the user to autho"
            ):
                await call
        assert not server.requests
        await store.save(server.token())
        assert await access_token_of(oauth) == OLD


async def test_token_is_saved_and_published_before_it_is_used(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:

        def publish(token: Token) -> None:
            store.calls.append(f"publish {token.access_token.reveal()}")

        oauth = expiring_in(server, clock, 0, store=store, on_token_update=publish)
        assert await access_token_of(oauth) == NEW
    assert store.calls == ["load", "load", f"save {NEW}", f"publish {NEW}"]


async def test_async_on_token_update_is_awaited(clock: Clock) -> None:
    tokens: list[Token] = []

    async def publish(token: Token) -> None:
        await asyncio.sleep(0)
        tokens.append(token)

    async with TokenServer() as server:
        assert await access_token_of(expiring_in(server, clock, 0, on_token_update=publish)) == NEW
        assert tokens == [server.token(expires_at=clock.in_(3599))]


async def test_token_of_another_process_is_used_instead_of_a_refresh(clock: Clock) -> None:
    store, published = Store(), list[Token]()
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 10, store=store, on_token_update=published.append)
        assert await access_token_of(oauth) == OLD
        await wait_for_refresh(oauth)
        await store.save(Token("another", expires_at=clock.in_(3600)))
        clock.advance(3000)
        assert await access_token_of(oauth) == NEW  # a fresh token is not loaded again
        clock.advance(590)
        assert await access_token_of(oauth) == NEW
        await wait_for_refresh(oauth)
        assert await access_token_of(oauth) == "another"
        assert server.refreshes == 1
    assert len(published) == 1


async def test_token_of_another_process_is_replaced_after_a_401(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=Token("mine", expires_at=clock.in_(400)))
        await authorization_of(oauth)
        clock.advance(500)
        await store.save(server.token(expires_at=clock.in_(3600)))
        loaded = await authorization_of(oauth)
        assert server.refreshes == 0
        assert await renew(oauth, loaded) is not None
        assert server.refreshes == 1


@pytest.mark.parametrize("seconds", [0, 1])
async def test_ended_token_of_another_process_is_refreshed(seconds: float, clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=Token("mine", "spent", clock.in_(400)))
        assert await access_token_of(oauth) == "mine"
        clock.advance(500)
        await store.save(server.token(expires_at=clock.in_(-seconds)))
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1


async def test_two_grants_with_one_store_share_one_refresh(clock: Clock) -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        oauths = [expiring_in(server, clock, 0, store=store) for _ in range(2)]
        assert await asyncio.gather(*map(access_token_of, oauths)) == [NEW, NEW]
        assert server.refreshes == 1


async def test_token_saved_without_the_lease_during_a_refresh_is_used(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        oauth = app(server, store=store)
        waiter = asyncio.create_task(access_token_of(oauth))
        await server.received(1)
        await store.save(Token("another", "1:1:canary-refresh-1", clock.in_(60)))
        server.gate.set()
        assert await waiter == "another"
        stored = await store.load()
        assert stored is not None
        assert stored[0].access_token.reveal() == "another"
        clock.advance(60)
        assert await access_token_of(oauth) == NEWER


async def test_token_is_saved_in_a_store_that_was_emptied(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(400)))
        oauth = app(server, store=store)
        assert await access_token_of(oauth) == OLD
        clock.advance(400)
        server.gate.clear()
        waiter = asyncio.create_task(access_token_of(oauth))
        await server.received(1)
        store.empty()
        server.gate.set()
        assert await waiter == NEW
        assert await store.load()
        clock.advance(3600)
        store.empty()
        assert await access_token_of(oauth) == NEWER
    stored = await store.load()
    assert stored is not None
    assert stored[0].access_token.reveal() == NEWER


# Failed saves


@pytest.mark.parametrize("saves_before_fault", [False, True])
async def test_token_that_failed_to_be_saved_is_saved_by_the_next_call(
    clock: Clock, *, saves_before_fault: bool
) -> None:
    store, published = Store(), list[Token]()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        store.calls.clear()
        store.faults = [OSError("disk is full"), OSError("disk is full")]
        store.saves_before_fault = saves_before_fault
        oauth = app(server, store=store, on_token_update=published.append)
        for _ in range(2):
            with pytest.raises(
                AuthUnavailableError, match=r"^the token store or .* raised OSError$"
            ) as caught:
                await access_token_of(oauth)
            assert isinstance(caught.value.__cause__, OSError)
            assert not published
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1
        assert [token.access_token.reveal() for token in published] == [NEW]
    stored = await store.load()
    assert stored is not None
    assert stored[0] == published[0]


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
async def test_token_is_published_again_after_an_error_of_the_hook(
    clock: Clock, error: type[BaseException]
) -> None:
    store, published = Store(), list[Token]()

    def on_token_update(token: Token) -> None:
        published.append(token)
        if len(published) == 1:
            raise error("the database is down")

    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 0, store=store, on_token_update=on_token_update)
        with pytest.raises(AuthUnavailableError, match=error.__name__):
            await access_token_of(oauth)
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1
    assert published[0] == published[1]
    assert store.calls.count(f"save {NEW}") == 1


async def test_token_that_was_saved_only_after_its_end_is_refreshed(clock: Clock) -> None:
    store = Store()
    store.faults = [OSError()]
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 0, store=store)
        with pytest.raises(AuthUnavailableError):
            await access_token_of(oauth)
        clock.advance(4000)
        refused = await authorization_of(oauth)
        renewed = await renew(oauth, refused)
        assert renewed is not None
        assert renewed.value == f"Bearer {NEWER}"


async def test_error_of_the_store_is_raised_as_auth_unavailable_error() -> None:
    class Broken(Store):
        async def load(self) -> tuple[Token, int] | None:
            raise LookupError("the database is down")

    async with TokenServer() as server:
        oauth = app(server, store=Broken())
        with pytest.raises(AuthUnavailableError, match="LookupError") as caught:
            await access_token_of(oauth)
    assert "database" not in str(caught.value)
