"""Test that a governor keeps all clients of a credential within Pipedrive's burst limit."""

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
from multidict import CIMultiDict

from pipedrive_leads_async import Governor, Rate
from pipedrive_leads_async._limits.limiter import LocalLimiter
from pipedrive_leads_async.errors import ConfigurationError
from tests.limits.governor_clock import (
    TICK,
    TICKS,
    Account,
    Pipedrive,
    VirtualTimeLoop,
    now,
    remaining,
    virtual_time,
)


@virtual_time
async def test_requests_do_not_wait_before_the_limit_is_known_but_count() -> None:
    account = Account()
    assert await account.burst(30) == [0] * 30
    account.observe({"x-ratelimit-limit": "32"})
    assert await account.burst(3) == [0, 0, 2]


@virtual_time
async def test_burst_leaves_at_once_and_the_next_a_window_after_its_responses() -> None:
    assert await Account(limit=3).burst(7, 0.5) == [0, 0, 0, 2.5, 2.5, 2.5, 5]


@given(
    requests=st.lists(st.tuples(TICKS, TICKS, TICKS, st.none() | TICKS), max_size=40),
    limit=st.integers(1, 8),
    places=st.integers(1, 12),
)
@virtual_time
async def test_pipedrive_never_counts_more_than_its_limit_in_any_window(
    requests: list[tuple[int, int, int, int | None]], limit: int, places: int
) -> None:
    pipedrive, account = Pipedrive(limit), Account(limit, max_in_flight=places)

    async def send(there: int, back: int) -> None:
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            try:
                await asyncio.sleep(there * TICK)
            finally:
                headers = pipedrive.receive()  # a cancelled request may have been sent
            await asyncio.sleep(back * TICK)
            account.observe(headers)

    async def call(start: int, there: int, back: int, ends: int | None) -> None:
        await asyncio.sleep(start * TICK)
        async with asyncio.timeout(None if ends is None else ends * TICK):
            await send(there, back)

    await asyncio.gather(*[call(*times) for times in requests], return_exceptions=True)
    assert pipedrive.largest_count() <= limit


@pytest.mark.parametrize("latency", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("jitter", [0.0, 1.0])
@virtual_time
async def test_at_least_nine_tenths_of_the_limit_are_used(latency: float, jitter: float) -> None:
    pipedrive, account, rng = Pipedrive(20), Account(limit=20), random.Random(1)

    async def call() -> None:
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            seconds = latency * (1 - jitter * rng.random())
            await asyncio.sleep(seconds / 2)
            headers = pipedrive.receive()
            await asyncio.sleep(seconds / 2)
            account.observe(headers)

    await asyncio.gather(*[call() for _ in range(400)])
    assert pipedrive.largest_count() <= 20
    assert 400 / now() >= 0.9 * 20 / (2.0 + latency)


@virtual_time
async def test_requests_use_only_the_places_that_other_programs_leave() -> None:
    account = Account(limit=10)
    await account.send(headers=remaining(2))
    assert await account.burst(4) == [0, 0, 2, 2]


@pytest.mark.parametrize(("reset", "seconds"), [("5", 5.0), ("0", 2.0), ("", 2.0)])
@virtual_time
async def test_requests_wait_for_the_reset_when_other_programs_left_nothing(
    reset: str, seconds: float
) -> None:
    account = Account(limit=10)
    await account.send(headers={"x-ratelimit-reset": reset, **remaining(0)})
    assert await account.burst(3) == [seconds] * 3


@virtual_time
async def test_own_requests_are_not_taken_for_those_of_other_programs() -> None:
    account = Account(limit=3)
    await account.burst(2)
    await asyncio.sleep(1.0)
    # Pipedrive counts it at 1.0 with the first two, which have expired when its response comes.
    slow = account.start(1.5, remaining(0))
    await asyncio.sleep(1.25)
    assert await account.send() == 2.25
    await slow
    assert await account.send() == 2.5


@virtual_time
async def test_changed_limit_applies_from_its_response_on() -> None:
    account = Account(limit=1)
    raised = account.start(0.5, {"x-ratelimit-limit": "3"})
    await asyncio.sleep(0)
    assert await account.burst(3) == [0.5, 0.5, 2.5]
    await raised
    await asyncio.sleep(2.0)
    account.observe({"x-ratelimit-limit": "2"})
    assert await account.burst(3) == [4.5, 4.5, 6.5]


@pytest.mark.parametrize("reset", ["0.05", "0.999", "1e-9", "1", "2.5", "0", "0.05, 2"])
@virtual_time
async def test_no_reset_shortens_the_window(reset: str) -> None:
    account = Account()
    account.observe({"x-ratelimit-limit": "1", "x-ratelimit-reset": reset}, is_local=True)
    assert await account.burst(2) == [0, 2]


@pytest.mark.parametrize(
    ("windows", "seconds"),
    [
        *[(["0.25"], 0.25), (["0.25", "0.5"], 0.5), (["0.5", "0.25"], 0.25), (["5"], 5.0)],
        *[(["0.25, 0.5"], 0.5), (["0.25", ""], 2.0), (["60"], 60.0), (["0.01"], 0.01)],
        *[([value], 2.0) for value in ("0", "-1", "0.009", "1e-9", "61", "nan", "inf", "short")],
    ],
)
@virtual_time
async def test_window_has_the_length_that_a_server_on_this_machine_reports(
    windows: list[str], seconds: float
) -> None:
    account = Account()
    for window in windows:
        headers = {"x-ratelimit-limit": "1", "x-sandbox-burst-window": window}
        account.observe(headers, is_local=True)
    assert await account.burst(2) == [0, pytest.approx(seconds)]


@virtual_time
async def test_window_that_a_server_on_another_host_reports_is_ignored() -> None:
    account = Account()
    account.observe({"x-ratelimit-limit": "1", "x-sandbox-burst-window": "0.25"})
    assert await account.burst(2) == [0, 2]


@virtual_time
async def test_searches_have_a_limit_of_their_own_known_from_the_start() -> None:
    account = Account(limit=1, max_in_flight=100)
    assert await account.burst(11, search=True) == [0] * 10 + [2]
    account.observe({"x-ratelimit-limit": "2"}, search=True)
    assert await account.burst(3, search=True) == [2, 4, 4]
    assert await account.burst(2) == [4, 6]


@virtual_time
async def test_memory_is_bounded_while_no_limit_is_known() -> None:
    account = Account()
    for _ in range(10_050):
        async with account.admission(operation="getLeads", cost=20, patience=inf):
            pass
    assert account.logged <= 10_001


# --- The reported rate


HEADERS = {
    "x-ratelimit-limit": "20",
    "x-ratelimit-remaining": "19",
    "x-ratelimit-reset": "2",
    "x-daily-ratelimit-token-limit": "150000",
    "x-daily-ratelimit-token-remaining": "75000",
}
REPORTED = Rate(limit=20, remaining=19, reset=2.0, daily_limit=150_000, daily_remaining=75_000)


def test_rate_has_the_last_reported_value_of_each_limit() -> None:
    limiter, before = LocalLimiter(), dt.datetime.now(dt.UTC)
    limiter.observe({})
    assert limiter.rate == Rate()
    limiter.observe(HEADERS, search=True)
    assert attrs.evolve(limiter.rate, observed_at=None) == Rate(
        daily_limit=150_000, daily_remaining=75_000
    )
    limiter.observe(HEADERS)
    assert attrs.evolve(limiter.rate, observed_at=None) == REPORTED
    another = LocalLimiter()
    another.observe(HEADERS)
    assert attrs.evolve(another.rate, observed_at=None) == REPORTED
    limiter.observe(remaining(18))
    limiter.observe({})
    assert attrs.evolve(limiter.rate, observed_at=None) == attrs.evolve(REPORTED, remaining=18)
    assert limiter.rate.observed_at is not None
    assert before <= limiter.rate.observed_at <= dt.datetime.now(dt.UTC)


def test_rate_of_a_governor_is_that_of_its_limiter() -> None:
    governor = Governor()
    assert governor.rate == Rate()
    governor.__limiter__().observe(HEADERS)
    assert attrs.evolve(governor.rate, observed_at=None) == REPORTED


INVALID = [
    *("", "-1", "-0.5", "nan", "inf", "-inf", "1e400", "1790000000000000", "x", "9" * 5000),
    *("\udcff", ",", "-1, x", "2 requests", "0x10"),
]
INVALID_FOR = {
    "x-ratelimit-limit": ["0", "0.5", "0, 0", "10001", "1790000000"],
    "x-ratelimit-remaining": ["10001"],
    "x-ratelimit-reset": ["61", "1790000000"],
}


@pytest.mark.parametrize("name", HEADERS)
@virtual_time
async def test_invalid_header_is_ignored(name: str) -> None:
    account = Account(keep_daily_tokens=1)
    for value in INVALID + INVALID_FOR.get(name, []):
        account.observe({name: value})
        account.observe(CIMultiDict([(name, value), (name, value)]))
    assert account.rate == Rate()
    assert await account.burst(30) == [0] * 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "60, 20, 80"),
        ("limit", "0, x, 20"),
        ("remaining", "19, 21, 500"),
        ("remaining", "19, -1"),
        ("reset", "0.5,2,1"),
        ("reset", "2, 61"),
        ("daily_limit", "150000, 200000"),
        ("daily_remaining", "75000, 150000, -5"),
    ],
)
def test_strictest_of_several_values_counts(name: str, value: str) -> None:
    header = "x-daily-ratelimit-token-" if name.startswith("daily_") else "x-ratelimit-"
    header += name.removeprefix("daily_")
    repeated = [(header, part) for part in value.split(",")]
    others = [(each, HEADERS[each]) for each in HEADERS if each != header]
    for several in ([(header, value)], repeated, repeated[::-1]):
        limiter = LocalLimiter()
        limiter.observe(CIMultiDict([*several, *others]))
        assert attrs.evolve(limiter.rate, observed_at=None) == REPORTED


def test_more_requests_left_than_the_limit_are_ignored() -> None:
    limiter = LocalLimiter()
    limiter.observe(HEADERS)
    limiter.observe({"x-ratelimit-limit": "20", **remaining(21)})
    assert attrs.evolve(limiter.rate, observed_at=None) == REPORTED


@pytest.mark.parametrize("name", ["keep_daily_tokens", "max_in_flight"])
def test_invalid_argument_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Governor(**{name: -1})
    with pytest.raises(TypeError, match=name):
        Governor(**{name: True})


# --- Event loops


def test_limiter_serves_one_event_loop_after_another() -> None:
    account = Account(max_in_flight=2)

    async def abandon() -> None:
        requests = [account.start(9.0, search=number % 2 == 0) for number in range(20)]
        await asyncio.wait(requests, timeout=1.0)

    for _ in range(2):
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(abandon())
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(account.burst(4, 1.0)) == [0, 0, 1, 1]


def test_loop_closed_while_requests_wait_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def abandon() -> None:
        limiter = LocalLimiter(max_in_flight=1)

        async def call(search: bool) -> None:
            async with limiter.admission(operation="getLeads", cost=20, search=search, patience=9):
                await asyncio.Event().wait()

        await asyncio.wait([asyncio.create_task(call(n == 1)) for n in range(4)], timeout=1.0)

    loop = VirtualTimeLoop()
    loop.run_until_complete(abandon())
    loop.close()
    gc.collect()
    assert {record.message.split("!")[0] for record in caplog.records} == {
        "Task was destroyed but it is pending"
    }


async def test_waits_end_in_real_time() -> None:
    limiter, began = LocalLimiter(), now()
    headers = {"x-ratelimit-limit": "2", "x-sandbox-burst-window": "0.02"}
    limiter.observe(headers, is_local=True)
    for _ in range(5):
        async with limiter.admission(operation="getLeads", cost=20, patience=9.0):
            pass
    assert now() - began >= 0.04
