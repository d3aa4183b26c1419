"""`Barrier`: a reason to send nothing for a while; and the errors of requests not sent.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

from typing import Final

import attrs

from .._shared.log import shown
from ..errors import ApiError, BlockedError, DailyBudgetExhaustedError, RateLimitedError
from .signals import BLOCK_SECONDS, plausible_wait

PROBE_INTERVAL: Final = 15 * 60.0
"""Seconds until one request probes whether the daily budget is back.

The budget comes back at midnight in a time zone that Pipedrive does not document. A probe every
quarter of an hour takes fewer than a hundred requests a day.
"""


@attrs.frozen
class Barrier:
    """A reason to send nothing until a moment, after which one request at a time probes.

    Attributes:
        until: The moment, on the limiter's clock.
        error: The error class of a call that is not sent.
        status: The HTTP status of that error.
        reason: The beginning of its message.
    """

    until: float
    error: type[ApiError]
    status: int
    reason: str

    @classmethod
    def for_error(cls, error: ApiError, now: float) -> Barrier | None:
        """Return the barrier that an error of Pipedrive requires, None if it requires none."""
        if isinstance(error, BlockedError):
            return cls.blocked(now + BLOCK_SECONDS)
        if isinstance(error, DailyBudgetExhaustedError):
            return cls.budget_exhausted(now + (plausible_wait(error) or PROBE_INTERVAL))
        return None

    @classmethod
    def blocked(cls, until: float) -> Barrier:
        return cls(until, BlockedError, 403, "Pipedrive blocks this client")

    @classmethod
    def budget_exhausted(cls, until: float) -> Barrier:
        return cls(until, DailyBudgetExhaustedError, 429, "the daily token budget is used up")

    @classmethod
    def budget_reserved(cls, until: float, keep_daily_tokens: int) -> Barrier:
        reason = f"the daily token budget is down to keep_daily_tokens={keep_daily_tokens}"
        return cls(until, DailyBudgetExhaustedError, 429, reason)

    def refusal(self, operation: str, now: float | None) -> ApiError:
        """Return the error of a call that is not sent; `now` is None while another one probes."""
        wait = None if now is None else self.until - now
        advice = (
            "another call is checking whether this has ended"
            if wait is None
            else f"try again in {shown(wait)}"
        )
        message = f"not sent: {self.reason}: {advice}"
        return self.error(message, status=self.status, operation=operation, retry_after=wait)


def turn_too_late(wait: float, patience: float, operation: str) -> RateLimitedError:
    """Return the error of a call whose turn comes after its deadline.

    Args:
        wait: Seconds until its turn.
        patience: Seconds until its deadline.
        operation: Pipedrive's operation id.
    """
    message = (
        f"not sent: the burst limit delays it by {wait:.3g} s, {wait - patience:.3g} s beyond the "
        "call's deadline: raise LeadsClient(timeout=...), or make fewer calls at once, with "
        "asyncio.Semaphore or the concurrency of add_leads"
    )
    return RateLimitedError(message, status=429, operation=operation, retry_after=wait)
