"""A grant from the code of a callback to its revocation."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async.auth import Token
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
    lasting,
    used,
    wait_for_refresh,
)
from tests.support.token_server import DOWN, INVALID_GRANT, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


async def test_a_code_begins_a_grant(clock: Clock) -> None:
    store, told = Store(), list[Token]()
    async with TokenServer() as server:
        oauth = app(server, store=store, on_token_update=told.append)
        token = await oauth.exchange("canary-code")
        assert token == server.token(expires_at=clock.in_(3599))
        assert await used(oauth) == token.access_token.reveal()
    stored = await store.load()
    assert stored is not None
    assert stored[0] == told[0] == token


async def test_a_code_begins_a_new_grant_where_the_old_one_is_gone(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        server.end_grant()
        oauth = app(server, store=store)
        with pytest.raises(ReauthorizationRequiredError):
            await used(oauth)
        token = await oauth.exchange("canary-code")
        clock.pass_by(4000)
        assert await used(oauth) == "v1u:canary-access-101"
        assert token.access_token.reveal() == "v1u:canary-access-100"


async def test_a_new_grant_may_have_the_refresh_token_of_the_old_one(clock: Clock) -> None:
    async with TokenServer(INVALID_GRANT) as server:
        oauth = app(server, token=Token(OLD, "1:1:canary-refresh-100", clock.now()))
        with pytest.raises(ReauthorizationRequiredError):
            await used(oauth)
        await oauth.exchange("canary-code")
        clock.pass_by(4000)
        assert await used(oauth) == "v1u:canary-access-101"


async def test_who_writes_the_store_waits_for_the_lease() -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=server.token())
        for begin in (oauth.refresh, lambda: oauth.exchange("canary-code"), oauth.revoke):
            before = len(server.requests)
            async with store.lease():
                task = asyncio.ensure_future(begin())
                await asyncio.wait([task], timeout=0.02)
                assert len(server.requests) == before
            await task
            assert len(server.requests) == before + 1


async def test_a_callback_that_comes_twice_at_once_sends_its_code_once() -> None:
    async with TokenServer() as server:
        oauth = app(server)
        first, second = await asyncio.gather(*(oauth.exchange("canary-code") for _ in range(2)))
        assert first == second
        assert len(server.requests) == 1


async def test_two_codes_at_once_are_both_sent() -> None:
    async with TokenServer() as server:
        oauth = app(server)
        first, second = await asyncio.gather(
            oauth.exchange("canary-code"), oauth.exchange("another"), return_exceptions=True
        )
        assert isinstance(first, Token)
        assert isinstance(second, ReauthorizationRequiredError)
        assert [request.form["code"] for request in server.requests] == ["canary-code", "another"]


async def test_a_callback_that_is_cancelled_does_not_lose_its_grant() -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = app(server)
        callback = asyncio.create_task(oauth.exchange("canary-code"))
        await server.received(1)
        callback.cancel()
        await asyncio.wait([callback])
        server.gate.set()
        await wait_for_refresh(oauth)
        assert await used(oauth) == "v1u:canary-access-100"


async def test_a_code_that_is_not_accepted_changes_nothing(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = lasting(server, clock, 3600)
        with pytest.raises(ReauthorizationRequiredError):
            await oauth.exchange("another")
        assert await used(oauth) == OLD


async def test_refresh_gives_another_token_however_fresh_the_old_one_is(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = lasting(server, clock, 3600)
        tokens = await asyncio.gather(*(oauth.refresh() for _ in range(1000)))
        assert {token.access_token.reveal() for token in tokens} == {NEW}
        assert (await oauth.refresh()).access_token.reveal() == NEWER
        assert await used(oauth) == NEWER


async def test_what_a_refresh_leaves_out_stays_as_it_was(clock: Clock) -> None:
    async with TokenServer(refresh_token=..., scope=..., api_domain=...) as server:
        oauth = lasting(server, clock, 3600)
        token = await oauth.refresh()
        assert token == server.token(
            refresh_token="1:1:canary-refresh-0", expires_at=clock.in_(3599)
        )


async def test_a_grant_that_was_revoked_lets_nobody_in(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(3600)))
        oauth = app(server, store=store)
        await oauth.revoke()
        for _ in range(2):
            with pytest.raises(ReauthorizationRequiredError):
                await used(oauth)
        assert [request.target for request in server.requests] == ["/oauth/revoke"]
        await oauth.exchange("canary-code")
        assert await used(oauth) == "v1u:canary-access-100"


async def test_what_is_revoked_is_the_token_that_is_stored() -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, token=Token("old", "spent"), store=store)
        assert await used(oauth) == "old"
        await store.save(server.token())
        await oauth.revoke()
        [request] = server.requests
    assert request.form["token"] == "1:1:canary-refresh-0"


async def test_a_revocation_that_fails_leaves_the_grant_as_it_was() -> None:
    async with TokenServer(DOWN) as server:
        oauth = app(server, token=server.token())
        with pytest.raises(AuthUnavailableError):
            await oauth.revoke()
        assert await used(oauth) == OLD
