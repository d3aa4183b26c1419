"""Test what `ensure_person` does after a request for a new person had an unknown outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

import pytest

from pipedrive_leads_async import (
    AddOrganizationRequest,
    AddPersonRequest,
    Attempt,
    BadRequestError,
    DecodeError,
    LeadsClient,
    OutcomeUnknownError,
    RetryPolicy,
    TransportError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import operations
from tests.support.calls import client_of
from tests.support.clock import Clock, ClockedSessionManager
from tests.support.raw_server import RawServer, success
from tests.support.sandbox_api import until

EMAIL: Final = "ann@lee.example"
ANN: Final = AddPersonRequest(name="Ann Lee", emails=[EMAIL], phones=["442079460123"])


class StoppedClock(Clock):
    """A clock that only a test puts forward, so that a wait has the same length on any machine."""

    def __call__(self) -> float:
        return self._skipped


@pytest.fixture
def clock() -> Clock:
    return StoppedClock()


@pytest.fixture
async def client(sandbox: Sandbox, clock: Clock) -> AsyncIterator[LeadsClient]:
    """Return a client whose account has the clock of the test, with a deadline of 5 seconds."""
    async with ClockedSessionManager(clock) as manager:
        yield LeadsClient(
            sandbox.api_token,
            base_url=sandbox.url,
            session=manager,
            timeout=5.0,
            retry=RetryPolicy(base=0.001),
        )


def count(sandbox: Sandbox) -> int:
    return str(sandbox.persons).count(EMAIL)


async def lose(client: LeadsClient, sandbox: Sandbox, *, after_commit: bool) -> None:
    """Send a person whose response is lost."""
    sandbox.fail("addPerson", drop=True, after_commit=after_commit)
    with pytest.raises(OutcomeUnknownError, match=r"call ensure_person, which looks for it first$"):
        await client.ensure_person(ANN)


async def test_unknown_outcome_is_an_error_and_nothing_is_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.ensure_person(ANN)
    assert (caught.value.operation, caught.value.attempts) == ("addPerson", 1)
    assert isinstance(caught.value.__cause__, TransportError)
    assert caught.value.idempotency_key is None
    assert operations(sandbox) == ["searchPersons", "addPerson"]


async def test_repeated_call_finds_the_person_that_was_added(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    await lose(client, sandbox, after_commit=True)
    ensured = await client.ensure_person(ANN)
    assert not ensured.created
    assert count(sandbox) == 1
    assert operations(sandbox)[2:] == ["getPersons", "searchPersons", "getPerson"]
    assert sandbox.requests[2].query == {
        "sort_by": "id",
        "sort_direction": "desc",
        "limit": "500",
    }
    await client.ensure_person(ANN)
    assert operations(sandbox)[5:] == ["searchPersons", "getPerson"]  # it is certain now


async def test_repeated_call_by_phone_finds_the_person_too(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    await lose(client, sandbox, after_commit=True)
    request = AddPersonRequest(name="Bo", phones=["+44 20 7946 0123"])
    assert not (await client.ensure_person(request, match="phone")).created


async def test_repeated_call_adds_nothing_while_the_request_may_arrive(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    await lose(client, sandbox, after_commit=False)
    with pytest.raises(OutcomeUnknownError, match="call ensure_person in 30 s") as caught:
        await client.ensure_person(ANN)
    assert (caught.value.operation, caught.value.attempts) == ("addPerson", 0)
    assert operations(sandbox)[2:] == ["getPersons"]
    assert count(sandbox) == 0


async def test_repeated_call_adds_the_person_when_the_request_cannot_arrive(
    client: LeadsClient, sandbox: Sandbox, clock: Clock
) -> None:
    await lose(client, sandbox, after_commit=False)
    clock.skip(31)
    assert (await client.ensure_person(ANN)).created
    assert operations(sandbox)[2:] == ["getPersons", "searchPersons", "addPerson"]
    assert count(sandbox) == 1


async def test_repeated_call_waits_for_the_request_and_looks_again(
    client: LeadsClient, sandbox: Sandbox, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    late: list[int] = []

    def arrive(attempt: Attempt) -> None:
        if attempt.operation == "getPersons" and not late:
            late.append(sandbox.add_person(emails=EMAIL)["id"])

    sandbox.stall_search_index()
    await lose(client, sandbox, after_commit=False)
    clock.skip(29.9)
    with caplog.at_level(logging.INFO, "pipedrive_leads_async"):
        ensured = await client.with_options(on_attempt=arrive).ensure_person(ANN)
    assert [ensured.person.id] == late
    assert operations(sandbox)[2:] == ["getPersons", "getPersons", "searchPersons", "getPerson"]
    assert "the outcome of an earlier request is unknown: look for its contact" in caplog.text
    assert count(sandbox) == 1


async def test_longer_settle_time_of_the_user_is_kept(
    sandbox: Sandbox, client: LeadsClient, clock: Clock
) -> None:
    await lose(client, sandbox, after_commit=False)
    clock.skip(31)
    settling = LeadsClient(
        sandbox.api_token,
        base_url=sandbox.url,
        session=vars(client)["_manager"],
        timeout=5.0,
        retry=RetryPolicy(settle=60),
    )
    with pytest.raises(OutcomeUnknownError, match="in 29 s"):
        await settling.ensure_person(ANN)


async def test_newest_persons_are_read_once_when_the_outcome_is_certain(clock: Clock) -> None:
    nothing = success({"items": []})
    found = success({"items": [{"item": {"id": 7, "name": "Ann"}}]})
    row = success({"id": 7, "name": "Ann", "emails": [{"value": EMAIL}]})
    malformed, newest = success({"id": 8}), success([])
    bodies = (nothing, malformed, newest, found, row, found, row)
    async with (
        RawServer(*((body,) for body in bodies)) as server,
        ClockedSessionManager(clock) as manager,
    ):
        client = client_of(server, session=manager)
        with pytest.raises(DecodeError):
            await client.ensure_person(ANN)
        clock.skip(31)
        for _ in range(2):
            assert (await client.ensure_person(ANN)).person.id == 7
    paths = [request.target.partition("?")[0] for request in server.requests]
    assert paths.count("/api/v2/persons") == 2  # the creation, and one list


async def test_cancelled_call_whose_request_was_sent_is_looked_for(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", delay=0.1, after_commit=True)
    ensuring = asyncio.create_task(client.ensure_person(ANN))
    await until(lambda: count(sandbox) == 1)
    ensuring.cancel()
    await asyncio.gather(ensuring, return_exceptions=True)
    sandbox.stall_search_index()
    assert not (await client.ensure_person(ANN)).created
    assert count(sandbox) == 1


async def test_added_person_of_unknown_outcome_is_found_by_the_next_call(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    sandbox.fail("addPerson", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="call ensure_person"):
        await client.add_person(ANN)
    assert not (await client.ensure_person(ANN)).created


@pytest.mark.parametrize(
    ("emails", "is_found"), [("bo@lee.example", True), (f" {EMAIL.upper()}", False)]
)
async def test_malformed_person_among_the_newest_is_left_out_unless_it_may_match(
    emails: str, is_found: bool
) -> None:
    row = {"id": 7, "name": "Ann", "emails": [{"value": EMAIL}]}
    malformed = {"id": 8, "name": None, "emails": [{"value": emails, "primary": True}]}
    nothing = success({"items": []})
    bodies = [nothing, success(row | {"name": 5}), success([malformed, row]), nothing, success(row)]
    async with RawServer(*((each,) for each in bodies)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^addPerson: "):
            await client.ensure_person(ANN)
        if is_found:
            assert (await client.ensure_person(ANN)).person.id == 7
        else:
            with pytest.raises(DecodeError, match=r"^getPersons: .*name"):
                await client.ensure_person(ANN)


async def test_refused_request_does_not_settle_an_earlier_one(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    sandbox.fail("addPerson", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError):
        await client.add_person(ANN)
    sandbox.fail("addPerson", status=400)
    with pytest.raises(BadRequestError):
        await client.add_person(ANN)
    assert not (await client.ensure_person(ANN)).created
    assert count(sandbox) == 1


async def test_refused_organization_does_not_settle_an_earlier_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    request = AddOrganizationRequest(name="Nemo Divers")
    sandbox.fail("addOrganization", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError):
        await client.add_organization(request)
    sandbox.fail("addOrganization", status=400)
    with pytest.raises(BadRequestError):
        await client.add_organization(request)
    assert not (await client.ensure_organization(request)).created


async def test_added_person_without_an_address_must_be_looked_for_by_hand(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", drop=True)
    with pytest.raises(OutcomeUnknownError, match="check whether it was carried out"):
        await client.add_person(AddPersonRequest(name="Ann"))


async def test_person_whose_response_is_malformed_is_found_by_the_next_call() -> None:
    nothing = success({"items": []})
    row = {"id": 7, "name": "Ann", "emails": [{"value": EMAIL}]}
    newest = success([{"id": 8, "name": "Bo"}, row, row | {"id": 6, "is_deleted": True}])
    responses = [nothing, success(row | {"name": 5}), newest, nothing, success(row)]
    async with (
        RawServer(*((response,) for response in responses)) as server,
        client_of(server) as client,
    ):
        with pytest.raises(DecodeError, match=r"^addPerson: "):
            await client.ensure_person(ANN)
        assert (await client.ensure_person(ANN)).person.id == 7
    assert [request.method for request in server.requests] == ["GET", "POST", "GET", "GET", "GET"]
