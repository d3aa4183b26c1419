"""A token is kept fresh: once for all who want it, whoever of them leaves."""

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
    app,
    authorization_of,
    lasting,
    renew,
    used,
    wait_for_refresh,
)
from tests.support.calls import DONE, QUICK, get
from tests.support.raw_server import RawServer, failure
from tests.support.token_server import API_DOMAIN, DOWN, INVALID_GRANT, Fault, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# Which token a request is sent with


async def test_a_token_is_used_as_long_as_it_is_fresh(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        oauth = lasting(server, clock, 3600, store=store)
        for _ in range(3):
            assert await used(oauth) == OLD
            clock.pass_by(1000)
        assert not server.requests
    assert store.done == ["load"]


async def test_before_its_end_a_token_is_replaced_while_it_is_used(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = lasting(server, clock, 3600)
        assert await used(oauth) == OLD
        clock.pass_by(3299)
        assert await used(oauth) == OLD
        assert not server.requests
        clock.pass_by(1)
        server.gate.clear()
        assert [await used(oauth) for _ in range(5)] == [OLD] * 5
        server.gate.set()
        await wait_for_refresh(oauth)
        assert await used(oauth) == NEW
        assert server.refreshes == 1


@pytest.mark.parametrize(("random", "seconds"), [(0.0, 300), (0.5, 270), (1.0, 240)])
async def test_not_all_workers_replace_it_at_the_same_moment(
    random: float, seconds: float, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grant, "_random", staticmethod(lambda: random))
    async with TokenServer() as server:
        oauth = lasting(server, clock, seconds + 1)
        for refreshes in (0, 1):
            assert await used(oauth) == OLD
            await wait_for_refresh(oauth)
            assert server.refreshes == refreshes
            clock.pass_by(1)


async def test_a_thousand_calls_after_its_end_wait_for_one_refresh(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = lasting(server, clock, 0)
        assert await asyncio.gather(*(used(oauth) for _ in range(1000))) == [NEW] * 1000
        assert server.refreshes == 1


async def test_a_token_that_ends_while_it_is_replaced_costs_one_refresh(clock: Clock) -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = lasting(server, clock, 10)
        assert await used(oauth) == OLD
        clock.pass_by(10)
        waiter = asyncio.create_task(used(oauth))
        await server.received(1)
        server.gate.set()
        assert await waiter == NEW
        await wait_for_refresh(oauth)
        assert server.refreshes == 1


async def test_a_token_of_unknown_end_is_used_until_it_is_refused() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        assert await used(oauth) == OLD
        renewed = await renew(oauth, await authorization_of(oauth))
        assert renewed is not None
        assert renewed.value == f"Bearer {NEW}"


@pytest.mark.parametrize("expires_in", [0, -5, ..., "soon"])
async def test_an_answer_that_does_not_say_how_long_makes_no_storm(
    expires_in: Any, clock: Clock
) -> None:
    async with TokenServer(expires_in=expires_in) as server:
        oauth = lasting(server, clock, 0)
        assert [await used(oauth) for _ in range(5)] == [NEW] * 5
        await wait_for_refresh(oauth)
        assert server.refreshes == 1


async def test_tokens_that_last_for_a_minute_make_no_storm(clock: Clock) -> None:
    async with TokenServer(expires_in=60) as server:
        oauth = lasting(server, clock, 0)
        for _ in range(60):
            await used(oauth)
            await wait_for_refresh(oauth)
            clock.pass_by(1)
        assert server.refreshes == 2


async def test_a_token_lasts_by_the_real_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    async with TokenServer() as server:
        oauth = app(server, token=server.token(expires_at=1.0))
        assert await used(oauth) == NEW
        assert await used(oauth) == NEW
        assert server.refreshes == 1


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_wall_clock_that_is_a_day_wrong_costs_nothing(days: float, clock: Clock) -> None:
    clock.set_wrong_by(days)
    async with TokenServer() as server:
        oauth = lasting(server, clock, 0)
        for _ in range(10):
            assert await used(oauth) == NEW
            clock.pass_by(300)
        assert server.refreshes == 1


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_wall_clock_that_jumps_by_a_day_costs_nothing(days: float, clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = lasting(server, clock, 3600)
        assert await used(oauth) == OLD
        clock.set_wrong_by(days)
        assert await used(oauth) == OLD
        await wait_for_refresh(oauth)
        assert not server.requests


async def test_a_stored_token_that_another_clock_dated_costs_one_refresh_at_most(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer() as server:
        await store.save(server.token(expires_at=clock.in_(3600)))
        clock.set_wrong_by(days=1)
        oauth = app(server, store=store)
        for _ in range(10):
            assert await used(oauth) == NEW
            clock.pass_by(300)
        assert server.refreshes == 1


# Who waits, and who leaves


async def test_who_is_cancelled_does_not_take_the_token_from_the_others(clock: Clock) -> None:
    async with TokenServer() as server:
        server.gate.clear()
        oauth = lasting(server, clock, 0)
        first, second = (asyncio.create_task(used(oauth)) for _ in range(2))
        await server.received(1)
        first.cancel()
        await asyncio.wait([first])
        server.gate.set()
        assert await second == NEW
        assert first.cancelled()
        assert server.refreshes == 1


async def test_a_token_is_saved_also_when_nobody_waits_for_it_any_more(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        server.gate.clear()
        oauth = lasting(server, clock, 0, store=store)
        waiter = asyncio.create_task(used(oauth))
        await server.received(1)
        waiter.cancel()
        await asyncio.wait([waiter])
        server.gate.set()
        await wait_for_refresh(oauth)
        assert server.refreshes == 1
    stored = await store.load()
    assert stored is not None
    assert stored[0].access_token.reveal() == NEW


def test_a_grant_serves_one_event_loop_after_another(clock: Clock) -> None:
    oauths: list[OAuth2] = []

    async def first() -> None:
        async with TokenServer() as server:
            oauths.append(lasting(server, clock, 0))
            assert await used(oauths[0]) == NEW

    async def second() -> None:
        assert await used(oauths[0]) == NEW

    asyncio.run(first())
    asyncio.run(second())


# After an answer of 401


async def test_a_token_that_is_refused_is_replaced_once() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        renewed = await asyncio.gather(*(renew(oauth, refused) for _ in range(1000)))
        assert {authorization and authorization.value for authorization in renewed} == {
            f"Bearer {NEW}"
        }
        assert server.refreshes == 1


async def test_a_token_that_was_replaced_already_is_not_replaced_for_a_late_401() -> None:
    async with TokenServer() as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        await oauth.refresh()
        renewed = await renew(oauth, refused)
        assert renewed is await authorization_of(oauth)
        assert server.refreshes == 1


async def test_a_new_token_that_is_refused_too_is_not_replaced(clock: Clock) -> None:
    async with TokenServer(expires_in=...) as server:
        oauth = app(server, token=server.token())
        await oauth.refresh()
        for _ in range(3):
            assert await renew(oauth, await authorization_of(oauth)) is None
        clock.pass_by(299)
        assert await renew(oauth, await authorization_of(oauth)) is None
        assert server.refreshes == 1
        clock.pass_by(1)  # it is new no more
        assert await renew(oauth, await authorization_of(oauth)) is not None
        assert server.refreshes == 2


async def test_a_new_token_that_was_good_once_is_replaced_when_it_is_refused() -> None:
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
async def test_what_keeps_a_refused_token_from_being_replaced_is_told(
    fault: Fault, kind: type[Exception]
) -> None:
    async with TokenServer(fault, fault) as server:
        oauth = app(server, token=server.token())
        refused = await authorization_of(oauth)
        with pytest.raises(kind):
            await renew(oauth, refused)


async def test_a_thousand_calls_that_are_refused_for_ever_cost_one_refresh() -> None:
    async with TokenServer() as server, RawServer((failure(401),)) as pipedrive:
        oauth = app(server, token=server.token())
        async with LeadsClient(oauth, base_url=pipedrive.url, retry=QUICK) as client:
            errors = await asyncio.gather(
                *(get(client) for _ in range(1000)), return_exceptions=True
            )
            assert {type(error) for error in errors} == {AuthenticationError}
            assert len(pipedrive.requests) <= 2000
            with pytest.raises(AuthenticationError):
                await get(client)
        assert server.refreshes == 1


async def test_a_call_whose_token_was_ended_early_succeeds_with_the_next() -> None:
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


# Where the account is


async def test_requests_go_where_the_account_is(clock: Clock) -> None:
    async with TokenServer(api_domain="https://moved.pipedrive.com") as server:
        oauth = lasting(server, clock, 10)
        before = await authorization_of(oauth)
        await wait_for_refresh(oauth)
        after = await authorization_of(oauth)
    assert before.base_url == BaseUrl.parse(API_DOMAIN)
    assert after.base_url == BaseUrl.parse("https://moved.pipedrive.com")


async def test_a_token_that_does_not_say_where_the_account_is_leaves_it_open() -> None:
    assert (await authorization_of(app("http://127.0.0.1", token=Token("x")))).base_url is None


@pytest.mark.parametrize("api_domain", ["https://evil.com", "https://a.pipedrive.com@evil.com"])
async def test_a_stored_token_does_not_send_requests_elsewhere(
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
        clock.pass_by(4000)
        authorization = await authorization_of(oauth)
    assert authorization.value == "Bearer y"
    assert authorization.base_url == BaseUrl.parse(API_DOMAIN)
