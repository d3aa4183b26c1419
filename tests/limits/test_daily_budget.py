"""Test that nothing is sent once the daily budget is used up or Pipedrive blocks the client."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from pipedrive_leads_async.errors import ApiError, BlockedError, NotFoundError, RateLimitedError
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from tests.limits.governor_clock import (
    Account,
    daily_remaining,
    now,
    run_iterations,
    virtual_time,
)

BARRIERS = pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ExhaustedError(retry_after=3939.0), 3939.0),
        (ExhaustedError(), 900.0),
        (ExhaustedError(retry_after=1.7e9), 900.0),
        (BlockedError(retry_after=1.0), 300.0),
    ],
    ids=["budget for a known time", "budget", "budget for an invalid time", "blocked"],
)


@BARRIERS
@virtual_time
async def test_barrier_holds_all_requests_until_a_probe_succeeds(
    error: ApiError, seconds: float
) -> None:
    account = Account(max_in_flight=2)
    slow = [account.start(5.0), account.start(5.0)]
    await run_iterations(1)
    waiting = [account.start(search=search) for search in (False, True) * 5]
    await asyncio.sleep(1.0)
    account.react_to(error)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert ({type(result) for result in results}, now()) == ({type(error)}, 1.0)
    await asyncio.gather(*slow)  # responses to earlier requests do not end the barrier
    account.react_to(ExhaustedError(retry_after=0.5))  # and a shorter barrier does not replace it
    refusal = await account.assert_refused(type(error), search=True)
    assert refusal.retry_after == seconds - 4.0
    await asyncio.sleep(seconds - 4.0)
    probe = account.start(1.0)
    await run_iterations(1)
    assert (await account.assert_refused(type(error))).retry_after is None
    await probe
    assert await account.burst(2) == [seconds + 2.0] * 2


@BARRIERS
@pytest.mark.parametrize("inside", [False, True], ids=["after it", "inside it"])
@virtual_time
async def test_probe_with_the_same_error_starts_the_barrier_again(
    error: ApiError, seconds: float, inside: bool
) -> None:
    account = Account()
    account.react_to(error)
    await asyncio.sleep(seconds)
    async with account.admission(operation="getLeads", cost=20, patience=inf):
        await asyncio.sleep(0.5)
        if inside:
            account.react_to(error)
    if not inside:
        account.react_to(error)
    await account.assert_refused(type(error))
    await asyncio.sleep(seconds - 1.0)
    await account.assert_refused(type(error))
    await asyncio.sleep(1.0)
    assert await account.send() == now()


@pytest.mark.parametrize(
    ("failure", "opens"), [(OSError, False), (asyncio.CancelledError, False), (NotFoundError, True)]
)
@virtual_time
async def test_probe_without_a_response_leaves_the_barrier_to_the_next(
    failure: type[BaseException], opens: bool
) -> None:
    account = Account()
    account.react_to(BlockedError())
    await asyncio.sleep(300.0)
    with pytest.raises(failure):
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            raise failure
    async with account.admission(operation="getLeads", cost=20, patience=inf):
        if opens:
            assert await account.send() == 300.0
        else:
            await account.assert_refused(BlockedError)


@virtual_time
async def test_only_one_of_many_waiting_requests_probes() -> None:
    account = Account(limit=1)
    account.react_to(ExhaustedError(retry_after=1.0))
    account.react_to(RateLimitedError(retry_after=2.0))
    await asyncio.sleep(1.0)
    requests = [account.start(1.0) for _ in range(5)]
    first, *others = await asyncio.gather(*requests, return_exceptions=True)
    assert first == 2.0
    assert {type(other) for other in others} == {ExhaustedError}


@virtual_time
async def test_reserve_of_the_daily_budget_is_kept_to_the_token() -> None:
    account = Account(keep_daily_tokens=1000)
    account.observe(daily_remaining(1079))
    slow = account.start(2.0)
    await account.send(headers=daily_remaining(1059))  # a response that reports the budget
    await account.send()  # and one that does not
    error = await account.assert_refused(ExhaustedError)
    assert error.retry_after == 900.0
    assert "keep_daily_tokens=1000" in str(error)
    assert await account.send(cost=19) == 0
    await slow
    await account.assert_refused(ExhaustedError, cost=1)


@virtual_time
async def test_reserve_barrier_ends_when_a_probe_finds_more_tokens() -> None:
    account = Account(keep_daily_tokens=1000)
    account.observe(daily_remaining(1000))
    await asyncio.sleep(900.0)
    probe = account.start(1.0, daily_remaining(1000))
    await run_iterations(1)
    await account.assert_refused(ExhaustedError)
    await probe
    assert (await account.assert_refused(ExhaustedError)).retry_after == 900.0
    await asyncio.sleep(900.0)
    await account.send(headers=daily_remaining(150_000))
    assert await account.burst(2) == [1801.0] * 2


@virtual_time
async def test_empty_budget_without_a_reserve_is_left_to_pipedrive_to_refuse() -> None:
    account = Account()
    account.observe(daily_remaining(0))
    assert await account.send() == 0


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (ExhaustedError(retry_after=3939.0), "the daily token budget is used up", 3939),
        (BlockedError(), "Pipedrive blocks this client", 300),
    ],
    ids=["daily budget", "blocked"],
)
@virtual_time
async def test_refusal_names_its_reason_and_when_to_try_again(
    error: ApiError, reason: str, seconds: int
) -> None:
    account = Account()
    account.react_to(error)
    refusal = await account.assert_refused(type(error))
    assert str(refusal) == f"getLeads: not sent: {reason}: try again in {seconds} s"
    await asyncio.sleep(seconds)
    probe = account.start(1.0)
    await run_iterations(1)
    refusal = await account.assert_refused(type(error))
    assert (
        str(refusal)
        == f"getLeads: not sent: {reason}: another call is checking whether this has ended"
    )
    await probe
