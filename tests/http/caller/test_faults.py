"""Test which failed calls are retried, and which have an unknown outcome."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, TCPConnector

from pipedrive_leads_async import Attempt, LeadsClient, RetryPolicy, Timeouts
from pipedrive_leads_async.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    CertificateError,
    ConnectionFailedError,
    DecodeError,
    GoneError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    PipedriveError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from tests.http.caller.faults import (
    NO_COMPLETE_RESPONSE,
    NOT_EXECUTED,
    NOT_PIPEDRIVE,
    UNKNOWN_OUTCOME,
)
from tests.support.calls import (
    ALL,
    CANARY,
    DONE,
    ID,
    QUICK,
    REPEATABLE,
    Call,
    add,
    client_of,
    delete,
    get,
    update,
)
from tests.support.fake_dns import FakeDNS
from tests.support.raw_server import End, RawServer, failure, http, success

SHORT_READ = Timeouts(read=0.03)

# Retried


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME | NOT_EXECUTED)
async def test_repeatable_call_is_retried(fault: str, call: Call) -> None:
    async with RawServer((UNKNOWN_OUTCOME | NOT_EXECUTED)[fault], DONE) as server:
        async with client_of(server, timeout=SHORT_READ) as client:
            await call(client)
        first, second = server.requests
    assert first.raw == second.raw


@pytest.mark.parametrize("fault", NOT_EXECUTED)
async def test_creation_is_retried_after_a_response_that_proves_it_undone(fault: str) -> None:
    async with RawServer(NOT_EXECUTED[fault], DONE) as server:
        async with client_of(server) as client:
            await add(client)
        assert len(server.requests) == 2


async def test_unsent_creation_is_retried() -> None:
    lookup = FakeDNS(failures=2)
    async with (
        RawServer(DONE) as server,
        ClientSession(connector=TCPConnector(resolver=lookup)) as session,
    ):
        url = server.url.replace("127.0.0.1", "localhost")
        async with LeadsClient(CANARY, base_url=url, session=session, retry=QUICK) as client:
            await add(client)
        assert (len(lookup.names), len(server.requests)) == (3, 1)


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME | NOT_PIPEDRIVE)
async def test_creation_of_unknown_outcome_is_not_retried(fault: str) -> None:
    async with RawServer((UNKNOWN_OUTCOME | NOT_PIPEDRIVE)[fault], DONE) as server:
        async with client_of(server, timeout=SHORT_READ) as client:
            with pytest.raises(OutcomeUnknownError, match="before sending it again") as caught:
                await add(client)
        assert len(server.requests) == 1
    error, cause = caught.value, caught.value.__cause__
    if fault in NOT_PIPEDRIVE:
        assert isinstance(cause, UnexpectedResponseError)
    elif fault in NO_COMPLETE_RESPONSE:
        assert isinstance(cause, TransportError)
        assert cause.sent is True
    else:
        assert isinstance(cause, ServerError)
    assert error.operation == cause.operation == "addLead"
    assert error.attempts == cause.attempts == 1
    assert error.idempotency_key is None


async def test_creation_with_a_too_large_response_is_of_unknown_outcome() -> None:
    async with RawServer((http(201, bytes(33 << 20)), End.HANG)) as server:
        async with client_of(server) as client:
            with pytest.raises(OutcomeUnknownError):
                await add(client)
        assert len(server.requests) == 1


# Not retried


@pytest.mark.parametrize("call", ALL)
async def test_success_false_is_raised_without_a_retry(call: Call) -> None:
    async with RawServer((http(200, b'{"success": false, "error": "nope"}'),)) as server:
        async with client_of(server) as client:
            with pytest.raises(UnexpectedResponseError, match="nope"):
                await call(client)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", [get, update, add])
async def test_successful_call_that_cannot_be_decoded_is_not_retried(call: Call) -> None:
    async with RawServer((success({"id": ID, "title": 5}),)) as server:
        async with client_of(server) as client:
            with pytest.raises(DecodeError) as caught:
                await call(client)
        assert len(server.requests) == 1
    assert caught.value.lead_id == ID


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("fault", NOT_PIPEDRIVE)
async def test_response_that_is_not_json_is_retried(fault: str, call: Call) -> None:
    async with RawServer(NOT_PIPEDRIVE[fault]) as server:
        async with client_of(server) as client:
            with pytest.raises(UnexpectedResponseError):
                await call(client)
        assert len(server.requests) == (1 if fault == "no success key" else 3)


@pytest.mark.parametrize("call", ALL)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, ApiError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, ApiError),
        (409, ApiError),
        (410, GoneError),
        (413, ApiError),
        (415, ApiError),
        (422, BadRequestError),
    ],
)
async def test_refusal_is_raised_without_a_retry(
    status: int, kind: type[ApiError], call: Call
) -> None:
    async with RawServer((failure(status, x_correlation_id="42"),)) as server:
        async with client_of(server) as client:
            with pytest.raises(kind) as caught:
                await call(client)
        assert len(server.requests) == 1
    error = caught.value
    assert (type(error), error.status, error.attempts) == (kind, status, 1)
    assert error.request_id == "42"
    assert str(error).startswith(f"{error.operation}: Pipedrive returned {status}")


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html>", b"error code: 1015", b'{"title": "Forbidden"}', b""]
)
async def test_blocked_client_sends_nothing_more(body: bytes) -> None:
    async with RawServer((http(403, body),)) as server:
        async with client_of(server) as client:
            for attempts, call in zip((1, 0, 0, 0), ALL, strict=True):
                with pytest.raises(BlockedError) as caught:
                    await call(client)
                assert caught.value.attempts == attempts
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_one_attempt_sends_one_request(method: str) -> None:
    async with RawServer(DONE, (End.FIN,)) as server:
        async with client_of(server, retry=RetryPolicy(attempts=1)) as client:
            await client.request("GET", "/v1/users/me")
            with pytest.raises((ConnectionFailedError, OutcomeUnknownError)):
                await client.request(method, "/v1/persons")
        assert [request.method for request in server.requests] == ["GET", method]


async def test_certificate_error_is_not_retried() -> None:
    attempts: list[Attempt] = []
    async with RawServer(on_connect=(http(), End.FIN)) as server:
        url = server.url.replace("http:", "https:")
        async with LeadsClient(CANARY, base_url=url, on_attempt=attempts.append) as client:
            with pytest.raises(CertificateError):
                await get(client)
    assert [attempt.error for attempt in attempts] == ["CertificateError"]


@pytest.mark.parametrize("call", ALL)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(status: int, call: Call) -> None:
    async with RawServer(DONE) as other:
        elsewhere = f"{other.url}/leads?token=x"
        async with RawServer((http(status, location=elsewhere),)) as server:
            async with client_of(server) as client:
                with pytest.raises(PipedriveError) as caught:
                    await call(client)
            assert len(server.requests) == 1
        assert not other.connections
    error: BaseException | None = caught.value
    if status == 303 and call is add:  # "See Other" can follow a completed request
        assert isinstance(error, OutcomeUnknownError)
        error = error.__cause__
    assert isinstance(error, UnexpectedResponseError)
    assert "token" not in str(error)


# Deletions


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME)
async def test_deletion_succeeds_with_404_after_a_lost_response(fault: str) -> None:
    async with (
        RawServer(UNKNOWN_OUTCOME[fault], (failure(404),)) as server,
        client_of(server, timeout=SHORT_READ) as client,
    ):
        assert await client.delete_lead(ID) == ID


@pytest.mark.parametrize("fault", NOT_EXECUTED)
async def test_deletion_fails_with_404_if_no_attempt_can_have_deleted(fault: str) -> None:
    async with RawServer(NOT_EXECUTED[fault], (failure(404),)) as server:
        async with client_of(server) as client:
            with pytest.raises(NotFoundError):
                await delete(client)
        assert len(server.requests) == 2


@pytest.mark.parametrize("between", NOT_EXECUTED)
async def test_deletion_succeeds_with_404_after_an_earlier_lost_response(between: str) -> None:
    responses = [(failure(500),), NOT_EXECUTED[between], (failure(404),)]
    async with RawServer(*responses) as server, client_of(server) as client:
        assert await client.delete_lead(ID) == ID


async def test_deletion_fails_with_the_404_of_a_proxy_after_a_lost_response() -> None:
    page = (http(404, b"<html>nothing here</html>"),)
    async with RawServer((End.FIN,), page) as server, client_of(server) as client:
        with pytest.raises(NotFoundError) as caught:
            await delete(client)
    assert not caught.value.from_api


async def test_update_fails_with_404_after_a_lost_response() -> None:
    async with RawServer((End.FIN,), (failure(404),)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError):
            await update(client)
