"""Which failures are worth another attempt, how long to wait for it, and what it may cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final, ParamSpec, TypeVar

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

P = ParamSpec("P")
T = TypeVar("T")

_COST: Final = 5
_COST_AFTER_TIMEOUT: Final = 10


class RetryQuota:
    """What all calls of a client may still spend on retries.

    While a server is down, a thousand calls shall not send three thousand requests: each
    retry costs, each success gives back, and who finds it empty fails at once.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.left = size

    def spend(self, error: PipedriveError) -> bool:
        """Take what a retry after this error costs, if that much is left."""
        cost = _COST_AFTER_TIMEOUT if isinstance(error, RequestTimeoutError) else _COST
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def refund(self, *, retried: bool) -> None:
        """Give back after a success: what its last retry cost, or a little."""
        self.left = min(self.size, self.left + (_COST if retried else 1))


def is_transient(error: Exception) -> bool:
    """Whether the same request may succeed on another attempt."""
    if isinstance(error, TransportError):
        return not isinstance(error, CertificateError)
    if isinstance(error, ApiError):
        if isinstance(error, DailyBudgetExhaustedError):
            return False
        return isinstance(error, RateLimitedError | ServerError) or error.status in (408, 425)
    return isinstance(error, UnexpectedResponseError) and error.garbled


def outcome_is_known(error: PipedriveError) -> bool:
    """Whether an error says what became of the request: unsent, refused, or done.

    A redirect other than 303 is a refusal: the request belongs elsewhere.
    https://www.rfc-editor.org/rfc/rfc9110#section-15.4
    """
    if isinstance(error, TransportError):
        return error.sent is False
    if isinstance(error, UnexpectedResponseError):
        return error.refused or error.status in (301, 302, 307, 308)
    return not isinstance(error, ServerError)


def waits(
    policy: RetryPolicy,
    quota: RetryQuota,
    deadline: float,
    clock: Callable[[], float],
    rng: Callable[[], float],
) -> Generator[float, Any, None]:
    """Give the seconds to wait after each error that is sent in; raise it where it is final.

    Args:
        policy: How often, and how long at most.
        quota: What the client may still spend.
        deadline: Seconds from the first `next()` on; no wait may end after it.
        clock: Monotonic seconds.
        rng: A number from 0 up to 1. Full jitter: waits spread from zero to their ceiling,
            so that callers that failed together do not come back together.
            https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    began, failures = clock(), 0
    error = yield 0.0
    while is_transient(error):
        asked = error.retry_after if isinstance(error, ApiError) else None
        is_free = isinstance(error, RateLimitedError) and asked is not None
        failures += not is_free
        ceiling = min(policy.cap, policy.base * 2.0 ** (min(failures, 64) - 1))
        delay = (asked or 0.0) + rng() * ceiling
        is_too_late = clock() - began + delay > deadline
        if is_too_late or failures >= policy.attempts or not (is_free or quota.spend(error)):
            break
        error = yield delay
    # Were it to return, backoff would raise the error in the context of a StopIteration.
    raise error


def retrying(
    attempt: Callable[P, Awaitable[T]],
    *,
    policy: RetryPolicy,
    quota: RetryQuota,
    deadline: float,
    clock: Callable[[], float],
    rng: Callable[[], float],
) -> Callable[P, Awaitable[T]]:
    """Repeat an attempt while its errors are transient. Made once per client.

    backoff's own waits are not used: with `jitter` it waits less than Pipedrive asked,
    with `max_time` it waits less than asked too and reads the wall clock, and its logger
    tells of each retry again. What the generator raises passes through it as it is.
    """
    decorate = backoff.on_exception(
        waits,
        PipedriveError,
        jitter=None,
        logger=None,
        policy=policy,
        quota=quota,
        deadline=deadline,
        # backoff calls the arguments of a wait generator that can be called.
        clock=lambda: clock,
        rng=lambda: rng,
    )
    return decorate(attempt)
