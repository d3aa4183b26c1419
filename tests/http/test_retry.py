"""Test which failures are retried, how long retries wait, and how many are allowed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async._http.retry import (
    RetryQuota,
    is_transient,
    outcome_is_known,
    retrying,
    wait_times,
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

T = TypeVar("T")

Waits = Generator[float, Any, None]

HOUR = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def start_waits(
    policy: RetryPolicy | None = None,
    *,
    quota: RetryQuota | None = None,
    deadline: float = HOUR,
    clock: Callable[[], float] = lambda: 0.0,
    random: float = 1.0,
) -> Waits:
    """Start the waits of one call; `random` is the random number of every wait."""
    end = clock() + deadline
    generator = wait_times(
        policy or RetryPolicy(), quota or RetryQuota(500), lambda: end - clock(), lambda: random
    )
    assert next(generator) == 0.0
    return generator


def send_errors(generator: Waits, *errors: PipedriveError) -> list[float]:
    return [generator.send(error) for error in errors]


def raises_error(generator: Waits, error: PipedriveError) -> bool:
    with pytest.raises(type(error)) as caught:
        generator.send(error)
    return caught.value is error


def describe(value: object) -> str:
    attributes = {key: each for key, each in getattr(value, "__dict__", {}).items() if each}
    return f"{type(value).__name__} {attributes or value}"


# Which failures are retried


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
    ids=describe,
)
def test_transient_error_is_retried(error: PipedriveError) -> None:
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
    ids=describe,
)
def test_permanent_error_is_not_retried(error: PipedriveError) -> None:
    assert not is_transient(error)
    assert raises_error(start_waits(), error)


@pytest.mark.parametrize(
    ("error", "is_known"),
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
    ids=describe,
)
def test_outcome_is_known_after_a_refusal_or_an_unsent_request(
    error: PipedriveError, is_known: bool
) -> None:
    assert outcome_is_known(error) is is_known


# How often, and after how long


def test_first_request_counts_as_an_attempt() -> None:
    generator = start_waits(RetryPolicy(attempts=3))
    send_errors(generator, ServerError(), ServerError())
    assert raises_error(generator, ServerError())


def test_waits_double_from_base_to_cap() -> None:
    generator = start_waits(RetryPolicy(attempts=99, base=0.5, cap=8.0))
    assert send_errors(generator, *[ServerError()] * 7) == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_thousands_of_attempts_do_not_overflow() -> None:
    generator = start_waits(RetryPolicy(attempts=5000), quota=RetryQuota(10**6))
    assert send_errors(generator, *[ServerError()] * 4000)[-1] == 8.0


def test_waits_are_random_from_zero() -> None:
    assert send_errors(start_waits(random=0.0), ServerError(), ServerError()) == [0.0, 0.0]
    assert send_errors(start_waits(random=0.25), ServerError(), ServerError()) == [0.125, 0.25]


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("error", "spread"), [(RateLimitedError, 0.25), (ServerError, 0.5)])
def test_random_wait_is_added_to_the_wait_that_pipedrive_asks_for(
    error: type[ApiError], spread: float, random: float
) -> None:
    waited = send_errors(start_waits(random=random), error(retry_after=7.0))
    assert waited == [7.0 + spread * random]


def test_rate_limit_with_a_wait_costs_no_attempt() -> None:
    quota = RetryQuota(500)
    generator = start_waits(RetryPolicy(attempts=1), quota=quota)
    send_errors(generator, *[RateLimitedError(retry_after=1.0)] * 10)
    assert quota.left == 500
    assert raises_error(generator, ServerError())


def test_rate_limit_without_a_wait_costs_an_attempt() -> None:
    assert raises_error(start_waits(RetryPolicy(attempts=1)), RateLimitedError())


def test_wait_beyond_the_deadline_is_not_started() -> None:
    clock = Clock()
    generator = start_waits(deadline=10.0, clock=clock, random=0.0)
    assert send_errors(generator, RateLimitedError(retry_after=6.0)) == [6.0]
    clock.now += 6.0
    assert send_errors(generator, RateLimitedError(retry_after=4.0)) == [4.0]
    clock.now += 0.1
    assert raises_error(generator, RateLimitedError(retry_after=4.0))


def test_deadline_counts_from_the_first_attempt() -> None:
    clock = Clock()
    generator = start_waits(deadline=10.0, clock=clock)
    clock.now += 10.0
    assert raises_error(generator, ServerError())


# The quota


def test_call_with_an_empty_quota_is_not_retried() -> None:
    quota = RetryQuota(14)
    send_errors(start_waits(quota=quota), ServerError())
    send_errors(start_waits(quota=quota), ServerError())
    assert raises_error(start_waits(quota=quota), ServerError())


def test_retry_after_a_timeout_costs_double() -> None:
    quota = RetryQuota(14)
    send_errors(start_waits(quota=quota), RequestTimeoutError())
    assert quota.left == 4


def test_call_without_a_retry_takes_nothing_from_the_quota() -> None:
    quota = RetryQuota(500)
    assert raises_error(start_waits(quota=quota, deadline=1.0), ServerError(retry_after=2.0))
    assert raises_error(start_waits(RetryPolicy(attempts=1), quota=quota), ServerError())
    assert quota.left == 500


def test_successes_fill_the_quota_up_to_its_size() -> None:
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
def test_waits_keep_their_bounds_after_any_failures(
    errors: list[tuple[ServerError, float, float]], policy: RetryPolicy, size: int
) -> None:
    clock, quota = Clock(), RetryQuota(size)
    deadline = 120.0
    random = [1.0]
    started, retries = clock.now, 0
    generator = wait_times(policy, quota, lambda: started + deadline - clock.now, lambda: random[0])
    next(generator)
    for error, random[0], seconds in errors:
        clock.now += seconds
        try:
            wait = generator.send(error)
        except PipedriveError:
            break
        retry_after = getattr(error, "retry_after", None) or 0.0
        assert retry_after <= wait <= retry_after + policy.cap
        clock.now += wait
        assert clock.now - started <= deadline + 1e-6
        is_free = isinstance(error, RateLimitedError) and error.retry_after is not None
        retries += not is_free
    assert retries < policy.attempts
    assert retries * 5 <= size - quota.left


# With backoff


def retry(
    attempt: Callable[[str], Awaitable[T]],
    on_retry: Callable[[str, PipedriveError, float], None] = lambda _, __, ___: None,
) -> Callable[[str], Awaitable[T]]:
    """Return a function that repeats an attempt without random waits."""
    return retrying(
        attempt,
        on_retry=on_retry,
        policy=RetryPolicy(),
        quota=RetryQuota(500),
        start_deadline=lambda: lambda: HOUR,
        rng=lambda: 0.0,
    )


async def test_attempt_is_repeated_until_it_succeeds() -> None:
    failing: list[PipedriveError] = [ServerError(), ConnectionFailedError()]

    async def attempt(verb: str) -> str:
        if failing:
            raise failing.pop()
        return f"{verb} well"

    repeated = retry(attempt)
    assert await repeated("done") == "done well"
    assert not failing


async def test_each_retry_is_reported_before_its_wait() -> None:
    errors: list[PipedriveError] = [
        ServerError("first"),
        RateLimitedError("second", retry_after=0.01),
    ]
    failing = errors[::-1]
    reported: list[tuple[str, PipedriveError, float]] = []

    async def attempt(_: str) -> None:
        if failing:
            raise failing.pop()

    def report(call: str, error: PipedriveError, seconds: float) -> None:
        reported.append((call, error, seconds))

    repeated = retry(attempt, on_retry=report)
    await repeated("call")
    assert reported == [("call", errors[0], 0.0), ("call", errors[1], 0.01)]


async def test_requested_wait_is_waited_in_full() -> None:
    failing: list[PipedriveError] = [RateLimitedError(retry_after=0.05)]

    async def attempt(_: str) -> None:
        if failing:
            raise failing.pop()

    repeated = retry(attempt)
    started = time.monotonic()
    await repeated("call")
    assert time.monotonic() - started >= 0.05


async def test_last_error_is_raised_without_a_context() -> None:
    async def attempt(_: str) -> None:
        raise NotFoundError("gone")

    repeated = retry(attempt)
    with pytest.raises(NotFoundError, match="gone") as caught:
        await repeated("call")
    assert caught.value.__context__ is None


async def test_retry_is_not_logged_by_backoff(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing: list[PipedriveError] = [ServerError()]

    async def attempt(_: str) -> None:
        if failing:
            raise failing.pop()

    repeated = retry(attempt)
    with caplog.at_level("DEBUG", "backoff"):
        await repeated("call")
    assert not failing
    assert not [record for record in caplog.records if record.name == "backoff"]


async def test_error_of_another_library_is_not_retried() -> None:
    attempts = 0

    async def attempt(_: str) -> None:
        nonlocal attempts
        attempts += 1
        raise TimeoutError("a hook of the user's")

    repeated = retry(attempt)
    with pytest.raises(TimeoutError, match="hook"):
        await repeated("call")
    assert attempts == 1
