"""Retries: which failures get one, how long they wait, what they may cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async._http.retry import (
    RetryQuota,
    is_transient,
    outcome_is_known,
    retrying,
    waits,
)
from pipedrive_leads_async.config import RetryPolicy
from pipedrive_leads_async.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    CertificateError,
    ClientClosedError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    NotFoundError,
    PermissionDeniedError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UnexpectedResponseError,
)

Waits = Generator[float, Any, None]

HOUR = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def begin(
    policy: RetryPolicy | None = None,
    *,
    quota: RetryQuota | None = None,
    deadline: float = HOUR,
    clock: Callable[[], float] = lambda: 0.0,
    random: float = 1.0,
) -> Waits:
    """Begin the waits of one call; `random` is what the dice show."""
    generator = waits(
        policy or RetryPolicy(), quota or RetryQuota(500), deadline, clock, lambda: random
    )
    assert next(generator) == 0.0
    return generator


def waits_for(generator: Waits, *errors: PipedriveError) -> list[float]:
    return [generator.send(error) for error in errors]


def gives_up(generator: Waits, error: PipedriveError) -> bool:
    with pytest.raises(type(error)) as caught:
        generator.send(error)
    return caught.value is error


def in_words(value: object) -> str:
    facts = {key: fact for key, fact in getattr(value, "__dict__", {}).items() if fact}
    return f"{type(value).__name__} {facts or value}"


# Which failures


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailedError(sent=False),
        ConnectionFailedError(sent=True),
        RequestTimeoutError(sent=True),
        ApiError(status=408),
        ApiError(status=425),
        RateLimitedError(status=429),
        ServerError(status=503),
        UnexpectedResponseError(status=200, garbled=True),
    ],
    ids=in_words,
)
def test_what_may_pass_is_tried_again(error: PipedriveError) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        CertificateError(sent=False),
        BadRequestError(status=400),
        AuthenticationError(status=401),
        ApiError(status=402),
        PermissionDeniedError(status=403),
        BlockedError(status=403),
        NotFoundError(status=404),
        ApiError(status=409),
        DailyBudgetExhaustedError(status=429, retry_after=0.0),
        UnexpectedResponseError(status=200),
        ClientClosedError(),
    ],
    ids=in_words,
)
def test_what_stays_as_it_is_is_not_tried_again(error: PipedriveError) -> None:
    assert not is_transient(error)
    assert gives_up(begin(), error)


@pytest.mark.parametrize(
    ("error", "proof"),
    [
        (ConnectionFailedError(sent=False), True),
        (ConnectionFailedError(sent=True), False),
        (RequestTimeoutError(sent=None), False),
        (BadRequestError(status=400), True),
        (ApiError(status=408), True),
        (RateLimitedError(status=429), True),
        (ServerError(status=500), False),
        (ServerError(status=503, retry_after=1.0), False),
        (UnexpectedResponseError(status=200), False),
        (UnexpectedResponseError(status=200, refused=True), True),
        (UnexpectedResponseError(status=301), True),
        (UnexpectedResponseError(status=302), True),
        (UnexpectedResponseError(status=303), False),
        (UnexpectedResponseError(status=307), True),
        (UnexpectedResponseError(status=308), True),
    ],
    ids=in_words,
)
def test_only_a_refusal_or_an_unsent_request_proves_that_nothing_happened(
    error: PipedriveError, proof: bool
) -> None:
    assert outcome_is_known(error) is proof


# How often, how long


def test_attempts_count_the_first_one() -> None:
    generator = begin(RetryPolicy(attempts=3))
    waits_for(generator, ServerError(), ServerError())
    assert gives_up(generator, ServerError())


def test_waits_double_from_base_to_cap() -> None:
    generator = begin(RetryPolicy(attempts=99, base=0.5, cap=8.0))
    assert waits_for(generator, *[ServerError()] * 7) == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_thousands_of_attempts_do_not_overflow() -> None:
    generator = begin(RetryPolicy(attempts=5000, quota=10**6), quota=RetryQuota(10**6))
    assert waits_for(generator, *[ServerError()] * 4000)[-1] == 8.0


def test_waits_are_spread_from_zero() -> None:
    assert waits_for(begin(random=0.0), ServerError(), ServerError()) == [0.0, 0.0]
    assert waits_for(begin(random=0.25), ServerError(), ServerError()) == [0.125, 0.25]


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("error", "spread"), [(RateLimitedError, 0.25), (ServerError, 0.5)])
def test_what_pipedrive_asked_to_wait_is_a_floor_from_which_waits_are_spread(
    error: type[ApiError], spread: float, random: float
) -> None:
    waited = waits_for(begin(random=random), error(retry_after=7.0))
    assert waited == [7.0 + spread * random]


def test_a_rate_limit_that_says_how_long_costs_no_attempt() -> None:
    quota = RetryQuota(500)
    generator = begin(RetryPolicy(attempts=1), quota=quota)
    waits_for(generator, *[RateLimitedError(retry_after=1.0)] * 10)
    assert quota.left == 500
    assert gives_up(generator, ServerError())


def test_a_rate_limit_that_does_not_say_how_long_costs_an_attempt() -> None:
    assert gives_up(begin(RetryPolicy(attempts=1)), RateLimitedError())


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    clock = Clock()
    generator = begin(deadline=10.0, clock=clock, random=0.0)
    assert waits_for(generator, RateLimitedError(retry_after=6.0)) == [6.0]
    clock.now += 6.0
    assert waits_for(generator, RateLimitedError(retry_after=4.0)) == [4.0]
    clock.now += 0.1
    assert gives_up(generator, RateLimitedError(retry_after=4.0))


def test_the_deadline_counts_from_the_first_attempt_not_from_the_first_failure() -> None:
    clock = Clock()
    generator = begin(deadline=10.0, clock=clock)
    clock.now += 10.0
    assert gives_up(generator, ServerError())


# What it may cost


def test_a_call_that_finds_the_quota_empty_gives_up() -> None:
    quota = RetryQuota(14)
    waits_for(begin(quota=quota), ServerError())
    waits_for(begin(quota=quota), ServerError())
    assert gives_up(begin(quota=quota), ServerError())


def test_a_retry_after_a_timeout_costs_double() -> None:
    quota = RetryQuota(14)
    waits_for(begin(quota=quota), RequestTimeoutError())
    assert quota.left == 4


def test_a_call_that_gives_up_pays_nothing() -> None:
    quota = RetryQuota(500)
    assert gives_up(begin(quota=quota, deadline=1.0), ServerError(retry_after=2.0))
    assert gives_up(begin(RetryPolicy(attempts=1), quota=quota), ServerError())
    assert quota.left == 500


def test_successes_fill_the_quota_to_its_size_and_no_further() -> None:
    quota = RetryQuota(10)
    quota.spend(RequestTimeoutError())
    quota.refund(retried=False)
    assert quota.left == 1
    quota.refund(retried=True)
    assert quota.left == 6
    quota.refund(retried=True)
    assert quota.left == 10


failures = st.one_of(
    st.builds(ServerError, retry_after=st.none() | st.floats(0, 100)),
    st.builds(RateLimitedError, retry_after=st.none() | st.floats(0, 100)),
    st.builds(ConnectionFailedError),
    st.builds(RequestTimeoutError),
)


@given(
    errors=st.lists(st.tuples(failures, st.floats(0, 1), st.floats(0, 50)), max_size=30),
    policy=st.builds(
        RetryPolicy,
        attempts=st.integers(1, 10),
        base=st.floats(0.001, 10),
        cap=st.floats(0.001, 10),
    ),
    size=st.integers(0, 50),
)
def test_whatever_fails_no_wait_is_too_short_too_long_or_too_many(
    errors: list[tuple[ServerError, float, float]], policy: RetryPolicy, size: int
) -> None:
    clock, quota = Clock(), RetryQuota(size)
    deadline = 120.0
    dice = [1.0]
    generator = waits(policy, quota, deadline, clock, lambda: dice[0])
    next(generator)
    began, paid = clock.now, 0
    for error, dice[0], took in errors:
        clock.now += took
        try:
            wait = generator.send(error)
        except PipedriveError:
            break
        asked = getattr(error, "retry_after", None) or 0.0
        assert asked <= wait <= asked + policy.cap
        clock.now += wait
        assert clock.now - began <= deadline + 1e-6
        is_free = isinstance(error, RateLimitedError) and error.retry_after is not None
        paid += not is_free
    assert paid < policy.attempts
    assert paid * 5 <= size - quota.left


# Together with backoff


async def test_an_attempt_is_repeated_until_it_succeeds() -> None:
    failing: list[PipedriveError] = [ServerError(), ConnectionFailedError()]

    async def attempt(what: str, *, how: str) -> str:
        if failing:
            raise failing.pop()
        return f"{what} {how}"

    repeated = retrying(
        attempt,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        deadline=HOUR,
        clock=time.monotonic,
        rng=lambda: 0.0,
    )
    assert await repeated("done", how="well") == "done well"
    assert not failing


async def test_a_wait_is_waited_in_full() -> None:
    failing: list[PipedriveError] = [RateLimitedError(retry_after=0.05)]

    async def attempt() -> None:
        if failing:
            raise failing.pop()

    repeated = retrying(
        attempt,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        deadline=HOUR,
        clock=time.monotonic,
        rng=lambda: 0.0,
    )
    began = time.monotonic()
    await repeated()
    assert time.monotonic() - began >= 0.05


async def test_the_last_error_is_raised_with_nothing_of_the_machinery_around_it() -> None:
    async def attempt() -> None:
        raise NotFoundError("gone")

    repeated = retrying(
        attempt,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        deadline=HOUR,
        clock=time.monotonic,
        rng=lambda: 0.0,
    )
    with pytest.raises(NotFoundError, match="gone") as caught:
        await repeated()
    assert caught.value.__context__ is None


async def test_a_retry_is_not_told_of_under_anothers_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing: list[PipedriveError] = [ServerError()]

    async def attempt() -> None:
        if failing:
            raise failing.pop()

    repeated = retrying(
        attempt,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        deadline=HOUR,
        clock=time.monotonic,
        rng=lambda: 0.0,
    )
    with caplog.at_level("DEBUG", "backoff"):
        await repeated()
    assert not failing
    assert not [record for record in caplog.records if record.name == "backoff"]


async def test_an_error_that_is_not_ours_is_not_tried_again() -> None:
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1
        raise TimeoutError("a hook of the user's")

    repeated = retrying(
        attempt,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        deadline=HOUR,
        clock=time.monotonic,
        rng=lambda: 0.0,
    )
    with pytest.raises(TimeoutError, match="hook"):
        await repeated()
    assert attempts == 1
