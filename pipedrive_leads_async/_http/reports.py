"""Report the attempts and the retries of calls: to the log, and to `on_attempt`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from .._shared import callbacks
from .._shared.log import log, log_pause
from ..config import Attempt
from ..errors import ApiError, PipedriveError
from .call import Call
from .message import Response


def report_attempt(
    call: Call,
    response: Response | None,
    error: BaseException | None,
    on_attempt: Callable[[Attempt], None] | None,
) -> None:
    """Log an attempt at DEBUG, and pass it to `on_attempt`."""
    if on_attempt is None and not log.isEnabledFor(logging.DEBUG):
        return
    attempt = Attempt(
        operation=call.operation.id,
        number=call.attempts,
        status=response.status if response else None,
        error=type(error).__name__ if error else None,
        seconds=time.monotonic() - call.attempt_started,
        request_id=response.request_id if response else None,
        tokens=call.attempt_cost(),
    )
    context = {
        "operation": attempt.operation,
        "request_id": attempt.request_id,
        "host": call.host,
        "client": call.client,
    }
    log.debug(
        "%s, attempt %d: %s in %.3f s",
        attempt.operation,
        attempt.number,
        attempt.error or attempt.status,
        attempt.seconds,
        extra={
            **context,
            "attempt": attempt.number,
            "status": attempt.status,
            "error": attempt.error,
            "duration": attempt.seconds,
            "tokens": attempt.tokens,
        },
    )
    if on_attempt is not None:
        callbacks.notify("on_attempt", on_attempt, attempt, extra=context)


def report_retry(call: Call, error: PipedriveError, pause: float) -> None:
    """Log that a call is retried after a pause, and why."""
    log_pause(
        f"{call.operation.id}, attempt {call.attempts} failed with {_describe(error)}",
        "retry",
        pause,
        operation=call.operation.id,
        request_id=error.request_id,
        host=call.host,
        client=call.client,
        attempt=call.attempts,
        error=type(error).__name__,
    )


def _describe(error: PipedriveError) -> str:
    """Return the class of an error with its status, or with the message of this library."""
    name = type(error).__name__
    if isinstance(error, ApiError):
        # The text of Pipedrive's response can contain personal data.
        return f"{name} (status {error.status})"
    return f"{name} ({error.args[0]})" if error.args else name
