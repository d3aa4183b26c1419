"""Test that concurrent calls for one address share one search and add one contact."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AddOrganizationRequest,
    AddPersonRequest,
    BadRequestError,
    ClientClosedError,
    EnsuredPerson,
    LeadsClient,
    OutcomeUnknownError,
    RequestTimeoutError,
    ServerError,
    SessionManager,
)
from pipedrive_leads_async._operations.account_state.state import AccountState
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import operations, sibling
from tests.support.calls import client_of
from tests.support.raw_server import End, RawServer, success
from tests.support.sandbox_api import until

EMAIL: Final = "ann@lee.example"
PHONE: Final = "442079460123"
ANN: Final = AddPersonRequest(name="Ann Lee", emails=[EMAIL])


@pytest.fixture
async def client(sandbox: Sandbox, manager: SessionManager) -> LeadsClient:
    """Return a client whose session manager outlives it."""
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager)


def ensure(
    client: LeadsClient[Any], request: AddPersonRequest = ANN, **options: Any
) -> asyncio.Task[EnsuredPerson]:
    return asyncio.create_task(client.ensure_person(request, **options))


def in_progress(client: LeadsClient[Any]) -> dict[object, object]:
    state: AccountState = vars(client)["_account"]
    works: dict[object, object] = vars(state.contacts)["_in_progress"]
    return works


async def test_concurrent_calls_share_one_search_and_add_one_person(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    others = [sibling(client, sandbox) for _ in range(3)]
    requests = [AddPersonRequest(name=str(n), emails=[f" {EMAIL.upper()}"]) for n in range(3)]
    ensured = await asyncio.gather(ensure(client), *map(ensure, others, requests))
    assert operations(sandbox) == ["searchPersons", "addPerson"]
    assert len({each.person.id for each in ensured}) == 1
    assert sorted(each.created for each in ensured) == [False, False, False, True]
    assert not in_progress(client)


async def test_calls_for_different_addresses_run_concurrently(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("searchPersons", delay=0.2, times=20)
    requests = [AddPersonRequest(name="Ann", emails=[f"{n}@lee.example"]) for n in range(10)]
    ensured = await asyncio.gather(*(ensure(client, request) for request in requests))
    assert all(each.created for each in ensured)
    times = [each.time for each in sandbox.requests if each.operation == "searchPersons"]
    assert max(times) - min(times) < 0.2


async def test_call_with_a_common_address_waits_and_finds_the_person(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    first = ensure(
        client, AddPersonRequest(name="Ann", emails=["a@lee.example", EMAIL], phones=[PHONE])
    )
    await asyncio.sleep(0)
    by_email = ensure(client, AddPersonRequest(name="Bo", emails=[EMAIL, "b@lee.example"]))
    by_phone = ensure(client, AddPersonRequest(name="Cy", phones=[PHONE]), match="phone")
    ensured = await asyncio.gather(first, by_email, by_phone)
    assert [each.created for each in ensured] == [True, False, False]
    assert len({each.person.id for each in ensured}) == 1


async def test_person_found_by_another_address_does_not_serve_a_waiting_call(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    other = sandbox.add_person(emails="b@lee.example")["id"]
    both = ensure(client, AddPersonRequest(name="Ann", emails=[EMAIL, "b@lee.example"]))
    await asyncio.sleep(0)
    ensured = await asyncio.gather(both, ensure(client))
    assert ensured[0].person.id == other
    assert ensured[1].created
    assert ensured[1].person.id != other


async def test_waiting_call_looks_for_its_own_first_address(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    old = sandbox.add_person(emails=EMAIL)["id"]
    new = sandbox.add_person(emails=["a@lee.example", EMAIL])["id"]
    first = ensure(client, AddPersonRequest(name="Ann", emails=["a@lee.example", EMAIL]))
    await asyncio.sleep(0)
    ensured = await asyncio.gather(first, ensure(client))
    assert [each.person.id for each in ensured] == [new, old]
    assert ensured[1].other_ids == (new,)


async def test_cancelled_caller_does_not_cancel_the_others(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", delay=0.1)
    first, second = ensure(client), ensure(client)
    await until(lambda: "addPerson" in operations(sandbox))
    first.cancel()
    assert (await second).created
    assert first.cancelled()
    assert operations(sandbox) == ["searchPersons", "addPerson"]
    assert not in_progress(client)


async def test_last_caller_that_is_cancelled_ends_the_work(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("searchPersons", delay=5.0)
    calls = [ensure(client), ensure(client)]
    await until(lambda: operations(sandbox) == ["searchPersons"])
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert not in_progress(client)


async def test_each_caller_receives_its_own_copy_of_an_error(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", status=400)
    results = await asyncio.gather(ensure(client), ensure(client), return_exceptions=True)
    first, second = results
    assert isinstance(first, BadRequestError)
    assert isinstance(second, BadRequestError)
    assert first is not second
    assert str(first) == str(second)
    assert operations(sandbox) == ["searchPersons", "addPerson"]


async def test_refused_request_does_not_fail_a_different_one(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    wrong = AddPersonRequest(name="Ann", emails=[EMAIL], organization_id=10_000)
    results = await asyncio.gather(
        *(
            ensure(client, request)
            for request in (wrong, ANN, AddPersonRequest(name="Bo", emails=[EMAIL]))
        ),
        return_exceptions=True,
    )
    created = [each.created for each in results if isinstance(each, EnsuredPerson)]
    assert isinstance(results[0], BadRequestError)
    assert sorted(created) == [False, True]
    assert operations(sandbox).count("addPerson") == 2


async def test_call_with_more_attempts_does_not_fail_with_another_one(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("searchPersons", status=503)
    hasty = client.with_options(attempts=1)
    results = await asyncio.gather(ensure(hasty), ensure(client), return_exceptions=True)
    assert isinstance(results[0], ServerError)
    assert isinstance(results[1], EnsuredPerson)
    assert operations(sandbox) == ["searchPersons", "searchPersons", "addPerson"]


async def test_different_calls_share_an_unknown_outcome(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", drop=True)
    other = AddPersonRequest(name="Bo", emails=[EMAIL])
    results = await asyncio.gather(ensure(client), ensure(client, other), return_exceptions=True)
    assert [type(each) for each in results] == [OutcomeUnknownError] * 2
    assert operations(sandbox) == ["searchPersons", "addPerson"]


async def test_call_that_leaves_last_does_not_start_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("searchPersons", delay=5.0)
    first = ensure(client)
    late = ensure(sibling(client, sandbox, timeout=0.1), AddPersonRequest(name="B", emails=[EMAIL]))
    await until(lambda: operations(sandbox) == ["searchPersons"])
    first.cancel()
    with pytest.raises(RequestTimeoutError):
        await late
    assert operations(sandbox) == ["searchPersons"]


async def test_joined_call_ends_at_its_own_deadline(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("searchPersons", delay=0.5)
    patient, hasty = ensure(client), ensure(sibling(client, sandbox, timeout=0.1))
    with pytest.raises(RequestTimeoutError, match=r"^addPerson: .* 0\.1 s") as caught:
        await hasty
    assert caught.value.sent is False
    assert (await patient).created


async def test_call_that_leaves_after_the_person_was_sent_is_of_unknown_outcome(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", delay=0.5)
    patient, hasty = ensure(client), ensure(sibling(client, sandbox, timeout=0.2))
    with pytest.raises(OutcomeUnknownError, match="call ensure_person, which looks for it first"):
        await hasty
    assert (await patient).created


async def test_closed_client_leaves_the_work_to_the_others(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("searchPersons", delay=0.2)
    other = sibling(client, sandbox)
    leaving, staying = ensure(client), ensure(other)
    await until(lambda: operations(sandbox) == ["searchPersons"])
    await client.aclose()
    with pytest.raises(ClientClosedError, match=r"^addPerson: "):
        await leaving
    assert (await staying).created
    with pytest.raises(ClientClosedError):
        await ensure(client)


async def test_organizations_with_one_name_are_added_once(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    requests = [AddOrganizationRequest(name=name) for name in ("Nemo Divers", " nemo DIVERS")]
    ensured = await asyncio.gather(*map(client.ensure_organization, requests))
    assert [each.created for each in ensured] == [True, False]
    assert operations(sandbox) == ["searchOrganization", "addOrganization"]


async def test_work_whose_last_caller_was_cancelled_is_not_joined() -> None:
    page, row = success({"items": []}), success({"id": 7, "name": "Ann"})
    async with RawServer((End.HANG,), (page,), (row,)) as server, client_of(server) as client:
        first = ensure(client)
        await server.received(1)
        first.cancel()
        second = ensure(client)
        assert (await second).person.id == 7
        assert first.cancelled()
