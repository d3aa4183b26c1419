"""Test a grant whose host fails, or which Pipedrive has ended."""

from __future__ import annotations

import asyncio
import logging

import pytest

from pipedrive_leads_async.auth import Token
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
    expiring_in,
    wait_for_refresh,
)
from tests.support.token_server import DOWN, INVALID_GRANT, LOST, Fault, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# The host fails


async def test_failed_background_refresh_is_logged_and_repeated_after_a_pause(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(*[DOWN] * 4) as server:
        oauth = expiring_in(server, clock, 200)
        for failures in (1, 2):
            for _ in range(5):
                assert await access_token_of(oauth) == OLD
                await wait_for_refresh(oauth)
                clock.advance(1)
            assert server.refreshes == 2 * failures  # each refresh sends two requests
            assert len(caplog.records) == failures
            clock.advance(25)
        assert await access_token_of(oauth) == OLD
        await wait_for_refresh(oauth)
        assert await access_token_of(oauth) == NEW
    for record in caplog.records:
        assert (record.name, record.levelno) == ("pipedrive_leads_async", logging.WARNING)
        assert record.message.startswith(
            "the access token could not be refreshed; it is used until it ends: "
            "AuthUnavailableError: Pipedrive's OAuth host sent no usable response"
        )


async def test_background_refresh_longer_than_the_pause_is_logged_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(DOWN, DOWN) as server:
        server.gate.clear()
        oauth = expiring_in(server, clock, 200)
        for _ in range(3):
            assert await access_token_of(oauth) == OLD
            clock.advance(40)
        server.gate.set()
        await wait_for_refresh(oauth)
        assert server.refreshes == 2
    assert len(caplog.records) == 1


def test_background_refresh_that_ends_with_its_loop_is_not_logged(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(Store):
        async def load(self) -> tuple[Token, int] | None:
            if self.calls:
                await asyncio.Event().wait()
            return await super().load()

    async def use_once() -> None:
        token = Token(OLD, expires_at=clock.in_(10))
        assert await access_token_of(app("http://127.0.0.1", token=token, store=Stuck())) == OLD
        await asyncio.sleep(0)

    asyncio.run(use_once())
    assert not caplog.records


async def test_failed_refresh_of_an_ended_token_is_raised_and_repeated(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(DOWN, DOWN) as server:
        oauth = expiring_in(server, clock, 0)
        calls = [asyncio.create_task(access_token_of(oauth)) for _ in range(3)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in errors] == [AuthUnavailableError] * 3
        assert len({id(error) for error in errors}) == 3
        assert server.refreshes == 2
        assert await access_token_of(oauth) == NEW
    assert not caplog.records


async def test_token_stored_meanwhile_is_used_after_a_failed_refresh(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer(DOWN, DOWN) as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        waiter = asyncio.create_task(access_token_of(app(server, store=store)))
        await server.received(1)
        await store.save(Token("another"))
        server.gate.set()
        assert await waiter == "another"


async def test_lost_response_keeps_the_grant_if_the_refresh_is_repeated(clock: Clock) -> None:
    async with TokenServer(LOST, forgives=True) as server:
        oauth = expiring_in(server, clock, 0)
        assert await access_token_of(oauth) == NEW
        clock.advance(4000)
        assert await access_token_of(oauth) == NEWER


async def test_retry_after_of_the_host_is_respected(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(Fault(429, headers={"retry-after": "100"})) as server:
        oauth = expiring_in(server, clock, 0)
        for waited, left, message in (
            (0, 100, "returned 429"),
            (60, 40, "asked to wait another 40.0 s"),
            (39, 1, "asked to wait another 1.0 s"),
        ):
            clock.advance(waited)
            pattern = f"^Pipedrive's OAuth host {message}$"
            with pytest.raises(AuthUnavailableError, match=pattern) as caught:
                await access_token_of(oauth)
            assert caught.value.retry_after == left
        assert server.refreshes == 1
        clock.advance(1)
        assert await access_token_of(oauth) == NEW
    assert not caplog.records


@pytest.mark.parametrize(("headers", "seconds"), [({"retry-after": "1e9"}, 300), ({}, 0)])
async def test_retry_after_of_the_host_is_respected_for_300_seconds_at_most(
    headers: dict[str, str], seconds: float, clock: Clock
) -> None:
    async with TokenServer(Fault(429, headers=headers)) as server:
        oauth = expiring_in(server, clock, 0)
        with pytest.raises(AuthUnavailableError):
            await access_token_of(oauth)
        clock.advance(seconds)
        assert await access_token_of(oauth) == NEW


async def test_refused_app_is_an_error_with_the_text_of_the_host(clock: Clock) -> None:
    async with TokenServer(Fault(401, {"error": "invalid_client"})) as server:
        oauth = expiring_in(server, clock, 0)
        with pytest.raises(AuthenticationError, match="invalid_client"):
            await access_token_of(oauth)
        assert await access_token_of(oauth) == NEW


# The grant has ended


async def test_refused_refresh_token_is_sent_once_and_stays_stored(clock: Clock) -> None:
    store = Store()
    async with TokenServer() as server:
        token = server.token(expires_at=clock.now())
        await store.save(token)
        server.end_grant()
        oauth = app(server, store=store)
        for _ in range(3):
            with pytest.raises(
                ReauthorizationRequiredError, match=r"send the user to authorization_url\(\)"
            ):
                await access_token_of(oauth)
        assert server.refreshes == 1
        stored = await store.load()
        assert stored is not None
        assert stored[0] == token
        await store.save(Token("another"))
        assert await access_token_of(oauth) == "another"
        assert server.refreshes == 1


async def test_token_stored_meanwhile_is_used_after_a_refused_refresh(clock: Clock) -> None:
    store = Store()
    async with TokenServer(INVALID_GRANT) as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        waiter = asyncio.create_task(access_token_of(app(server, store=store)))
        await server.received(1)
        await store.save(Token("another"))
        server.gate.set()
        assert await waiter == "another"


async def test_refused_background_refresh_is_logged_until_the_token_ends(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(INVALID_GRANT) as server:
        oauth = expiring_in(server, clock, 200)
        for _ in range(2):
            assert await access_token_of(oauth) == OLD
            await wait_for_refresh(oauth)
            clock.advance(30)
        assert server.refreshes == 1
        assert caplog.text.count("ReauthorizationRequiredError") == 2
        clock.advance(200)
        with pytest.raises(ReauthorizationRequiredError):
            await access_token_of(oauth)
        assert server.refreshes == 1


async def test_stored_token_without_refresh_token_ends_after_a_refused_one(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer(INVALID_GRANT) as server:
        oauth = expiring_in(server, clock, 0, store=store)
        with pytest.raises(ReauthorizationRequiredError):
            await access_token_of(oauth)
        await store.save(Token("another", expires_at=clock.in_(10)))
        assert await access_token_of(oauth) == "another"
        clock.advance(10)
        with pytest.raises(ReauthorizationRequiredError, match="there is no valid refresh token"):
            await access_token_of(oauth)
        assert server.refreshes == 1


async def test_token_without_a_refresh_token_ends(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = app(server, token=Token("mine", expires_at=clock.in_(400)))
        assert await access_token_of(oauth) == "mine"
        clock.advance(400)
        with pytest.raises(ReauthorizationRequiredError) as caught:
            await access_token_of(oauth)
        assert not server.requests
    assert str(caught.value) == (
        "the access token has ended and there is no valid refresh token: "
        "send the user to authorization_url(), then call exchange()"
    )
