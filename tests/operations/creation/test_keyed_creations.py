"""Creations under way: who asks for one gets that one, unless nothing will come of it."""

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
    """Numbers what it creates, once it is let go."""

    def __init__(self) -> None:
        self.creations = Creations[int]()
        self.go_on = asyncio.Event()
        self.begun = 0

    async def create(self) -> int:
        self.begun += 1
        number = self.begun
        await self.go_on.wait()
        return number

    def ask(self, request: AddLeadRequest = REQUEST) -> asyncio.Task[tuple[int, bool]]:
        return asyncio.create_task(self.creations.once(KEY, request, self.create))


async def outcomes(*asked: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*asked, return_exceptions=True))


async def test_all_who_ask_get_what_is_created_and_one_gets_it_first() -> None:
    account = Account()
    asked = [account.ask() for _ in range(3)]
    account.go_on.set()
    assert sorted(await asyncio.gather(*asked)) == [(1, False), (1, False), (1, True)]


async def test_what_was_created_is_not_given_again() -> None:
    account = Account()
    account.go_on.set()
    assert [await account.ask(), await account.ask(OTHER)] == [(1, True), (2, True)]


async def test_another_request_is_refused_while_some_still_wait() -> None:
    account = Account()
    leaving, waiting = account.ask(), account.ask()
    await asyncio.sleep(0)
    leaving.cancel()
    [left, refused] = await outcomes(leaving, account.ask(OTHER))
    assert isinstance(left, asyncio.CancelledError)
    assert isinstance(refused, InvalidRequestError)
    assert str(refused) == (
        "idempotency_key 'order-1234' belongs to another request that is under way: "
        "give each creation a key of its own"
    )
    account.go_on.set()
    assert await waiting == (1, True)


@pytest.mark.parametrize("request_", [REQUEST, OTHER], ids=["the same", "another"])
async def test_who_asks_while_a_creation_is_given_up_gets_one_of_his_own(
    request_: AddLeadRequest,
) -> None:
    account = Account()
    leaving = account.ask()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)  # it is leaving, and has not left
    asked = account.ask(request_)
    assert not leaving.done()
    account.go_on.set()
    [left, created] = await outcomes(leaving, asked)
    assert isinstance(left, asyncio.CancelledError)
    assert created == (2, True)


async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    creations = Creations[int]()

    async def fail() -> int:
        raise ZeroDivisionError

    async def create() -> int:
        return 5

    errors = await outcomes(*(creations.once(KEY, REQUEST, fail) for _ in range(3)))
    assert [type(error) for error in errors] == [ZeroDivisionError] * 3
    assert await creations.once(KEY, OTHER, create) == (5, True)
