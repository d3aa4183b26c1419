"""`Governor`: keeps its clients within the limits of one Pipedrive credential."""

from __future__ import annotations

from .._shared import checks
from ..errors import ConfigurationError
from .limiter import Limiter, LocalLimiter
from .rate import Rate


class Governor:
    """Keeps all clients that share it within the limits of one Pipedrive credential.

    Pipedrive's responses report the burst limit. Once it is known, no more requests than that are
    sent in any 2 seconds; before that, no request is held back. After a 429 all requests pause
    together. When the daily budget is used up, calls fail at once with
    `DailyBudgetExhaustedError` until the budget may be back. Then one request tries, and the
    others follow when it succeeds. Creating a governor needs no event loop; all clients that
    share it run in the same one at a time.

    Args:
        keep_daily_tokens: Tokens of the company's daily budget to leave to others: a request
            that would leave fewer fails with `DailyBudgetExhaustedError`. Pipedrive reports the
            remaining tokens late, so requests in flight together can take a few more. 0 keeps
            none.
        max_in_flight: Requests in flight at once, at least 1.

    Raises:
        ConfigurationError: An argument is out of its bounds.

    Example:
        >>> from pipedrive_leads_async import Governor, LeadsClient
        >>> client = LeadsClient("api-token", governor=Governor(keep_daily_tokens=5000))

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """

    def __init__(self, *, keep_daily_tokens: int = 0, max_in_flight: int = 16) -> None:
        error = ConfigurationError
        self._limiter: Limiter = LocalLimiter(
            keep_daily_tokens=checks.integer(
                "keep_daily_tokens", keep_daily_tokens, low=0, error=error
            ),
            max_in_flight=checks.integer("max_in_flight", max_in_flight, error=error),
        )

    @property
    def rate(self) -> Rate:
        """The limits that Pipedrive last reported."""
        return self.__limiter__().rate

    def __limiter__(self) -> Limiter:
        """Return the limiter that clients ask before each request."""
        return self._limiter
