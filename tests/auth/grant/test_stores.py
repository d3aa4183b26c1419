"""A token is saved before it is used, and what others stored is taken over."""

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
    app,
    authorization_of,
    lasting,
    renew,
    used,
    wait_for_refresh,
)
from tests.support.token_server import TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# What is stored


async def test_what_is_stored_comes_before_what_is_given(clock: Clock) -> None:
    store = Store()
    await store.save(Token("stored"))
    async with TokenServer() as server:
        assert await used(lasting(server, clock, 0, store=store)) == "stored"
        assert not server.requests


async def test_without_any_token_the_user_is_to_be_asked() -> None:
    async with TokenServer() as server:
        oauth = app(server, store=(store := Store()))
        for call in (authorization_of(oauth), oauth.refresh(), oauth.revoke()):
            with pytest.raises(
                ReauthorizationRequiredError, match=r"^there is no token: send the user to autho"
            ):
                await call
        assert not server.requests
        await store.save(server.token())
        assert await used(oauth) == OLD


async def test_a_token_is_saved_and_told_of_before_it_is_used(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:

        def told(token: Token) -> None:
            store.done.append(f"told of {token.access_token.reveal()}")

        oauth = lasting(server, clock, 0, store=store, on_token_update=told)
        assert await used(oauth) == NEW
    assert store.done == ["load", "load", f"save {NEW}", f"told of {NEW}"]


async def test_who_is_told_of_a_token_may_take_its_time(clock: Clock) -> None:
    tokens: list[Token] = []

    async def told(token: Token) -> None:
        await asyncio.sleep(0)
        tokens.append(token)

    async with TokenServer() as server:
        assert await used(lasting(server, clock, 0, on_token_update=told)) == NEW
        assert tokens == [server.token(expires_at=clock.in_(3599))]


async def test_a_token_that_another_process_stored_is_taken_over(clock: Clock) -> None:
    store, told = Store(), list[Token]()
    async with TokenServer() as server:
        oauth = lasting(server, clock, 10, store=store, on_token_update=told.append)
        assert await used(oauth) == OLD
        await wait_for_refresh(oauth)
        await store.save(Token("another", expires_at=clock.in_(3600)))
        clock.pass_by(3000)
        assert await used(oauth) == NEW  # what it holds is fresh: it does not look
        clock.pass_by(590)
        assert await used(oauth) == NEW
        await wait_for_refresh(oauth)
        assert await used(oauth) == "another"
        assert server.refreshes == 1
    assert len(told) == 1


async def test_a_token_that_was_taken_over_is_replaced_if_it_is_refused(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=Token("mine", expires_at=clock.in_(400)))
        await authorization_of(oauth)
        clock.pass_by(500)
        await store.save(server.token(expires_at=clock.in_(3600)))
        taken_over = await authorization_of(oauth)
        assert server.refreshes == 0
        assert await renew(oauth, taken_over) is not None
        assert server.refreshes == 1


@pytest.mark.parametrize("seconds", [0, 1])
async def test_a_token_that_another_process_stored_and_that_has_ended_is_refreshed(
    seconds: float, clock: Clock
) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=Token("mine", "spent", clock.in_(400)))
        assert await used(oauth) == "mine"
        clock.pass_by(500)
        await store.save(server.token(expires_at=clock.in_(-seconds)))
        assert await used(oauth) == NEW
        assert server.refreshes == 1


async def test_two_of_one_process_that_share_a_store_refresh_once(clock: Clock) -> None:
    store = MemoryTokenStore()
    async with TokenServer() as server:
        oauths = [lasting(server, clock, 0, store=store) for _ in range(2)]
        assert await asyncio.gather(*map(used, oauths)) == [NEW, NEW]
        assert server.refreshes == 1


async def test_of_two_that_do_not_heed_the_lease_the_later_takes_over_what_is_stored(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        oauth = app(server, store=store)
        waiter = asyncio.create_task(used(oauth))
        await server.received(1)
        await store.save(Token("another", "1:1:canary-refresh-1", clock.in_(60)))
        server.gate.set()
        assert await waiter == "another"
        stored = await store.load()
        assert stored is not None
        assert stored[0].access_token.reveal() == "another"
        clock.pass_by(60)
        assert await used(oauth) == NEWER


async def test_a_token_is_saved_also_where_somebody_emptied_the_store(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(400)))
        oauth = app(server, store=store)
        assert await used(oauth) == OLD
        clock.pass_by(400)
        server.gate.clear()
        waiter = asyncio.create_task(used(oauth))
        await server.received(1)
        store.empty()
        server.gate.set()
        assert await waiter == NEW
        assert await store.load()
        clock.pass_by(3600)
        store.empty()
        assert await used(oauth) == NEWER
    stored = await store.load()
    assert stored is not None
    assert stored[0].access_token.reveal() == NEWER


# When saving fails


@pytest.mark.parametrize("is_saved_all_the_same", [False, True])
async def test_a_token_that_could_not_be_saved_is_saved_first_at_the_next_call(
    clock: Clock, *, is_saved_all_the_same: bool
) -> None:
    store, told = Store(), list[Token]()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        store.done.clear()
        store.faults = [OSError("canary"), OSError("canary")]
        store.is_saved_all_the_same = is_saved_all_the_same
        oauth = app(server, store=store, on_token_update=told.append)
        for _ in range(2):
            with pytest.raises(
                AuthUnavailableError, match=r"^the token store or .* raised OSError$"
            ) as caught:
                await used(oauth)
            assert isinstance(caught.value.__cause__, OSError)
            assert not told
        assert await used(oauth) == NEW
        assert server.refreshes == 1
        assert [token.access_token.reveal() for token in told] == [NEW]
    stored = await store.load()
    assert stored is not None
    assert stored[0] == told[0]


async def test_a_token_that_could_not_be_told_is_told_again_at_the_next_call(clock: Clock) -> None:
    store, told = Store(), list[Token]()

    def on_token_update(token: Token) -> None:
        told.append(token)
        if len(told) == 1:
            raise LookupError("canary")

    async with TokenServer() as server:
        oauth = lasting(server, clock, 0, store=store, on_token_update=on_token_update)
        with pytest.raises(AuthUnavailableError, match="LookupError"):
            await used(oauth)
        assert await used(oauth) == NEW
        assert server.refreshes == 1
    assert told[0] == told[1]
    assert store.done.count(f"save {NEW}") == 1


async def test_a_token_that_was_saved_only_after_its_end_is_refreshed(clock: Clock) -> None:
    store = Store()
    store.faults = [OSError()]
    async with TokenServer() as server:
        oauth = lasting(server, clock, 0, store=store)
        with pytest.raises(AuthUnavailableError):
            await used(oauth)
        clock.pass_by(4000)
        refused = await authorization_of(oauth)
        renewed = await renew(oauth, refused)
        assert renewed is not None
        assert renewed.value == f"Bearer {NEWER}"


async def test_a_store_that_cannot_be_read_is_an_error_of_the_library() -> None:
    class Broken(Store):
        async def load(self) -> tuple[Token, int] | None:
            raise LookupError("canary")

    async with TokenServer() as server:
        oauth = app(server, store=Broken())
        with pytest.raises(AuthUnavailableError, match="LookupError") as caught:
            await used(oauth)
    assert "canary" not in str(caught.value)
