"""Configure how long calls may take and how often they are retried; report their attempts."""

from __future__ import annotations

from functools import partial

import attrs

from ._shared import checks
from .errors import ConfigurationError

__all__ = ["Attempt", "RetryPolicy", "Timeouts"]


_seconds = partial(checks.number, above=0, error=ConfigurationError)
_count = partial(checks.integer, error=ConfigurationError)


@attrs.frozen
class Timeouts:
    """The timeouts of a client, each in seconds above 0.

    `connect` and `read` limit one attempt; they exclude the wait for a free connection and
    for the rate limit. `deadline` limits a whole call with its retries, waits and token
    refreshes. A walk makes many calls, and each has its own deadline.

    Attributes:
        connect: The name lookup, TCP and TLS handshakes of a new connection.
        read: The longest pause between two parts of a response.
        deadline: The whole call.

    Raises:
        ConfigurationError: A value is not a finite number above 0.

    Example:
        >>> from pipedrive_leads_async import LeadsClient, Timeouts
        >>> client = LeadsClient("api-token", timeout=Timeouts(deadline=20.0))
    """

    connect: float = attrs.field(default=10.0, validator=checks.checked(_seconds))
    read: float = attrs.field(default=30.0, validator=checks.checked(_seconds))
    deadline: float = attrs.field(default=120.0, validator=checks.checked(_seconds))


@attrs.frozen
class RetryPolicy:
    """How often a call is retried, and after which waits.

    The wait before retry n (from 0) is random between 0 and `base * 2**n` seconds, at most
    `cap`. If Pipedrive asks for a wait, the random wait is added to it. A 429 that asks for
    a wait costs no attempt. A wait that would end after the deadline raises the error at once.

    While a server is down, all calls of one account together make a hundred retries, and then
    none until calls succeed again.

    Attributes:
        attempts: The maximum number of requests of one call; 1 means no retries.
        base: The maximum of the first wait, in seconds.
        cap: The maximum of every wait, in seconds, without the wait that Pipedrive asks for.
        settle: Seconds after which a request of unknown outcome has either taken effect or
            never will. `add_lead` with an idempotency key then looks for the lead, and sends
            the request once more if there is none; its deadline is extended by `settle`. A later
            call with the key waits for 30 seconds, or for `settle` if that is longer.
            Pipedrive's edge times out after some 100 seconds, so 120 is safe. None: such a
            request is never sent again. Calls that wait for the same creation have the `settle`
            of the call that started it.

    Raises:
        ConfigurationError: A value is out of its bounds.

    Example:
        >>> from pipedrive_leads_async import LeadsClient, RetryPolicy
        >>> client = LeadsClient("api-token", retry=RetryPolicy(attempts=5))
    """

    attempts: int = attrs.field(default=3, validator=checks.checked(_count))
    base: float = attrs.field(default=0.5, validator=checks.checked(_seconds))
    cap: float = attrs.field(default=8.0, validator=checks.checked(_seconds))
    # By keyword only: it took the place of a former attribute, which had a number too.
    settle: float | None = attrs.field(
        default=None, validator=checks.checked(_seconds, optional=True), kw_only=True
    )


@attrs.frozen(kw_only=True)
class Attempt:
    """One attempt of a call, as passed to `on_attempt`.

    Attributes:
        operation: Pipedrive's operation id.
        number: 1 for the first attempt of a call.
        status: The HTTP status, None if there is no response.
        error: The name of the error's class, None if the attempt succeeded.
        seconds: The time from sending the request to the end of the response.
        request_id: Pipedrive's id of the request, None if there is no response.
        tokens: The tokens of the daily budget that the attempt cost, as Pipedrive documents
            them: 0 if it was not sent, and None for a `request` to another endpoint, whose cost
            is not known here.
    """

    operation: str
    number: int
    status: int | None
    error: str | None
    seconds: float
    request_id: str | None
    tokens: int | None = None
