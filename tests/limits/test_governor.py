"""A governor keeps every client of one credential within Pipedrive's burst limit."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import random
from math import inf

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import Governor, Rate
from pipedrive_leads_async._limits.limiter import LocalLimiter
from pipedrive_leads_async.errors import ConfigurationError
from tests.limits.governor_clock import (
    TICK,
    TICKS,
    Account,
    JumpingLoop,
    Pipedrive,
    jumping,
    now,
    remaining,
)


@jumping
async def test_nothing_waits_before_an_answer_told_the_limit_and_everything_counts_after() -> None:
    account = Account()
    assert await account.burst(30) == [0] * 30
    account.observe({"x-ratelimit-limit": "32"})
    assert await account.burst(3) == [0, 0, 2]


@jumping
async def test_a_burst_goes_at_once_and_the_next_a_window_after_its_answers() -> None:
    assert await Account(limit=3).burst(7, 0.5) == [0, 0, 0, 2.5, 2.5, 2.5, 5]


@given(
    requests=st.lists(st.tuples(TICKS, TICKS, TICKS, st.none() | TICKS), max_size=40),
    limit=st.integers(1, 8),
    places=st.integers(1, 12),
)
@jumping
async def test_pipedrive_never_counts_more_than_its_limit_in_any_window(
    requests: list[tuple[int, int, int, int | None]], limit: int, places: int
) -> None:
    pipedrive, account = Pipedrive(limit), Account(limit, max_in_flight=places)

    async def request(there: int, back: int) -> None:
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            try:
                await asyncio.sleep(there * TICK)
            finally:
                headers = pipedrive.arrive()  # who gives up may have sent it
            await asyncio.sleep(back * TICK)
            account.observe(headers)

    async def caller(start: int, there: int, back: int, gives_up: int | None) -> None:
        await asyncio.sleep(start * TICK)
        async with asyncio.timeout(None if gives_up is None else gives_up * TICK):
            await request(there, back)

    await asyncio.gather(*[caller(*about) for about in requests], return_exceptions=True)
    assert pipedrive.most() <= limit


@pytest.mark.parametrize("latency", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("jitter", [0.0, 1.0])
@jumping
async def test_an_account_is_used_to_nine_tenths_of_its_limit(
    latency: float, jitter: float
) -> None:
    pipedrive, account, chance = Pipedrive(20), Account(limit=20), random.Random(1)

    async def call() -> None:
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            seconds = latency * (1 - jitter * chance.random())
            await asyncio.sleep(seconds / 2)
            headers = pipedrive.arrive()
            await asyncio.sleep(seconds / 2)
            account.observe(headers)

    await asyncio.gather(*[call() for _ in range(400)])
    assert pipedrive.most() <= 20
    assert 400 / now() >= 0.9 * 20 / (2.0 + latency)


@jumping
async def test_an_account_that_others_use_too_gets_what_they_leave() -> None:
    account = Account(limit=10)
    await account.send(headers=remaining(2))
    assert await account.burst(4) == [0, 0, 2, 2]


@pytest.mark.parametrize(("reset", "held"), [("5", 5.0), ("0", 2.0), ("", 2.0)])
@jumping
async def test_when_others_took_all_everybody_waits_for_the_reset(reset: str, held: float) -> None:
    account = Account(limit=10)
    await account.send(headers={"x-ratelimit-reset": reset, **remaining(0)})
    assert await account.burst(3) == [held] * 3


@jumping
async def test_a_slow_answer_does_not_make_our_own_requests_those_of_others() -> None:
    account = Account(limit=3)
    await account.burst(2)
    await asyncio.sleep(1.0)
    # Pipedrive counts it at 1.0 beside the first two, which have expired when its answer comes.
    slow = account.begin(1.5, remaining(0))
    await asyncio.sleep(1.25)
    assert await account.send() == 2.25
    await slow
    assert await account.send() == 2.5


@jumping
async def test_a_limit_that_changes_holds_from_that_answer_on() -> None:
    account = Account(limit=1)
    raised = account.begin(0.5, {"x-ratelimit-limit": "3"})
    await asyncio.sleep(0)
    assert await account.burst(3) == [0.5, 0.5, 2.5]
    await raised
    await asyncio.sleep(2.0)
    account.observe({"x-ratelimit-limit": "2"})
    assert await account.burst(3) == [4.5, 4.5, 6.5]


@pytest.mark.parametrize(
    ("resets", "window"),
    [
        *[(["0.25"], 0.25), (["0.5", "0.25"], 0.5), (["1", "0.75"], 1.0)],
        *[(["1"], 2.0), (["2", "1.5"], 2.0), (["60", "2.5"], 2.0)],
    ],
)
@jumping
async def test_only_a_fraction_tells_a_window_shorter_than_pipedrives(
    resets: list[str], window: float
) -> None:
    account = Account(limit=1)
    for reset in resets:
        account.observe({"x-ratelimit-reset": reset})
    assert await account.burst(2) == [0, window]


@jumping
async def test_searches_have_a_limit_of_their_own_known_from_the_start() -> None:
    account = Account(limit=1, max_in_flight=100)
    assert await account.burst(11, search=True) == [0] * 10 + [2]
    account.observe({"x-ratelimit-limit": "2"}, search=True)
    assert await account.burst(3, search=True) == [2, 4, 4]
    assert await account.burst(2) == [4, 6]


@jumping
async def test_memory_is_bounded_while_no_limit_is_known() -> None:
    account = Account()
    for _ in range(10_050):
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            pass
    assert account.remembered <= 10_001


# --- What is known


HEADERS = {
    "x-ratelimit-limit": "20",
    "x-ratelimit-remaining": "19",
    "x-ratelimit-reset": "2",
    "x-daily-ratelimit-token-limit": "150000",
    "x-daily-ratelimit-token-remaining": "75000",
}
SAID = Rate(limit=20, remaining=19, reset=2.0, daily_limit=150_000, daily_remaining=75_000)


def test_the_rate_is_what_was_last_said_of_each() -> None:
    governor, before = LocalLimiter(), dt.datetime.now(dt.UTC)
    governor.observe({})
    assert governor.rate == Rate()
    governor.observe(HEADERS, search=True)
    assert attrs.evolve(governor.rate, observed_at=None) == Rate(
        daily_limit=150_000, daily_remaining=75_000
    )
    governor.observe(HEADERS)
    assert attrs.evolve(governor.rate, observed_at=None) == SAID
    another = LocalLimiter()
    another.observe(HEADERS)
    assert attrs.evolve(another.rate, observed_at=None) == SAID
    governor.observe(remaining(18))
    assert attrs.evolve(governor.rate, observed_at=None) == attrs.evolve(SAID, remaining=18)
    assert governor.rate.observed_at is not None
    assert before <= governor.rate.observed_at <= dt.datetime.now(dt.UTC)


GARBAGE = ["", "-1", "nan", "inf", "1e400", "1790000000000000", "x", "9" * 5000, "\udcff", "2, 2"]


@pytest.mark.parametrize("name", HEADERS)
@jumping
async def test_a_garbage_header_is_ignored(name: str) -> None:
    account = Account(keep_daily_tokens=1)
    meant = {"x-ratelimit-limit": ["0", "1790000000"], "x-ratelimit-reset": ["1790000000"]}
    for value in GARBAGE + meant.get(name, []):
        account.observe({name: value})
    assert account.rate == Rate()
    assert await account.burst(30) == [0] * 30


@pytest.mark.parametrize("name", ["keep_daily_tokens", "max_in_flight"])
def test_a_wrong_argument_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Governor(**{name: -1})
    with pytest.raises(TypeError, match=name):
        Governor(**{name: True})


def test_a_governor_serves_one_event_loop_after_another() -> None:
    account = Account(max_in_flight=2)

    async def end() -> None:
        await asyncio.wait([account.begin(9.0, search=n % 2 == 0) for n in range(20)], timeout=1.0)

    for _ in range(2):
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(end())
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(account.burst(4, 1.0)) == [0, 0, 1, 1]


def test_a_loop_closed_while_requests_wait_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def abandon() -> None:
        governor = LocalLimiter(max_in_flight=1)

        async def call(search: bool) -> None:
            async with governor.admission(operation="getLeads", cost=20, search=search, patience=9):
                await asyncio.Event().wait()

        await asyncio.wait([asyncio.create_task(call(n == 1)) for n in range(4)], timeout=1.0)

    loop = JumpingLoop()
    loop.run_until_complete(abandon())
    loop.close()
    gc.collect()
    assert {record.message.split("!")[0] for record in caplog.records} == {
        "Task was destroyed but it is pending"
    }


async def test_waits_end_by_themselves_in_real_time() -> None:
    governor, began = LocalLimiter(), now()
    governor.observe({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.02"})
    for _ in range(5):
        async with governor.admission(operation="getLeads", cost=20, patience=9.0):
            pass
    assert now() - began >= 0.04
