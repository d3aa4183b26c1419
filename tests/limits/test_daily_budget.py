"""A governor sends nothing once the daily budget is used up, or the account is blocked."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from pipedrive_leads_async.errors import ApiError, BlockedError, NotFoundError, RateLimitedError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from tests.limits.governor_clock import Account, daily, iterations, jumping, now

BARRIERS = pytest.mark.parametrize(
    ("error", "closed"),
    [
        (ExhaustedError(retry_after=3939.0), 3939.0),
        (ExhaustedError(), 900.0),
        (ExhaustedError(retry_after=1.7e9), 900.0),
        (BlockedError(retry_after=1.0), 300.0),
    ],
)


@BARRIERS
@jumping
async def test_nothing_is_sent_until_one_request_that_tries_opens_the_way(
    error: ApiError, closed: float
) -> None:
    account = Account(max_in_flight=2)
    slow = [account.begin(5.0), account.begin(5.0)]
    await iterations(1)
    waiting = [account.begin(search=search) for search in (False, True) * 5]
    await asyncio.sleep(1.0)
    account.heed(error)
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert ({type(one) for one in told}, now()) == ({type(error)}, 1.0)
    await asyncio.gather(*slow)  # answers to what was sent before open nothing
    account.heed(ExhaustedError(retry_after=0.5))  # nor does what lasts shorter
    assert (await account.refuses(type(error), search=True)).retry_after == closed - 4.0
    await asyncio.sleep(closed - 4.0)
    probe = account.begin(1.0)
    await iterations(1)
    assert (await account.refuses(type(error))).retry_after is None
    await probe
    assert await account.burst(2) == [closed + 2.0] * 2


@BARRIERS
@pytest.mark.parametrize("inside", [False, True])
@jumping
async def test_a_try_that_gets_the_same_answer_closes_the_way_again(
    error: ApiError, closed: float, inside: bool
) -> None:
    account = Account()
    account.heed(error)
    await asyncio.sleep(closed)
    async with account.admission(operation="getLeads", cost=20, patience=inf):
        await asyncio.sleep(0.5)
        if inside:
            account.heed(error)
    if not inside:
        account.heed(error)
    await account.refuses(type(error))
    await asyncio.sleep(closed - 1.0)
    await account.refuses(type(error))
    await asyncio.sleep(1.0)
    assert await account.send() == now()


@pytest.mark.parametrize(
    ("failure", "opens"), [(OSError, False), (asyncio.CancelledError, False), (NotFoundError, True)]
)
@jumping
async def test_a_try_without_an_answer_leaves_it_to_the_next(
    failure: type[BaseException], opens: bool
) -> None:
    account = Account()
    account.heed(BlockedError())
    await asyncio.sleep(300.0)
    with pytest.raises(failure):
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            raise failure
    async with account.admission(operation="getLeads", cost=20, patience=inf):
        if opens:
            assert await account.send() == 300.0
        else:
            await account.refuses(BlockedError)


@jumping
async def test_of_many_that_wait_to_try_one_does() -> None:
    account = Account(limit=1)
    account.heed(ExhaustedError(retry_after=1.0))
    account.heed(RateLimitedError(retry_after=2.0))
    await asyncio.sleep(1.0)
    tries = [account.begin(1.0) for _ in range(5)]
    first, *others = await asyncio.gather(*tries, return_exceptions=True)
    assert first == 2.0
    assert {type(other) for other in others} == {ExhaustedError}


@jumping
async def test_a_reserve_of_the_daily_budget_is_kept_to_the_token() -> None:
    account = Account(keep_daily_tokens=1000)
    account.observe(daily(1079))
    slow = account.begin(2.0)
    await account.send(headers=daily(1059))  # an answer that tells what is left
    await account.send()  # and one that does not
    error = await account.refuses(ExhaustedError)
    assert error.retry_after == 900.0
    assert "keep_daily_tokens=1000" in str(error)
    assert await account.send(cost=19) == 0
    await slow
    await account.refuses(ExhaustedError, cost=1)


@jumping
async def test_a_reserve_opens_when_a_later_look_finds_more() -> None:
    account = Account(keep_daily_tokens=1000)
    account.observe(daily(1000))
    await asyncio.sleep(900.0)
    probe = account.begin(1.0, daily(1000))
    await iterations(1)
    await account.refuses(ExhaustedError)
    await probe
    assert (await account.refuses(ExhaustedError)).retry_after == 900.0
    await asyncio.sleep(900.0)
    await account.send(headers=daily(150_000))
    assert await account.burst(2) == [1801.0] * 2


@jumping
async def test_without_a_reserve_the_end_of_the_budget_is_pipedrives_to_tell() -> None:
    account = Account()
    account.observe(daily(0))
    assert await account.send() == 0


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (ExhaustedError(retry_after=3939.0), "the daily token budget is used up", 3939),
        (BlockedError(), "Pipedrive blocks this client", 300),
    ],
    ids=["daily budget", "blocked"],
)
@jumping
async def test_a_refusal_says_why_and_for_how_long(
    error: ApiError, reason: str, seconds: int
) -> None:
    account = Account()
    account.heed(error)
    refusal = await account.refuses(type(error))
    assert str(refusal) == f"getLeads: not sent: {reason}: try again in {seconds} s"
    await asyncio.sleep(seconds)
    trying = account.begin(1.0)
    await iterations(1)
    refusal = await account.refuses(type(error))
    assert str(refusal) == f"getLeads: not sent: {reason}: another call is checking"
    await trying
