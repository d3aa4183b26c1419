"""Set how long a call may take and how often it is retried; see each attempt."""

from __future__ import annotations

from typing import Any

import attrs

from ._shared import checks
from .errors import ConfigurationError

__all__ = ["Attempt", "RetryPolicy", "Timeouts"]


def _seconds(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    checks.number(attribute.name, value, above=0, error=ConfigurationError)


def _count(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    low = 1 if attribute.name == "attempts" else 0
    checks.integer(attribute.name, value, low=low, error=ConfigurationError)


@attrs.frozen
class Timeouts:
    """The patience of a client, in seconds.

    `connect` and `read` count the work on one attempt's socket, never a wait for a free
    connection or for the rate limit. `deadline` counts everything of one request: its
    retries, waits and token refreshes. A walk is many requests, each with its own deadline.

    Attributes:
        connect: For name lookup, TCP and TLS of a new connection.
        read: For each pause between bytes of an answer.
        deadline: For the whole request.

    Example:
        >>> from pipedrive_leads_async import LeadsClient, Timeouts
        >>> client = LeadsClient("api-token", timeout=Timeouts(deadline=20.0))
    """

    connect: float = attrs.field(default=10.0, validator=_seconds)
    read: float = attrs.field(default=30.0, validator=_seconds)
    deadline: float = attrs.field(default=120.0, validator=_seconds)


@attrs.frozen
class RetryPolicy:
    """When a request is sent again.

    A wait is random between 0 and `base * 2**n` seconds, at most `cap`. What Pipedrive asks
    to wait is a floor, and after a 429 it costs no attempt; if the deadline ends before, the
    error is raised at once.

    Attributes:
        attempts: Requests in all for one call, 1 for no retries.
        base: Seconds of the first wait at most.
        cap: Seconds of any wait of our own at most.
        quota: What all calls with a credential may spend on retries: one costs 5, one after a
            timeout 10, a success gives back. It ends retries while a server is down.
        settle: None: a creation of unknown fate is never sent again. Otherwise the seconds
            after which what was sent has happened or never will: a creation with a key that
            is not found then is sent once more. Pipedrive's edge gives up after some 100
            seconds, so 120 leaves room; its deadline grows by as much.

    Example:
        >>> from pipedrive_leads_async import LeadsClient, RetryPolicy
        >>> client = LeadsClient("api-token", retry=RetryPolicy(attempts=5))
    """

    attempts: int = attrs.field(default=3, validator=_count)
    base: float = attrs.field(default=0.5, validator=_seconds)
    cap: float = attrs.field(default=8.0, validator=_seconds)
    quota: int = attrs.field(default=500, validator=_count)
    settle: float | None = attrs.field(default=None, validator=attrs.validators.optional(_seconds))


@attrs.frozen(kw_only=True)
class Attempt:
    """One attempt to get an answer, as `on_attempt` is told.

    Attributes:
        operation: Pipedrive's operation id.
        number: 1 for the first attempt of a call.
        status: The HTTP status, None if no answer came.
        error: The name of the error's class, None if it succeeded.
        seconds: From sending to the end of the answer.
        request_id: Pipedrive's name for the request.
    """

    operation: str
    number: int
    status: int | None
    error: str | None
    seconds: float
    request_id: str | None
