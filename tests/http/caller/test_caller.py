"""Test the deadline and the end of a call, and how its attempts are reported."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import pytest
from aiohttp import ClientSession, TCPConnector

from pipedrive_leads_async import (
    Attempt,
    Governor,
    LeadsClient,
    RetryPolicy,
    SessionManager,
    Timeouts,
)
from pipedrive_leads_async._shared.steps import Steps
from pipedrive_leads_async.errors import (
    ClientClosedError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
)
from tests.support.calls import (
    ALL,
    CANARY,
    DONE,
    ID,
    LEAD,
    Call,
    add,
    client_of,
    delete,
    get,
    update,
)
from tests.support.fake_dns import FakeDNS
from tests.support.raw_server import End, RawServer, ScriptedResponse, failure, success

# Attempts


async def test_last_error_is_raised_after_the_last_attempt() -> None:
    async with RawServer((failure(500),), (failure(502),), (failure(503, "third"),)) as server:
        async with client_of(server) as client:
            with pytest.raises(ServerError, match="third") as caught:
                await get(client)
        assert len(server.requests) == 3
    assert caught.value.attempts == 3
    assert caught.value.__context__ is None


async def test_decode_error_of_a_page_has_the_attempts_of_the_page() -> None:
    page = (success([{"id": ID}]),)
    async with RawServer((failure(500),), page) as server, client_of(server) as client:
        with pytest.raises(DecodeError) as caught:
            await client.get_lead_page()
    assert caught.value.attempts == 2


async def test_creation_that_may_have_happened_is_not_retried() -> None:
    async with RawServer((failure(500),)) as server:
        async with client_of(server) as client:
            with pytest.raises(OutcomeUnknownError) as caught:
                await add(client)
        assert len(server.requests) == 1
    assert isinstance(caught.value.__cause__, ServerError)
    assert str(caught.value) == (
        "addLead: the request was sent but its outcome is unknown: "
        "check with get_leads whether it was carried out before sending it again"
    )


async def test_deletion_with_404_succeeds_only_after_a_lost_response() -> None:
    async with RawServer((failure(500),), (failure(404),)) as server, client_of(server) as client:
        await delete(client)
        with pytest.raises(NotFoundError):
            await delete(client)


# The deadline


async def test_hanging_call_ends_at_its_deadline() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server, timeout=0.1) as client:
        started = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=r"deadline of 0\.1 s") as caught:
            await get(client)
        assert 0.09 < time.monotonic() - started < 1.0
    assert caught.value.sent is None
    assert (caught.value.operation, caught.value.attempts) == ("getLead", 1)
    assert caught.value.__context__ is None


async def test_hanging_creation_is_of_unknown_outcome() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server, timeout=0.05) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await add(client)
    assert isinstance(caught.value.__cause__, RequestTimeoutError)
    assert caught.value.attempts == 1


DECODED: Final[list[tuple[Call, type[PipedriveError]]]] = [
    (get, RequestTimeoutError),
    (update, RequestTimeoutError),
    (add, OutcomeUnknownError),
    (lambda client: anext(client.get_leads()), RequestTimeoutError),
    (lambda client: client.get_lead_fields(), RequestTimeoutError),
]


@pytest.mark.parametrize(("call", "error"), DECODED, ids=["get", "update", "add", "walk", "fields"])
async def test_deadline_ends_the_decoding_of_a_response(
    call: Call, error: type[PipedriveError], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: Steps) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Steps, "next", hang)
    async with RawServer(DONE) as server, client_of(server, timeout=0.3) as client:
        with pytest.raises(error) as caught:
            await call(client)
        assert len(server.requests) == 1
    timeout = caught.value.__cause__ or caught.value
    assert isinstance(timeout, RequestTimeoutError)
    assert timeout.sent is None


async def test_creation_timing_out_before_it_is_sent_is_reported_as_unsent() -> None:
    connector = TCPConnector(resolver=FakeDNS(hangs=True))
    async with ClientSession(connector=connector) as session:
        url = "http://localhost/v1"
        async with LeadsClient(CANARY, base_url=url, session=session, timeout=0.05) as client:
            with pytest.raises(RequestTimeoutError) as caught:
                await add(client)
    assert caught.value.sent is False


async def test_call_timing_out_in_the_queue_is_reported_as_unsent() -> None:
    governor = Governor(max_in_flight=1)
    async with (
        RawServer((End.HANG,)) as server,
        client_of(server, governor=governor) as patient,
        client_of(server, governor=governor, timeout=0.05) as hasty,
    ):
        hanging = asyncio.create_task(get(patient))
        await server.received(1)
        with pytest.raises(RequestTimeoutError) as caught:
            await add(hasty)
        hanging.cancel()
        await asyncio.wait([hanging])
    assert (caught.value.sent, caught.value.attempts) == (False, 0)


async def test_call_with_a_turn_after_its_deadline_is_refused_at_once() -> None:
    full = {"x_ratelimit_limit": "1", "x_ratelimit_remaining": "0", "x_ratelimit_reset": "2"}
    async with RawServer((success(LEAD, **full),)) as server:
        async with client_of(server, timeout=1.0) as client:
            await get(client)
            started = time.monotonic()
            with pytest.raises(RateLimitedError) as caught:
                await get(client)
            assert time.monotonic() - started < 0.5
        assert len(server.requests) == 1
    assert caught.value.attempts == 0


async def test_call_timing_out_after_a_lost_response_may_have_been_sent() -> None:
    governor = Governor(max_in_flight=1)
    async with (
        RawServer((failure(500),), (End.HANG,)) as server,
        client_of(server, governor=governor) as patient,
        client_of(server, governor=governor, timeout=0.1) as hasty,
    ):
        deletion = asyncio.create_task(delete(hasty))
        await server.received(1)
        hanging = asyncio.create_task(get(patient))
        with pytest.raises(RequestTimeoutError) as caught:
            await deletion
        hanging.cancel()
        await asyncio.wait([hanging])
    assert (caught.value.sent, caught.value.attempts) == (None, 1)


async def test_creation_closed_after_a_429_is_not_of_unknown_outcome() -> None:
    responded = asyncio.Event()

    def hook(_: Attempt) -> None:
        responded.set()

    async with RawServer((failure(429, retry_after="60"),)) as server:
        client = client_of(server, on_attempt=hook)
        creation = asyncio.create_task(add(client))
        await responded.wait()
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await creation


async def test_deletion_timing_out_after_a_failed_attempt_may_have_been_sent() -> None:
    async with RawServer((failure(500),), (End.HANG,)) as server:
        async with client_of(server, timeout=0.1) as client:
            with pytest.raises(RequestTimeoutError) as caught:
                await delete(client)
        assert len(server.requests) == 2
    assert (caught.value.sent, caught.value.attempts) == (None, 2)


async def test_retries_end_at_the_deadline() -> None:
    retry = RetryPolicy(attempts=10_000, base=0.02, cap=0.02)
    async with RawServer((failure(503),)) as server:
        async with client_of(server, retry=retry, timeout=0.2) as client:
            started = time.monotonic()
            with pytest.raises((ServerError, RequestTimeoutError)):
                await get(client)
            assert time.monotonic() - started < 1.0
        assert len(server.requests) > 3


async def test_timeouts_exclude_the_wait_for_a_connection_and_a_turn() -> None:
    async with (
        RawServer((0.005, *DONE)) as server,
        SessionManager(connections=1) as manager,
        client_of(server, session=manager, timeout=Timeouts(connect=0.1, read=0.2)) as client,
    ):
        leads = await asyncio.gather(*[get(client) for _ in range(60)])
        assert len(leads) == len(server.requests) == 60
        assert server.connections == 1


# Cancelling and closing


async def test_cancelled_call_ends_at_once_and_releases_its_place() -> None:
    async with (
        RawServer((End.HANG,), DONE) as server,
        SessionManager(connections=1) as manager,
        client_of(server, session=manager, governor=Governor(max_in_flight=1)) as client,
    ):
        call = asyncio.create_task(add(client))
        await server.received(1)
        call.cancel()
        await asyncio.wait([call], timeout=0.0)
        assert call.cancelled()
        assert await get(client)


@pytest.mark.parametrize("shares", [True, False])
async def test_closing_the_client_ends_its_calls(shares: bool) -> None:
    async with RawServer((End.HANG,)) as server, SessionManager() as manager:
        client = client_of(server, session=manager if shares else None)
        tasks = [asyncio.create_task(call(client)) for call in ALL]
        await server.received(len(ALL))
        await client.aclose()
        *repeatable, creation = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(error) for error in repeatable] == [ClientClosedError] * 3
        assert isinstance(creation, OutcomeUnknownError)
        assert isinstance(creation.__cause__, ClientClosedError)
        with pytest.raises(ClientClosedError, match="create a new one") as caught:
            await add(client)
        assert (caught.value.operation, caught.value.attempts) == ("addLead", 0)


async def test_closing_the_client_ends_its_waits() -> None:
    retry = RetryPolicy(base=600, cap=600)
    async with RawServer((failure(500),), (End.HANG,)) as server:
        client = client_of(server, retry=retry, governor=Governor(max_in_flight=1), timeout=6000)
        between_attempts = asyncio.create_task(get(client))
        await server.received(1)
        in_flight = asyncio.create_task(get(client))
        await server.received(2)
        in_queue = asyncio.create_task(add(client))
        await asyncio.sleep(0)
        await client.aclose()
        tasks = (between_attempts, in_flight, in_queue)
        errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [ClientClosedError] * 3


async def test_client_can_be_closed_again_while_its_calls_end() -> None:
    async with RawServer((End.HANG,)) as server, SessionManager() as manager:
        client = client_of(server, session=manager)
        call = asyncio.create_task(get(client))
        await server.received(1)
        for _ in range(5):
            await client.aclose()
            await asyncio.sleep(0)
        with pytest.raises(
            ClientClosedError, match=r"^getLead: the client was closed during the call$"
        ):
            await call


@pytest.mark.parametrize("attempts", [1, 3])
async def test_closing_the_manager_ends_the_calls_of_its_clients(attempts: int) -> None:
    async with RawServer((End.HANG,)) as server:
        manager = SessionManager()
        retry = RetryPolicy(attempts=attempts, base=0.001)
        client = client_of(server, session=manager, retry=retry)
        call = asyncio.create_task(get(client))
        await server.received(1)
        await manager.aclose()
        with pytest.raises(ClientClosedError):
            await call


# Reports of attempts


async def test_each_attempt_is_reported() -> None:
    reported: list[Attempt] = []
    responses: list[ScriptedResponse] = [(End.FIN,), (failure(500, x_correlation_id="a"),), DONE]
    async with (
        RawServer(*responses) as server,
        client_of(server, on_attempt=reported.append) as client,
    ):
        await get(client)
    assert [(a.number, a.status, a.error, a.request_id) for a in reported] == [
        (1, None, "ConnectionFailedError", None),
        (2, 500, "ServerError", "a"),
        (3, 200, None, None),
    ]
    assert {attempt.operation for attempt in reported} == {"getLead"}
    assert all(0 < attempt.seconds < 5 for attempt in reported)


async def test_attempt_is_reported_if_nothing_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reported: list[Attempt] = []
    caplog.set_level(logging.WARNING, logger="pipedrive_leads_async")
    async with RawServer(DONE) as server, client_of(server, on_attempt=reported.append) as client:
        await get(client)
    assert [attempt.status for attempt in reported] == [200]


async def test_response_that_cannot_be_decoded_is_reported_with_its_status() -> None:
    reported: list[Attempt] = []
    async with (
        RawServer((success({}),)) as server,
        client_of(server, on_attempt=reported.append) as client,
    ):
        with pytest.raises(DecodeError):
            await get(client)
    assert [(attempt.status, attempt.error) for attempt in reported] == [(200, "DecodeError")]


async def test_attempt_cut_off_by_the_deadline_is_reported() -> None:
    reported: list[Attempt] = []
    async with (
        RawServer((End.HANG,)) as server,
        client_of(server, on_attempt=reported.append, timeout=0.05) as client,
    ):
        with pytest.raises(RequestTimeoutError):
            await get(client)
    assert [(attempt.status, attempt.error) for attempt in reported] == [(None, "CancelledError")]
