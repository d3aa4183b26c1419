"""Test `exchange`, `refresh` and `revoke` of a grant."""

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
    access_token_of,
    app,
    expiring_in,
    wait_for_refresh,
)
from tests.support.token_server import DOWN, INVALID_GRANT, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


async def test_exchange_starts_a_grant(clock: Clock) -> None:
    store, published = Store(), list[Token]()
    async with TokenServer() as server:
        oauth = app(server, store=store, on_token_update=published.append)
        token = await oauth.exchange("canary-code")
        assert token == server.token(expires_at=clock.in_(3599))
        assert await access_token_of(oauth) == token.access_token.reveal()
    stored = await store.load()
    assert stored is not None
    assert stored[0] == published[0] == token


async def test_exchange_starts_a_new_grant_after_the_old_one_has_ended(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.now()))
        server.end_grant()
        oauth = app(server, store=store)
        with pytest.raises(ReauthorizationRequiredError):
            await access_token_of(oauth)
        token = await oauth.exchange("canary-code")
        clock.advance(4000)
        assert await access_token_of(oauth) == "v1u:canary-access-101"
        assert token.access_token.reveal() == "v1u:canary-access-100"


async def test_new_grant_with_the_refused_refresh_token_is_refreshed(clock: Clock) -> None:
    async with TokenServer(INVALID_GRANT) as server:
        oauth = app(server, token=Token(OLD, "1:1:canary-refresh-100", clock.now()))
        with pytest.raises(ReauthorizationRequiredError):
            await access_token_of(oauth)
        await oauth.exchange("canary-code")
        clock.advance(4000)
        assert await access_token_of(oauth) == "v1u:canary-access-101"


async def test_exchange_refresh_and_revoke_wait_for_the_lease() -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, store=store, token=server.token())
        for call in (oauth.refresh, lambda: oauth.exchange("canary-code"), oauth.revoke):
            before = len(server.requests)
            async with store.lease():
                task = asyncio.ensure_future(call())
                await asyncio.wait([task], timeout=0.02)
                assert len(server.requests) == before
            await task
            assert len(server.requests) == before + 1


async def test_concurrent_exchanges_of_one_code_send_it_once() -> None:
    async with TokenServer() as server:
        oauth = app(server)
        first, second = await asyncio.gather(*(oauth.exchange("canary-code") for _ in range(2)))
        assert first == second
        assert len(server.requests) == 1


async def test_concurrent_exchanges_of_two_codes_send_both() -> None:
    async with TokenServer() as server:
        oauth = app(server)
        first, second = await asyncio.gather(
            oauth.exchange("canary-code"), oauth.exchange("another"), return_exceptions=True
        )
        assert isinstance(first, Token)
        assert isinstance(second, ReauthorizationRequiredError)
        assert [request.form["code"] for request in server.requests] == ["canary-code", "another"]


async def test_cancelled_exchange_still_starts_the_grant() -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = app(server)
        exchange = asyncio.create_task(oauth.exchange("canary-code"))
        await server.received(1)
        exchange.cancel()
        await asyncio.wait([exchange])
        server.gate.set()
        await wait_for_refresh(oauth)
        assert await access_token_of(oauth) == "v1u:canary-access-100"


async def test_refused_code_keeps_the_current_token(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 3600)
        with pytest.raises(ReauthorizationRequiredError):
            await oauth.exchange("another")
        assert await access_token_of(oauth) == OLD


async def test_refresh_replaces_a_token_that_is_still_fresh(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 3600)
        tokens = await asyncio.gather(*(oauth.refresh() for _ in range(1000)))
        assert {token.access_token.reveal() for token in tokens} == {NEW}
        assert (await oauth.refresh()).access_token.reveal() == NEWER
        assert await access_token_of(oauth) == NEWER


async def test_refresh_keeps_attributes_missing_in_the_response(clock: Clock) -> None:
    async with TokenServer(refresh_token=..., scope=..., api_domain=...) as server:
        oauth = expiring_in(server, clock, 3600)
        token = await oauth.refresh()
        assert token == server.token(
            refresh_token="1:1:canary-refresh-0", expires_at=clock.in_(3599)
        )


async def test_revoked_grant_supplies_no_token(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(3600)))
        oauth = app(server, store=store)
        await oauth.revoke()
        for _ in range(2):
            with pytest.raises(ReauthorizationRequiredError):
                await access_token_of(oauth)
        assert [request.target for request in server.requests] == ["/oauth/revoke"]
        await oauth.exchange("canary-code")
        assert await access_token_of(oauth) == "v1u:canary-access-100"


async def test_revoke_sends_the_stored_token() -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = app(server, token=Token("old", "spent"), store=store)
        assert await access_token_of(oauth) == "old"
        await store.save(server.token())
        await oauth.revoke()
        [request] = server.requests
    assert request.form["token"] == "1:1:canary-refresh-0"


async def test_failed_revocation_keeps_the_grant() -> None:
    async with TokenServer(DOWN) as server:
        oauth = app(server, token=server.token())
        with pytest.raises(AuthUnavailableError):
            await oauth.revoke()
        assert await access_token_of(oauth) == OLD
