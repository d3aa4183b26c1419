"""Test how `Creations` shares a creation in progress between its callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from pipedrive_leads_async import AddLeadRequest, InvalidRequestError, LeadsClient
from pipedrive_leads_async._http.caller import Caller
from pipedrive_leads_async._http.deadline import Deadline
from pipedrive_leads_async._operations.account_state.creations import Creations, KeyedLead
from pipedrive_leads_async._operations.account_state.shared_work import SharedWork
from pipedrive_leads_async._operations.account_state.uncertain_keys import UncertainKeys
from pipedrive_leads_async._shared.bounded import MAX_ENTRIES

KEY = ("origin_id", "order-1234")
REQUEST = AddLeadRequest(title="Big order", person_id=42)
OTHER = AddLeadRequest(title="Small order", person_id=42)


class Account:
    """An account whose creations end when `finish` is set; each returns its number."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.creations = Creations(UncertainKeys(lambda: 0.0))
        self.finish = asyncio.Event()
        self.started = 0

    async def create(self, _: Caller) -> KeyedLead:
        self.started += 1
        number = self.started
        await self.finish.wait()
        return KeyedLead(row=number, created=True, operation="addLead")

    async def fail(self, _: Caller) -> KeyedLead:
        raise ZeroDivisionError

    def join(
        self, request: AddLeadRequest = REQUEST, key: tuple[str, str] = KEY, work: Any = None
    ) -> asyncio.Task[tuple[int, bool]]:
        async def join() -> tuple[int, bool]:
            lead, is_first = await self.creations.join(
                key,
                request,
                lambda: SharedWork(self.caller, work or self.create),
                caller=self.caller,
                deadline=Deadline(60.0),
            )
            return lead.row, is_first

        return asyncio.create_task(join())


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    async with LeadsClient("token") as client:
        yield Account(vars(client)["_caller"])


async def outcomes(*calls: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


async def test_all_callers_receive_one_result_and_one_receives_it_first(account: Account) -> None:
    calls = [account.join() for _ in range(3)]
    account.finish.set()
    assert sorted(await asyncio.gather(*calls)) == [(1, False), (1, False), (1, True)]


async def test_finished_creation_is_not_returned_again(account: Account) -> None:
    account.finish.set()
    assert [await account.join(), await account.join(OTHER)] == [(1, True), (2, True)]


async def test_same_key_in_another_property_is_another_creation(account: Account) -> None:
    calls = account.join(), account.join(OTHER, ("a field", KEY[1]))
    account.finish.set()
    assert [*await asyncio.gather(*calls)] == [(1, True), (2, True)]


async def test_different_request_is_refused_while_a_caller_still_waits(account: Account) -> None:
    leaving, waiting = account.join(), account.join()
    await asyncio.sleep(0)
    leaving.cancel()
    [left, refused] = await outcomes(leaving, account.join(OTHER))
    assert isinstance(left, asyncio.CancelledError)
    assert isinstance(refused, InvalidRequestError)
    assert str(refused) == (
        "idempotency_key 'order-1234' belongs to a different request that is in progress: "
        "make the key of each request unique"
    )
    account.finish.set()
    assert await waiting == (1, True)


@pytest.mark.parametrize("request_", [REQUEST, OTHER], ids=["same request", "different request"])
async def test_caller_during_a_cancellation_starts_a_new_creation(
    account: Account, request_: AddLeadRequest
) -> None:
    leaving = account.join()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)  # its cancellation has started, but has not ended
    joined = account.join(request_)
    assert not leaving.done()
    account.finish.set()
    [left, created] = await outcomes(leaving, joined)
    assert isinstance(left, asyncio.CancelledError)
    assert created == (2, True)


async def test_error_is_raised_in_every_waiter_and_is_not_kept(account: Account) -> None:
    errors = await outcomes(*(account.join(work=account.fail) for _ in range(3)))
    assert [type(error) for error in errors] == [ZeroDivisionError] * 3
    account.finish.set()
    assert await account.join(OTHER) == (1, True)


async def test_at_most_10_000_creations_are_known(account: Account) -> None:
    calls = [account.join(key=("origin_id", str(n))) for n in range(MAX_ENTRIES + 1)]
    await asyncio.sleep(0)
    assert len(vars(account.creations)["_in_progress"]) == MAX_ENTRIES
    account.finish.set()
    assert {is_first for _, is_first in await asyncio.gather(*calls)} == {True}
    assert not vars(account.creations)["_in_progress"]
