"""What becomes of a grant while its host fails, or when it is gone."""

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
    app,
    lasting,
    used,
    wait_for_refresh,
)
from tests.support.token_server import DOWN, INVALID_GRANT, LOST, Fault, TokenServer


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.set(monkeypatch)


# When the host fails


async def test_while_the_old_token_lives_a_failure_is_logged_and_not_tried_at_every_call(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(*[DOWN] * 4) as server:
        oauth = lasting(server, clock, 200)
        for failures in (1, 2):
            for _ in range(5):
                assert await used(oauth) == OLD
                await wait_for_refresh(oauth)
                clock.pass_by(1)
            assert server.refreshes == 2 * failures  # each once more at once
            assert len(caplog.records) == failures
            clock.pass_by(25)
        assert await used(oauth) == OLD
        await wait_for_refresh(oauth)
        assert await used(oauth) == NEW
    for record in caplog.records:
        assert (record.name, record.levelno) == ("pipedrive_leads_async", logging.WARNING)
        assert record.message.startswith(
            "the access token could not be refreshed; it is used until it ends: "
            "AuthUnavailableError: Pipedrive's OAuth host sent no usable response"
        )


async def test_an_attempt_that_lasts_long_is_logged_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(DOWN, DOWN) as server:
        server.gate.clear()
        oauth = lasting(server, clock, 200)
        for _ in range(3):
            assert await used(oauth) == OLD
            clock.pass_by(40)
        server.gate.set()
        await wait_for_refresh(oauth)
        assert server.refreshes == 2
    assert len(caplog.records) == 1


def test_an_attempt_that_ends_with_its_event_loop_is_not_logged(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(Store):
        async def load(self) -> tuple[Token, int] | None:
            if self.done:
                await asyncio.Event().wait()
            return await super().load()

    async def leave() -> None:
        token = Token(OLD, expires_at=clock.in_(10))
        assert await used(app("http://127.0.0.1", token=token, store=Stuck())) == OLD
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert not caplog.records


async def test_after_its_end_a_failure_is_the_calls_and_the_next_call_tries_again(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(DOWN, DOWN) as server:
        oauth = lasting(server, clock, 0)
        calls = [asyncio.create_task(used(oauth)) for _ in range(3)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in errors] == [AuthUnavailableError] * 3
        assert len({id(error) for error in errors}) == 3
        assert server.refreshes == 2
        assert await used(oauth) == NEW
    assert not caplog.records


async def test_after_a_lost_answer_a_token_that_was_stored_meanwhile_is_taken_over(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer(DOWN, DOWN) as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        waiter = asyncio.create_task(used(app(server, store=store)))
        await server.received(1)
        await store.save(Token("another"))
        server.gate.set()
        assert await waiter == "another"


async def test_a_lost_answer_loses_no_grant_where_the_host_forgives(clock: Clock) -> None:
    async with TokenServer(LOST, forgives=True) as server:
        oauth = lasting(server, clock, 0)
        assert await used(oauth) == NEW
        clock.pass_by(4000)
        assert await used(oauth) == NEWER


async def test_the_host_is_given_the_time_that_it_asks_for(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(Fault(429, headers={"retry-after": "100"})) as server:
        oauth = lasting(server, clock, 0)
        for waited, left, what in (
            (0, 100, "answered 429"),
            (60, 40, "asked to wait another 40.0 s"),
            (39, 1, "asked to wait another 1.0 s"),
        ):
            clock.pass_by(waited)
            told = f"^Pipedrive's OAuth host {what}$"
            with pytest.raises(AuthUnavailableError, match=told) as caught:
                await used(oauth)
            assert caught.value.retry_after == left
        assert server.refreshes == 1
        clock.pass_by(1)
        assert await used(oauth) == NEW
    assert not caplog.records


@pytest.mark.parametrize(("asked", "heeded"), [({"retry-after": "1e9"}, 300), ({}, 0)])
async def test_the_host_is_not_heeded_for_ever(
    asked: dict[str, str], heeded: float, clock: Clock
) -> None:
    async with TokenServer(Fault(429, headers=asked)) as server:
        oauth = lasting(server, clock, 0)
        with pytest.raises(AuthUnavailableError):
            await used(oauth)
        clock.pass_by(heeded)
        assert await used(oauth) == NEW


async def test_what_the_host_refuses_of_the_app_is_told_in_its_words(clock: Clock) -> None:
    async with TokenServer(Fault(401, {"error": "invalid_client"})) as server:
        oauth = lasting(server, clock, 0)
        with pytest.raises(AuthenticationError, match="invalid_client"):
            await used(oauth)
        assert await used(oauth) == NEW


# When the grant is gone


async def test_a_grant_that_is_gone_is_asked_for_once_and_its_token_stays(clock: Clock) -> None:
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
                await used(oauth)
        assert server.refreshes == 1
        stored = await store.load()
        assert stored is not None
        assert stored[0] == token
        await store.save(Token("another"))
        assert await used(oauth) == "another"
        assert server.refreshes == 1


async def test_a_grant_is_not_gone_where_another_has_stored_its_next_token(clock: Clock) -> None:
    store = Store()
    async with TokenServer(INVALID_GRANT) as server:
        await store.save(server.token(expires_at=clock.now()))
        server.gate.clear()
        waiter = asyncio.create_task(used(app(server, store=store)))
        await server.received(1)
        await store.save(Token("another"))
        server.gate.set()
        assert await waiter == "another"


async def test_while_the_access_token_lives_a_grant_that_is_gone_is_only_logged(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with TokenServer(INVALID_GRANT) as server:
        oauth = lasting(server, clock, 200)
        for _ in range(2):
            assert await used(oauth) == OLD
            await wait_for_refresh(oauth)
            clock.pass_by(30)
        assert server.refreshes == 1
        assert caplog.text.count("ReauthorizationRequiredError") == 2
        clock.pass_by(200)
        with pytest.raises(ReauthorizationRequiredError):
            await used(oauth)
        assert server.refreshes == 1


async def test_after_a_grant_that_is_gone_a_stored_token_without_a_refresh_token_ends_too(
    clock: Clock,
) -> None:
    store = Store()
    async with TokenServer(INVALID_GRANT) as server:
        oauth = lasting(server, clock, 0, store=store)
        with pytest.raises(ReauthorizationRequiredError):
            await used(oauth)
        await store.save(Token("another", expires_at=clock.in_(10)))
        assert await used(oauth) == "another"
        clock.pass_by(10)
        with pytest.raises(ReauthorizationRequiredError, match="there is no valid refresh token"):
            await used(oauth)
        assert server.refreshes == 1


async def test_a_token_without_a_refresh_token_ends(clock: Clock) -> None:
    async with TokenServer() as server:
        oauth = app(server, token=Token("mine", expires_at=clock.in_(400)))
        assert await used(oauth) == "mine"
        clock.pass_by(400)
        with pytest.raises(ReauthorizationRequiredError) as caught:
            await used(oauth)
        assert not server.requests
    assert str(caught.value) == (
        "the access token has ended and there is no valid refresh token: "
        "send the user to authorization_url(), then call exchange()"
    )
