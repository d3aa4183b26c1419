"""Decide which failures are retried, after how long, and how many retries are allowed.

Two requests are repeated elsewhere: a creation with a key after `RetryPolicy.settle`, in
`_operations/creation`, and a refresh whose response is lost, in `auth/_token_endpoint.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final, TypeVar

import backoff

from ..config import RetryPolicy
from ..errors import (
    ApiError,
    CertificateError,
    DailyBudgetExhaustedError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)

A = TypeVar("A")
T = TypeVar("T")

_RETRY_COST: Final = 5
_RETRY_COST_AFTER_TIMEOUT: Final = 10


class RetryQuota:
    """The retries that all calls of one account may still make.

    It prevents a thousand calls from sending three thousand requests while a server is down:
    a retry takes from the quota, a success returns a part, and no call retries without it.

    Attributes:
        size: The largest value of `left`: enough for a hundred retries, or fifty after timeouts.
        left: The part of the quota that was not taken.
    """

    def __init__(self, size: int = 500) -> None:
        self.size = size
        self.left = size

    def spend(self, error: PipedriveError) -> bool:
        """Take the cost of a retry after this error; return False if too little is left."""
        is_timeout = isinstance(error, RequestTimeoutError)
        cost = _RETRY_COST_AFTER_TIMEOUT if is_timeout else _RETRY_COST
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def refund(self, *, retried: bool) -> None:
        """Return the cost of one retry after a success that needed retries, otherwise 1."""
        self.left = min(self.size, self.left + (_RETRY_COST if retried else 1))


def is_transient(error: Exception) -> bool:
    """Return whether the same request may succeed on another attempt."""
    if isinstance(error, TransportError):
        return not isinstance(error, CertificateError)
    if isinstance(error, ApiError):
        if isinstance(error, DailyBudgetExhaustedError):
            return False
        return isinstance(error, RateLimitedError | ServerError) or error.status in (408, 425)
    return isinstance(error, UnexpectedResponseError) and (error.garbled or error.misdirected)


def outcome_is_known(error: PipedriveError) -> bool:
    """Return whether an error proves that the request was not sent, was refused, or was done.

    A redirect other than 303 proves a refusal: the request must be sent to another URL.
    https://www.rfc-editor.org/rfc/rfc9110#section-15.4
    """
    if isinstance(error, TransportError):
        return error.sent is False
    if isinstance(error, UnexpectedResponseError):
        return error.refused or error.status in (301, 302, 307, 308)
    return not isinstance(error, ServerError)


def wait_times(
    policy: RetryPolicy,
    quota: RetryQuota,
    time_left: Callable[[], float],
    rng: Callable[[], float],
    failures: int = 0,
    *,
    can_be_repeated: Callable[[], bool] = lambda: True,
) -> Generator[float, Any, None]:
    """Yield the seconds to wait after each error that is sent in; raise it if it is final.

    Args:
        policy: The number of attempts, and the bounds of the waits.
        quota: The retries that are still allowed.
        time_left: Returns the seconds until the deadline of the call; no wait is longer.
        rng: Returns a random number from 0 up to 1. With full jitter a wait lies anywhere
            between zero and its ceiling, so that callers that failed together do not retry
            together.
            https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        failures: The attempts that failed before.
        can_be_repeated: Returns whether the body of the request can be sent again.
    """
    error = yield 0.0
    while is_transient(error) and can_be_repeated():
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        # A 429 with a wait costs no attempt and no quota; the deadline limits it.
        is_free = isinstance(error, RateLimitedError) and retry_after is not None
        failures += not is_free
        ceiling = min(policy.cap, policy.base * 2.0 ** (min(failures, 64) - 1))
        delay = (retry_after or 0.0) + rng() * ceiling
        is_too_late = delay > time_left()
        if is_too_late or failures >= policy.attempts or not (is_free or quota.spend(error)):
            break
        error = yield delay
    # After a `return`, backoff would raise the error in the context of a StopIteration.
    raise error


def retrying(
    attempt: Callable[[A], Awaitable[T]],
    *,
    on_retry: Callable[[A, PipedriveError, float], None],
    policy: RetryPolicy,
    quota: RetryQuota,
    start_deadline: Callable[[], Callable[[], float]],
    rng: Callable[[], float],
    failures: int = 0,
    can_be_repeated: Callable[[], bool] = lambda: True,
) -> Callable[[A], Awaitable[T]]:
    """Return a function that repeats an attempt while its errors are transient.

    backoff's own options are not used: with `jitter` or `max_time` it waits less than
    Pipedrive asked, `max_time` reads the wall clock, and `logger` logs every retry again.
    An error that the generator raises passes through backoff unchanged.

    Args:
        attempt: The function.
        on_retry: Called before each wait with the argument of the function, the error of the
            attempt, and the seconds to wait.
        policy: As for `wait_times`.
        quota: As for `wait_times`.
        start_deadline: Called for each call; returns its `time_left`, as for `wait_times`.
        rng: As for `wait_times`.
        failures: As for `wait_times`.
        can_be_repeated: As for `wait_times`.
    """

    def on_backoff(details: Any) -> None:
        [argument] = details["args"]
        on_retry(argument, details["exception"], details["wait"])

    decorate = backoff.on_exception(
        wait_times,
        PipedriveError,
        jitter=None,
        logger=None,
        on_backoff=on_backoff,
        policy=policy,
        quota=quota,
        # For each call, backoff calls every argument of the generator that is callable.
        time_left=start_deadline,
        rng=lambda: rng,
        failures=failures,
        can_be_repeated=lambda: can_be_repeated,
    )
    return decorate(attempt)
