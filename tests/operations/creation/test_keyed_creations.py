"""Test how `Creations` shares a creation in progress between its callers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from pipedrive_leads_async import AddLeadRequest, InvalidRequestError
from pipedrive_leads_async._operations.creation.keyed_creations import Creations

KEY = "order-1234"
REQUEST = AddLeadRequest(title="Big order", person_id=42)
OTHER = AddLeadRequest(title="Small order", person_id=42)


class Account:
    """An account whose creations end when `finish` is set; each returns its number."""

    def __init__(self) -> None:
        self.creations = Creations[int]()
        self.finish = asyncio.Event()
        self.started = 0

    async def create(self) -> int:
        self.started += 1
        number = self.started
        await self.finish.wait()
        return number

    def join(self, request: AddLeadRequest = REQUEST) -> asyncio.Task[tuple[int, bool]]:
        return asyncio.create_task(self.creations.join(KEY, request, self.create))


async def outcomes(*calls: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


async def test_all_callers_receive_one_result_and_one_receives_it_first() -> None:
    account = Account()
    calls = [account.join() for _ in range(3)]
    account.finish.set()
    assert sorted(await asyncio.gather(*calls)) == [(1, False), (1, False), (1, True)]


async def test_finished_creation_is_not_returned_again() -> None:
    account = Account()
    account.finish.set()
    assert [await account.join(), await account.join(OTHER)] == [(1, True), (2, True)]


async def test_different_request_is_refused_while_a_caller_still_waits() -> None:
    account = Account()
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
    request_: AddLeadRequest,
) -> None:
    account = Account()
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


async def test_error_is_raised_in_every_waiter_and_is_not_kept() -> None:
    creations = Creations[int]()

    async def fail() -> int:
        raise ZeroDivisionError

    async def create() -> int:
        return 5

    errors = await outcomes(*(creations.join(KEY, REQUEST, fail) for _ in range(3)))
    assert [type(error) for error in errors] == [ZeroDivisionError] * 3
    assert await creations.join(KEY, OTHER, create) == (5, True)
