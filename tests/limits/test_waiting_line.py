"""Test the line of waiting requests: its order, its pauses after a 429, and its patience."""

from __future__ import annotations

import asyncio
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async.errors import NotFoundError, RateLimitedError
from tests.limits.governor_clock import (
    TICK,
    TICKS,
    Account,
    now,
    remaining,
    run_iterations,
    virtual_time,
)

# --- The line


@pytest.mark.parametrize(("places", "kinds"), [(1, 3), (16, 1)])
@virtual_time
async def test_waiters_are_served_in_order_across_both_windows(places: int, kinds: int) -> None:
    account = Account(max_in_flight=places)
    account.observe({"x-ratelimit-limit": "10000"}, search=True)
    waiting = [account.start(0.25, search=number % kinds == 1) for number in range(1000)]
    assert await asyncio.gather(*waiting) == [number // places * 0.25 for number in range(1000)]


@pytest.mark.parametrize("search", [False, True], ids=["same window", "search"])
@virtual_time
async def test_call_beside_a_walk_waits_for_one_page_only(search: bool) -> None:
    account = Account(max_in_flight=1)

    async def walk() -> None:
        for _ in range(5):
            await account.send(1.0)

    walking = asyncio.create_task(walk())
    await asyncio.sleep(0.5)
    assert await account.send(search=search) == 1
    await walking


@virtual_time
async def test_searches_waiting_for_their_window_do_not_hold_up_other_requests() -> None:
    account = Account(max_in_flight=1)
    await account.burst(10, search=True)
    search = account.start(search=True)
    await asyncio.sleep(0)
    assert await account.burst(3, 0.25) == [0, 0.25, 0.5]
    assert await search == 2


@pytest.mark.parametrize("cancelled", range(4))
@pytest.mark.parametrize("limit", [1, 100])
@virtual_time
async def test_waiter_cancelled_at_any_moment_passes_its_turn_on(
    limit: int, cancelled: int
) -> None:
    for moment in range(25):
        account = Account(limit, max_in_flight=1)
        holder = asyncio.create_task(account.send(2.0))
        await run_iterations(1)
        waiting = [account.start(search=number == 1) for number in range(4)]
        # The moment at which the place becomes free, or at which the window opens.
        await asyncio.sleep(2.0 if limit > 1 else 4.0)
        await run_iterations(moment - 1)
        waiting[cancelled].cancel()
        results = await asyncio.gather(holder, *waiting, return_exceptions=True)
        assert sum(isinstance(result, float) for result in results) >= 4
        await asyncio.sleep(2.0)
        assert await account.send() == now()


MAYBE = st.none() | TICKS
CALLS = st.tuples(TICKS, TICKS, st.booleans(), MAYBE, MAYBE, st.integers(0, 6), st.integers(0, 6))


@given(calls=st.lists(CALLS, max_size=25), places=st.integers(1, 4))
@virtual_time
async def test_no_request_waits_forever_and_no_place_is_lost(
    calls: list[tuple[int, int, bool, int | None, int | None, int, int]], places: int
) -> None:
    account = Account(max_in_flight=places)

    async def call(options: tuple[int, int, bool, int | None, int | None, int, int]) -> None:
        start, seconds, search, ends, pause, limit, left = options
        await asyncio.sleep(start * TICK)
        headers = {"x-ratelimit-limit": str(limit), **remaining(left)}
        async with asyncio.timeout(None if ends is None else ends * TICK):
            await account.send(seconds * TICK, headers, search=search, patience=seconds)
        if pause is not None:
            account.react_to(RateLimitedError(retry_after=pause * TICK), search=search)

    results = await asyncio.gather(*map(call, calls), return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), TimeoutError, RateLimitedError}
    await asyncio.sleep(10.0)
    account.observe({"x-ratelimit-limit": "100"})
    assert await account.burst(places, 1.0) == [now() - 1.0] * places


# --- Pauses after a 429


@virtual_time
async def test_429_pauses_all_requests_but_those_in_flight() -> None:
    account, refused = Account(), 0

    async def call() -> None:
        nonlocal refused
        while await account.send(0.125) < 3.0:
            refused += 1
            account.react_to(RateLimitedError(retry_after=3.0))

    await asyncio.gather(*[call() for _ in range(100)])
    assert refused == 16


@pytest.mark.parametrize(
    ("retry_after", "reset", "pause"),
    [
        *[(7.0, "1", 7.0), (3600.0, "", 3600.0), (None, "1", 1.0), (None, "", 2.0)],
        *[(invalid, "", 2.0) for invalid in (0.0, -1.0, nan, inf, 1.7e9)],
    ],
)
@virtual_time
async def test_429_pauses_its_window_and_the_next_burst_is_within_the_limit(
    retry_after: float | None, reset: str, pause: float
) -> None:
    account = Account(limit=2)
    account.observe({"x-ratelimit-reset": reset})
    account.react_to(RateLimitedError(retry_after=retry_after))
    account.react_to(RateLimitedError(retry_after=0.5))
    account.react_to(NotFoundError(status=404))
    account.react_to(RateLimitedError(retry_after=0.25), search=True)
    assert await account.send(search=True) == 0.25
    assert await account.burst(5) == [pause, pause, pause + 2, pause + 2, pause + 4]


# --- Patience


@virtual_time
async def test_pause_longer_than_the_patience_is_refused_at_once() -> None:
    account = Account()
    account.react_to(RateLimitedError(retry_after=60.0))
    await asyncio.sleep(10.0)
    assert (await account.assert_refused(RateLimitedError, patience=49.0)).retry_after == 50.0
    assert await account.send(patience=50.0) == 60.0


@virtual_time
async def test_line_longer_than_the_patience_is_refused_at_once() -> None:
    account = Account(limit=2)
    waiting = asyncio.create_task(account.burst(9))
    await run_iterations(2)
    error = await account.assert_refused(RateLimitedError, patience=7.0)
    assert error.retry_after == 8.0
    assert str(error) == (
        "getLeads: not sent: the burst limit delays it by 8 s, 1 s beyond the call's deadline: "
        "raise LeadsClient(timeout=...), or make fewer calls at once, with "
        "asyncio.Semaphore or the concurrency of add_leads"
    )
    assert await account.send(patience=8.0) == 8.0
    assert await waiting == [0, 0, 2, 2, 4, 4, 6, 6, 8]


@virtual_time
async def test_request_in_flight_keeps_its_place_for_at_least_a_window_more() -> None:
    account = Account(limit=1)
    slow = account.start(10.0)
    await asyncio.sleep(5.0)
    assert (await account.assert_refused(RateLimitedError, patience=1.0)).retry_after == 2.0
    assert await account.send(patience=7.0) == 12.0
    assert await slow == 0


@virtual_time
async def test_waiters_are_refused_as_soon_as_a_pause_exceeds_their_patience() -> None:
    account = Account(limit=1)
    await account.send()
    waiting = [account.start(patience=patience) for patience in (10.0, 50.0, 10.0)]
    await asyncio.sleep(1.0)
    account.react_to(RateLimitedError(retry_after=30.0))
    done, (patient,) = await asyncio.wait(waiting, timeout=0.5)
    assert [type(task.exception()) for task in done] == [RateLimitedError] * 2
    assert await patient == 31.0


@pytest.mark.parametrize("patience", [0.0, -1.0])
@virtual_time
async def test_request_without_patience_is_refused_only_for_a_known_wait(patience: float) -> None:
    account = Account(max_in_flight=1)
    account.react_to(RateLimitedError(retry_after=0.5))
    await asyncio.sleep(1.0)
    slow = account.start(9.0, patience=patience)
    await run_iterations(1)
    waiting = account.start(patience=patience)
    assert [await slow, await waiting] == [1.0, 10.0]
