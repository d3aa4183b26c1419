"""Fault injection: the failures and delays of the next requests."""

from __future__ import annotations

from dataclasses import dataclass

from . import _checks
from ._limits import seconds_text
from ._oauth.endpoints import ENDPOINTS
from ._operations.routes import OPERATIONS
from ._responses import Response, failure

DROP = Response(0, "")  # a marker: close the connection without a response


@dataclass(slots=True, kw_only=True)
class Fault:
    """The failure or delay of the next `times` requests of an operation.

    Without `after_commit`, a `response` replaces the operation; without a `response`, the
    operation is performed after `delay`. With `after_commit`, the operation is performed on
    arrival, and its response is delayed or replaced.
    """

    operation: str = "*"
    response: Response | None = None
    after_commit: bool = False
    delay: float = 0.0
    times: int = 1


def requested_fault(
    operation: str,
    *,
    status: int | None,
    times: int,
    retry_after: float | None,
    drop: bool,
    after_commit: bool,
    delay: float,
) -> Fault:
    """Check the arguments of `Sandbox.fail`, and return the fault."""
    operations = sorted({known.id for known in (*OPERATIONS, *ENDPOINTS)})
    if operation not in ("*", *operations):
        raise ValueError(f"operation must be * or one of {operations}, got {operation!r}.")
    _checks.flag("after_commit", after_commit)
    response = DROP if _checks.flag("drop", drop) else None
    if status is not None:
        if drop:
            raise ValueError("status and drop exclude each other: pass one of them.")
        response = failure(_checks.whole("status", status, 400, 599))
    if retry_after is not None:
        if response is None or drop:
            raise ValueError("retry_after is a header of an error response: pass a status too.")
        wait = _checks.seconds("retry_after", retry_after)
        response = response.with_headers({"retry-after": seconds_text(wait)})
    return Fault(
        operation=operation,
        response=response,
        after_commit=after_commit,
        delay=_checks.seconds("delay", delay),
        times=_checks.whole("times", times, 1),
    )


class Faults:
    """The pending faults, first in, first out."""

    def __init__(self) -> None:
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        self._pending.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._pending.clear()

    def take(self, operation: str) -> Fault:
        """Use up and return the fault for a request; one without effect if none is pending."""
        for fault in self._pending:
            if fault.operation in ("*", operation):
                fault.times -= 1
                if not fault.times:
                    self._pending.remove(fault)
                return fault
        return Fault()
