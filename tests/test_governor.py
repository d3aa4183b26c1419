"""A governor keeps every client of one credential within Pipedrive's limits."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import gc
import random
import selectors
from math import inf, nan
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async.errors import (
    ApiError,
    BlockedError,
    ConfigurationError,
    NotFoundError,
    RateLimitedError,
)
from pipedrive_leads_async.errors import DailyBudgetExhaustedError as ExhaustedError
from pipedrive_leads_async.governor import Governor, GovernorProtocol, Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

TICK = 1 / 64  # seconds, in fractions that add without rounding


class JumpingClock(selectors.SelectSelector):
    """Time that passes when nothing else is to do, and then at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for ever: a wake-up was lost"
        self.now += max(timeout, 0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = JumpingClock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def jumping(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a loop whose time jumps."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(debug=False, loop_factory=JumpingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    return asyncio.get_running_loop().time()


class Account(Governor):
    """A governor whose requests are made here; each tells when it was sent."""

    _clock = staticmethod(now)

    def __init__(self, limit: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if limit:
            self.observe({"x-ratelimit-limit": str(limit)})

    async def send(
        self,
        seconds: float = 0.0,
        headers: Mapping[str, str] | None = None,
        *,
        cost: int = 20,
        search: bool = False,
        patience: float = inf,
    ) -> float:
        """Send a request that is answered after so many seconds."""
        governor: GovernorProtocol = self
        async with governor.admission(
            operation="getLeads", cost=cost, search=search, patience=patience
        ):
            sent = now()
            if seconds:
                await asyncio.sleep(seconds)
            governor.observe(headers or {}, search=search)
        return sent

    def begin(self, *args: Any, **kwargs: Any) -> asyncio.Task[float]:
        return asyncio.create_task(self.send(*args, **kwargs))

    async def burst(self, count: int, *args: Any, **kwargs: Any) -> list[float]:
        return await asyncio.gather(*[self.send(*args, **kwargs) for _ in range(count)])

    @property
    def remembered(self) -> int:
        return len(self._windows[False].answered)

    async def refuses(self, kind: type[ApiError], **kwargs: Any) -> ApiError:
        """Check that requests fail at once without being sent, and give one of the errors."""
        before = now()
        tries = [self.send(**kwargs) for _ in range(100)]
        error, *others = await asyncio.gather(*tries, return_exceptions=True)
        assert isinstance(error, ApiError)
        assert ({type(other) for other in [error, *others]}, now()) == ({kind}, before)
        assert error.status == (403 if kind is BlockedError else 429)
        assert (error.attempts, error.operation) == (0, "getLeads")
        assert str(error).startswith("getLeads: not sent: ")
        return error


class Pipedrive:
    """Counts requests in a rolling window of 2 seconds, when they arrive there."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.arrived: list[float] = []

    def arrive(self) -> dict[str, str]:
        self.arrived.append(now())
        left = self.limit - self.counted(now())
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": "2",
        }

    def counted(self, end: float) -> int:
        return sum(end - 2.0 < moment <= end for moment in self.arrived)

    def most(self) -> int:
        return max(map(self.counted, self.arrived), default=0)


def remaining(count: int) -> dict[str, str]:
    return {"x-ratelimit-remaining": str(count)}


def daily(count: int) -> dict[str, str]:
    return {"x-daily-ratelimit-token-remaining": str(count)}


# --- The burst window


@jumping
async def test_nothing_waits_before_an_answer_told_the_limit_and_everything_counts_after() -> None:
    account = Account()
    assert await account.burst(30) == [0] * 30
    account.observe({"x-ratelimit-limit": "32"})
    assert await account.burst(3) == [0, 0, 2]


@jumping
async def test_a_burst_goes_at_once_and_the_next_a_window_after_its_answers() -> None:
    assert await Account(limit=3).burst(7, 0.5) == [0, 0, 0, 2.5, 2.5, 2.5, 5]


TICKS = st.integers(0, 200)


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


async def iterations(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


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


# --- The daily budget, and being blocked


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
    governor, before = Governor(), dt.datetime.now(dt.UTC)
    governor.observe({})
    assert governor.rate == Rate()
    governor.observe(HEADERS, search=True)
    assert attrs.evolve(governor.rate, observed_at=None) == Rate(
        daily_limit=150_000, daily_remaining=75_000
    )
    governor.observe(HEADERS)
    assert attrs.evolve(governor.rate, observed_at=None) == SAID
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
        governor = Governor(max_in_flight=1)

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
    governor, began = Governor(), now()
    governor.observe({"x-ratelimit-limit": "2", "x-ratelimit-reset": "0.02"})
    for _ in range(5):
        async with governor.admission(operation="getLeads", cost=20, patience=9.0):
            pass
    assert now() - began >= 0.04
