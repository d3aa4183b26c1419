"""Who waits for a governor waits in line, is paused by a 429, and never beyond its patience."""

from __future__ import annotations

import asyncio
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async.errors import NotFoundError, RateLimitedError
from tests.limits.governor_clock import TICK, TICKS, Account, iterations, jumping, now, remaining

# --- The line


@pytest.mark.parametrize(("places", "kinds"), [(1, 3), (16, 1)])
@jumping
async def test_who_came_first_goes_first_searches_or_not(places: int, kinds: int) -> None:
    account = Account(max_in_flight=places)
    account.observe({"x-ratelimit-limit": "10000"}, search=True)
    waiting = [account.begin(0.25, search=number % kinds == 1) for number in range(1000)]
    assert await asyncio.gather(*waiting) == [number // places * 0.25 for number in range(1000)]


@pytest.mark.parametrize("search", [False, True])
@jumping
async def test_a_call_beside_a_walk_waits_for_a_page_and_not_for_the_walk(search: bool) -> None:
    account = Account(max_in_flight=1)

    async def walk() -> None:
        for _ in range(5):
            await account.send(1.0)

    walking = asyncio.create_task(walk())
    await asyncio.sleep(0.5)
    assert await account.send(search=search) == 1
    await walking


@jumping
async def test_searches_that_wait_for_their_window_do_not_hold_up_others() -> None:
    account = Account(max_in_flight=1)
    await account.burst(10, search=True)
    search = account.begin(search=True)
    await asyncio.sleep(0)
    assert await account.burst(3, 0.25) == [0, 0.25, 0.5]
    assert await search == 2


@pytest.mark.parametrize("victim", range(4))
@pytest.mark.parametrize("limit", [1, 100])
@jumping
async def test_whoever_is_cancelled_at_any_moment_gives_its_turn_to_the_next(
    limit: int, victim: int
) -> None:
    for moment in range(25):
        account = Account(limit, max_in_flight=1)
        holder = asyncio.create_task(account.send(2.0))
        await iterations(1)
        waiting = [account.begin(search=number == 1) for number in range(4)]
        # When the place is free, or when the window opens.
        await asyncio.sleep(2.0 if limit > 1 else 4.0)
        await iterations(moment - 1)
        waiting[victim].cancel()
        results = await asyncio.gather(holder, *waiting, return_exceptions=True)
        assert sum(isinstance(result, float) for result in results) >= 4
        await asyncio.sleep(2.0)
        assert await account.send() == now()


MAYBE = st.none() | TICKS
CALLS = st.tuples(TICKS, TICKS, st.booleans(), MAYBE, MAYBE, st.integers(0, 6), st.integers(0, 6))


@given(calls=st.lists(CALLS, max_size=25), places=st.integers(1, 4))
@jumping
async def test_whatever_happens_nobody_waits_for_ever_and_no_place_is_lost(
    calls: list[tuple[int, int, bool, int | None, int | None, int, int]], places: int
) -> None:
    account = Account(max_in_flight=places)

    async def call(about: tuple[int, int, bool, int | None, int | None, int, int]) -> None:
        start, seconds, search, gives_up, paused, limit, left = about
        await asyncio.sleep(start * TICK)
        headers = {"x-ratelimit-limit": str(limit), **remaining(left)}
        async with asyncio.timeout(None if gives_up is None else gives_up * TICK):
            await account.send(seconds * TICK, headers, search=search, patience=seconds)
        if paused is not None:
            account.heed(RateLimitedError(retry_after=paused * TICK), search=search)

    results = await asyncio.gather(*map(call, calls), return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), TimeoutError, RateLimitedError}
    await asyncio.sleep(10.0)
    account.observe({"x-ratelimit-limit": "100"})
    assert await account.burst(places, 1.0) == [now() - 1.0] * places


# --- 429


@jumping
async def test_after_one_429_all_pause_and_only_those_in_flight_see_one() -> None:
    account, seen = Account(), 0

    async def call() -> None:
        nonlocal seen
        while await account.send(0.125) < 3.0:
            seen += 1
            account.heed(RateLimitedError(retry_after=3.0))

    await asyncio.gather(*[call() for _ in range(100)])
    assert seen == 16


@pytest.mark.parametrize(
    ("retry_after", "reset", "paused"),
    [
        *[(7.0, "1", 7.0), (3600.0, "", 3600.0), (None, "1", 1.0), (None, "", 2.0)],
        *[(bad, "", 2.0) for bad in (0.0, -1.0, nan, inf, 1.7e9)],
    ],
)
@jumping
async def test_a_429_pauses_its_window_for_what_was_asked_and_the_burst_is_within_the_limit(
    retry_after: float | None, reset: str, paused: float
) -> None:
    account = Account(limit=2)
    account.observe({"x-ratelimit-reset": reset})
    account.heed(RateLimitedError(retry_after=retry_after))
    account.heed(RateLimitedError(retry_after=0.5))
    account.heed(NotFoundError(status=404))
    account.heed(RateLimitedError(retry_after=0.25), search=True)
    assert await account.send(search=True) == 0.25
    assert await account.burst(5) == [paused, paused, paused + 2, paused + 2, paused + 4]


# --- Patience


@jumping
async def test_a_pause_longer_than_the_patience_is_refused_at_once() -> None:
    account = Account()
    account.heed(RateLimitedError(retry_after=60.0))
    await asyncio.sleep(10.0)
    assert (await account.refuses(RateLimitedError, patience=49.0)).retry_after == 50.0
    assert await account.send(patience=50.0) == 60.0


@jumping
async def test_a_line_longer_than_the_patience_is_refused_at_once() -> None:
    account = Account(limit=2)
    waiting = asyncio.create_task(account.burst(9))
    await iterations(2)
    assert (await account.refuses(RateLimitedError, patience=7.0)).retry_after == 8.0
    assert await account.send(patience=8.0) == 8.0
    assert await waiting == [0, 0, 2, 2, 4, 4, 6, 6, 8]


@jumping
async def test_a_request_in_flight_is_known_to_hold_its_place_for_a_window_more() -> None:
    account = Account(limit=1)
    slow = account.begin(10.0)
    await asyncio.sleep(5.0)
    assert (await account.refuses(RateLimitedError, patience=1.0)).retry_after == 2.0
    assert await account.send(patience=7.0) == 12.0
    assert await slow == 0


@jumping
async def test_who_waits_is_told_at_once_of_a_pause_longer_than_its_patience() -> None:
    account = Account(limit=1)
    await account.send()
    waiting = [account.begin(patience=patience) for patience in (10.0, 50.0, 10.0)]
    await asyncio.sleep(1.0)
    account.heed(RateLimitedError(retry_after=30.0))
    done, (patient,) = await asyncio.wait(waiting, timeout=0.5)
    assert [type(task.exception()) for task in done] == [RateLimitedError] * 2
    assert await patient == 31.0


@pytest.mark.parametrize("patience", [0.0, -1.0])
@jumping
async def test_no_patience_is_needed_where_the_wait_is_none_or_unknown(patience: float) -> None:
    account = Account(max_in_flight=1)
    account.heed(RateLimitedError(retry_after=0.5))
    await asyncio.sleep(1.0)
    slow = account.begin(9.0, patience=patience)
    await iterations(1)
    waiting = account.begin(patience=patience)
    assert [await slow, await waiting] == [1.0, 10.0]
