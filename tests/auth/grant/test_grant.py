"""Test when a grant refreshes its token, and which token it supplies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async._http.base_url import BaseUrl
from pipedrive_leads_async.auth import OAuth2, Token
from pipedrive_leads_async.auth._grant import Grant
from pipedrive_leads_async.errors import (
    AuthenticationError,
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
from tests.support.calls import DONE, QUICK, get
from tests.support.raw_server import RawServer, failure
from tests.support.token_server import API_DOMAIN, DOWN, INVALID_GRANT, Fault, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# The token of a request


async def test_fresh_token_is_used_without_a_refresh(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 3600, store=store)
        for _ in range(3):
            assert await access_token_of(oauth) == OLD
            clock.advance(1000)
        assert not server.requests
    assert store.calls == ["load"]


async def test_token_is_refreshed_in_the_background_before_its_end(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 3600)
        assert await access_token_of(oauth) == OLD
        clock.advance(3299)
        assert await access_token_of(oauth) == OLD
        assert not server.requests
        clock.advance(1)
        server.gate.clear()
        assert [await access_token_of(oauth) for _ in range(5)] == [OLD] * 5
        server.gate.set()
        await wait_for_refresh(oauth)
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1


@pytest.mark.parametrize(("random", "seconds"), [(0.0, 300), (0.5, 270), (1.0, 240)])
async def test_start_of_the_background_refresh_is_random(
    random: float, seconds: float, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grant, "_random", staticmethod(lambda: random))
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, seconds + 1)
        for refreshes in (0, 1):
            assert await access_token_of(oauth) == OLD
            await wait_for_refresh(oauth)
            assert server.refreshes == refreshes
            clock.advance(1)


async def test_calls_after_the_end_of_the_token_share_one_refresh(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 0)
        assert await asyncio.gather(*(access_token_of(oauth) for _ in range(1000))) == [NEW] * 1000
        assert server.refreshes == 1


async def test_call_after_the_end_joins_the_background_refresh(clock: Clock) -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = expiring_in(server, clock, 10)
        assert await access_token_of(oauth) == OLD
        clock.advance(10)
        waiter = asyncio.create_task(access_token_of(oauth))
        await server.received(1)
        server.gate.set()
        assert await waiter == NEW
        await wait_for_refresh(oauth)
        assert server.refreshes == 1


async def test_token_without_an_end_is_used_until_it_is_refused() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        assert await access_token_of(oauth) == OLD
        renewed = await renew(oauth, await authorization_of(oauth))
        assert renewed is not None
        assert renewed.value == f"Bearer {NEW}"


@pytest.mark.parametrize("expires_in", [0, -5, ..., "soon"])
async def test_response_without_a_lifetime_causes_one_refresh(
    expires_in: Any, clock: Clock
) -> None:
    async with TokenServer(expires_in=expires_in) as server:
        oauth = expiring_in(server, clock, 0)
        assert [await access_token_of(oauth) for _ in range(5)] == [NEW] * 5
        await wait_for_refresh(oauth)
        assert server.refreshes == 1


async def test_tokens_of_one_minute_are_refreshed_once_a_half_minute(clock: Clock) -> None:
    async with TokenServer(expires_in=60) as server:
        oauth = expiring_in(server, clock, 0)
        for _ in range(60):
            await access_token_of(oauth)
            await wait_for_refresh(oauth)
            clock.advance(1)
        assert server.refreshes == 2


async def test_token_of_the_real_clocks_is_used_until_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    async with TokenServer() as server:
        oauth = app(server, token=server.token(expires_at=1.0))
        assert await access_token_of(oauth) == NEW
        assert await access_token_of(oauth) == NEW
        assert server.refreshes == 1


@pytest.mark.parametrize("days", [-1, 1])
async def test_wrong_wall_clock_causes_no_further_refresh(days: float, clock: Clock) -> None:
    clock.shift_wall_clock(days)
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 0)
        for _ in range(10):
            assert await access_token_of(oauth) == NEW
            clock.advance(300)
        assert server.refreshes == 1


@pytest.mark.parametrize("days", [-1, 1])
async def test_jump_of_the_wall_clock_causes_no_refresh(days: float, clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = expiring_in(server, clock, 3600)
        assert await access_token_of(oauth) == OLD
        clock.shift_wall_clock(days)
        assert await access_token_of(oauth) == OLD
        await wait_for_refresh(oauth)
        assert not server.requests


async def test_stored_token_of_another_wall_clock_causes_one_refresh(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(3600)))
        clock.shift_wall_clock(days=1)
        oauth = app(server, store=store)
        for _ in range(10):
            assert await access_token_of(oauth) == NEW
            clock.advance(300)
        assert server.refreshes == 1


# Cancelled waiters


async def test_cancelling_one_waiter_does_not_cancel_the_refresh(clock: Clock) -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = expiring_in(server, clock, 0)
        first, second = (asyncio.create_task(access_token_of(oauth)) for _ in range(2))
        await server.received(1)
        first.cancel()
        await asyncio.wait([first])
        server.gate.set()
        assert await second == NEW
        assert first.cancelled()
        assert server.refreshes == 1


async def test_token_is_saved_after_its_last_waiter_was_cancelled(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        server.gate.clear()
        oauth = expiring_in(server, clock, 0, store=store)
        waiter = asyncio.create_task(access_token_of(oauth))
        await server.received(1)
        waiter.cancel()
        await asyncio.wait([waiter])
        server.gate.set()
        await wait_for_refresh(oauth)
        assert server.refreshes == 1
    stored = await store.load()
    assert stored is not None
    assert stored[0].access_token.reveal() == NEW


def test_grant_works_in_one_event_loop_after_another(clock: Clock) -> None:
    oauths: list[OAuth2] = []

    async def first() -> None:
        async with TokenServer() as server:
            oauths.append(expiring_in(server, clock, 0))
            assert await access_token_of(oauths[0]) == NEW

    async def second() -> None:
        assert await access_token_of(oauths[0]) == NEW

    asyncio.run(first())
    asyncio.run(second())


# After a 401


async def test_refused_token_is_replaced_once_for_all_callers() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        renewed = await asyncio.gather(*(renew(oauth, refused) for _ in range(300)))
        assert {authorization and authorization.value for authorization in renewed} == {
            f"Bearer {NEW}"
        }
        assert server.refreshes == 1


async def test_late_401_of_a_replaced_token_causes_no_refresh() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        await oauth.refresh()
        renewed = await renew(oauth, refused)
        assert renewed is await authorization_of(oauth)
        assert server.refreshes == 1


async def test_refused_new_token_is_not_replaced_for_300_seconds(clock: Clock) -> None:
    async with TokenServer(expires_in=...) as server:
        oauth = app(server, token=server.token())
        await oauth.refresh()
        for _ in range(3):
            assert await renew(oauth, await authorization_of(oauth)) is None
        clock.advance(299)
        assert await renew(oauth, await authorization_of(oauth)) is None
        assert server.refreshes == 1
        clock.advance(1)  # the token is no longer new
        assert await renew(oauth, await authorization_of(oauth)) is not None
        assert server.refreshes == 2


async def test_refused_new_token_that_was_accepted_before_is_replaced() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        await oauth.refresh()
        (await authorization_of(oauth)).proved = True
        renewed = await renew(oauth, await authorization_of(oauth))
        assert renewed is not None
        assert not renewed.proved
        assert renewed.value == f"Bearer {NEWER}"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(DOWN, AuthUnavailableError), (INVALID_GRANT, ReauthorizationRequiredError)],
)
async def test_error_of_the_refresh_after_a_401_is_raised(
    fault: Fault, kind: type[Exception]
) -> None:
    async with TokenServer(fault, fault) as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        with pytest.raises(kind):
            await renew(oauth, refused)


async def test_calls_that_are_always_refused_cause_one_refresh() -> None:
    async with TokenServer() as server, RawServer((failure(401),)) as pipedrive:
        oauth = app(server, token=server.token())
        async with LeadsClient(oauth, base_url=pipedrive.url, retry=QUICK) as client:
            errors = await asyncio.gather(
                *(get(client) for _ in range(300)), return_exceptions=True
            )
            assert {type(error) for error in errors} == {AuthenticationError}
            assert len(pipedrive.requests) <= 600
            with pytest.raises(AuthenticationError):
                await get(client)
        assert server.refreshes == 1


async def test_call_with_a_token_that_ended_early_succeeds_with_the_next() -> None:
    async with (
        TokenServer() as server,
        RawServer((failure(401),), DONE, (failure(401),), DONE) as pipedrive,
    ):
        oauth = app(server, token=server.token())
        async with LeadsClient(oauth, base_url=pipedrive.url, retry=QUICK) as client:
            for _ in range(2):
                await get(client)
        sent = [request.headers["authorization"] for request in pipedrive.requests]
        assert sent == [f"Bearer {token}" for token in (OLD, NEW, NEW, NEWER)]


# The URL of the account


async def test_base_url_is_the_api_domain_of_the_current_token(clock: Clock) -> None:
    async with TokenServer(api_domain="https://moved.pipedrive.com") as server:
        oauth = expiring_in(server, clock, 10)
        before = await authorization_of(oauth)
        await wait_for_refresh(oauth)
        after = await authorization_of(oauth)
    assert before.base_url == BaseUrl.parse(API_DOMAIN)
    assert after.base_url == BaseUrl.parse("https://moved.pipedrive.com")


async def test_token_without_api_domain_has_no_base_url() -> None:
    assert (await authorization_of(app("http://127.0.0.1", token=Token("x")))).base_url is None


@pytest.mark.parametrize("api_domain", ["https://evil.com", "https://a.pipedrive.com@evil.com"])
async def test_api_domain_of_a_stored_token_cannot_be_another_host(
    api_domain: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store()
    await store.save(Token("x", expires_at=clock.in_(10), api_domain=api_domain))
    async with TokenServer() as server:
        oauth = app(server, store=store)
        assert (await authorization_of(oauth)).base_url is None
        assert "https://<company>.pipedrive.com" in caplog.text
        await wait_for_refresh(oauth)
        await oauth.exchange("canary-code")
        await store.save(Token("y", api_domain=api_domain))
        clock.advance(4000)
        authorization = await authorization_of(oauth)
    assert authorization.value == "Bearer y"
    assert authorization.base_url == BaseUrl.parse(API_DOMAIN)
