"""Test how concurrent calls of `get_names` share requests, and that little is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient, RequestTimeoutError, ServerError, SessionManager
from pipedrive_leads_async._http import reference
from pipedrive_leads_async._http.caller import Caller
from pipedrive_leads_async._operations.account_state.known_names import (
    ListedNames,
    NamesById,
    Source,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.names.named_leads import ids_in, lead_of, leads_of_persons, operations_in
from tests.support.calls import QUICK
from tests.support.sandbox_api import until


def requested(sandbox: Sandbox, count: int) -> bool:
    return len(sandbox.requests) >= count


async def test_concurrent_calls_share_their_requests(sandbox: Sandbox) -> None:
    lead = lead_of(owner_id=sandbox.users[0].id, person_id=1, organization_id=1)
    async with SessionManager() as manager:
        clients = [
            LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) for _ in range(5)
        ]
        found = await asyncio.gather(*(client.get_names(lead) for client in clients * 2))
        assert all(names == found[0] for names in found)
        assert found[0].person(lead)
    assert sorted(map(str, operations_in(sandbox))) == [
        "getOrganizations",
        "getPersons",
        "getUsers",
    ]


async def test_overlapping_calls_request_each_person_once(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getPersons", times=1, delay=0.05)
    first = asyncio.create_task(client.get_names(leads_of_persons(*range(1, 31))))
    await until(lambda: requested(sandbox, 1))
    names = await client.get_names(leads_of_persons(*range(20, 41)))
    assert names.persons.keys() == set(range(20, 41))
    assert (await first).persons.keys() == set(range(1, 31))
    assert ids_in(sandbox) == [list(range(1, 31)), list(range(31, 41))]


async def test_overlapping_calls_fill_their_requests(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getPersons", delay=0.05)
    odd, even = list(range(1, 200, 2)), list(range(2, 201, 2))
    first = asyncio.create_task(client.get_names(leads_of_persons(*odd)))
    await until(lambda: requested(sandbox, 1))
    await client.get_names(leads_of_persons(*odd, *even))
    await first
    assert ids_in(sandbox) == [odd, even]


async def test_names_arrive_although_the_call_that_requested_them_is_cancelled(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getPersons", delay=0.05)
    calls = [asyncio.create_task(client.get_names(leads_of_persons(1, 2))) for _ in range(3)]
    await until(lambda: requested(sandbox, 1))
    await asyncio.sleep(0)
    calls[0].cancel()
    for call in calls[1:]:
        assert (await call).persons.keys() == {1, 2}
    assert calls[0].cancelled()
    assert len(sandbox.requests) == 1


async def test_cancelled_call_leaves_nothing_behind(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getPersons", delay=0.05)
    call = asyncio.create_task(client.get_names(leads_of_persons(1, 2)))
    await until(lambda: requested(sandbox, 1))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await client.get_names(leads_of_persons(1, 2))).persons.keys() == {1, 2}


async def test_error_of_a_shared_request_is_raised_by_each_call(sandbox: Sandbox) -> None:
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=QUICK) as client:
        sandbox.fail("getPersons", status=500, times=3)
        calls = (client.get_names(leads_of_persons(1, n)) for n in (2, 2, 2))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [ServerError] * 3
        assert len({id(result) for result in results}) == 3
        assert len(sandbox.requests) == 3
        assert (await client.get_names(leads_of_persons(1, 2))).persons.keys() == {1, 2}


async def test_unknown_owner_is_read_again_once_by_concurrent_calls(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    await client.get_names(lead_of(owner_id=sandbox.users[0].id))
    new = lead_of(owner_id=sandbox.add_user("Ann Lee").id)
    found = await asyncio.gather(*(client.get_names(new) for _ in range(5)))
    assert {names.owner(new) for names in found} == {"Ann Lee"}
    assert operations_in(sandbox) == ["getUsers"] * 2


async def test_owners_that_are_unknown_to_a_shared_read_share_the_next_one(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getUsers", delay=0.05)
    leads = [lead_of(owner_id=id) for id in (sandbox.users[0].id, 5, 6)]
    first = asyncio.create_task(client.get_names(leads[0]))
    await until(lambda: requested(sandbox, 1))
    for _ in range(2):
        await asyncio.gather(*(client.get_names(lead) for lead in leads))
    assert (await first).owner(leads[0]) == "Aino Kask"
    assert operations_in(sandbox) == ["getUsers"] * 2


@pytest.mark.parametrize(
    ("link", "operation"), [("owner_id", "getUsers"), ("person_id", "getPersons")]
)
async def test_each_call_leaves_a_shared_request_at_its_own_deadline(
    client: LeadsClient, sandbox: Sandbox, link: str, operation: str
) -> None:
    sandbox.fail(operation, delay=0.2)
    lead = lead_of(**{link: 1})
    patient = asyncio.create_task(client.get_names(lead))
    await until(lambda: requested(sandbox, 1))
    with pytest.raises(RequestTimeoutError, match=f"^{operation}: "):
        await client.with_options(timeout=0.01).get_names(lead)
    names = await patient
    assert names.owners or names.persons
    assert len(sandbox.requests) == 1


# How much is remembered


class Counted:
    """A source of the names of all ids below a million, which counts what it reads."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def read(self, _: Caller, ids: Collection[int]) -> Mapping[int, str]:
        self.batches.append(list(ids))
        await asyncio.sleep(0)
        return {id: f"Person {id}" for id in ids if id < 1_000_000}

    @property
    def source(self) -> Source[int]:
        return Source(reference.GET_PERSONS, self.read)


def caller_of(client: LeadsClient) -> Caller:
    caller: Caller = vars(client)["_caller"]
    return caller


async def test_10_000_persons_are_remembered(client: LeadsClient) -> None:
    persons, counted, caller = NamesById(), Counted(), caller_of(client)

    async def get(ids: Collection[int]) -> Mapping[int, str]:
        counted.batches.clear()
        return await persons.get(counted.source, caller, ids, refresh=False)

    assert len(await get(range(12_345))) == 12_345
    assert [len(batch) for batch in counted.batches] == [100] * 123 + [45]
    assert len(await get(range(12_345))) == 12_345
    assert 23 <= len(counted.batches) <= 27
    assert len(await get(range(20_000, 20_010))) == 10
    assert len(await get(range(20_000, 20_010))) == 10
    assert not counted.batches
    for name in ("_names", "_in_progress"):
        kept: dict[int, Any] = vars(persons)[name]
        assert len(kept) <= 10_000


async def test_more_than_10_000_unknown_owners_are_not_all_remembered(client: LeadsClient) -> None:
    owners, counted, caller = ListedNames[int](), Counted(), caller_of(client)
    unknown = range(2_000_000, 2_012_000)
    assert await owners.get(counted.source, caller, unknown, refresh=False) == {}
    absent: dict[int, Any] = vars(owners)["_absent"]
    assert len(absent) == 10_000
