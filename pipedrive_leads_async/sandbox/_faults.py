"""Failures made to order: which of the next requests fail, and how."""

from __future__ import annotations

from dataclasses import dataclass

from . import _checks
from ._limits import seconds_text
from ._oauth.endpoints import ENDPOINTS
from ._operations.routes import OPERATIONS
from ._responses import Answer, failure

DROP = Answer(0, "")  # stands for no answer: the connection is closed instead


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to requests besides, or instead of, their operation.

    Without `after_commit` an `answer` takes the place of the operation, which waits for `delay`
    too; with it, the operation is performed on arrival and only its answer is late or lost.
    """

    operation: str = "*"
    answer: Answer | None = None
    after_commit: bool = False
    delay: float = 0.0
    times: int = 1


def made_to_order(
    operation: str,
    *,
    status: int | None,
    times: int,
    retry_after: float | None,
    drop: bool,
    after_commit: bool,
    delay: float,
) -> Fault:
    """Return the fault that `Sandbox.fail` was asked for, or raise what is wrong with it."""
    operations = sorted({known.id for known in (*OPERATIONS, *ENDPOINTS)})
    if operation not in ("*", *operations):
        raise ValueError(f"operation must be * or one of {operations}, and is {operation!r}.")
    _checks.flag("after_commit", after_commit)
    answer = DROP if _checks.flag("drop", drop) else None
    if status is not None:
        if drop:
            raise ValueError("status goes without drop: a dropped connection has no answer.")
        answer = failure(_checks.whole("status", status, 400, 599))
    if retry_after is not None:
        if answer is None or drop:
            raise ValueError("retry_after needs a status, whose header it is.")
        wait = _checks.seconds("retry_after", retry_after)
        answer = answer.with_headers({"retry-after": seconds_text(wait)})
    return Fault(
        operation=operation,
        answer=answer,
        after_commit=after_commit,
        delay=_checks.seconds("delay", delay),
        times=_checks.whole("times", times, 1),
    )


class Faults:
    """The faults still to come, first in first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let this fault happen after those that are waiting already."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Let none of them happen."""
        self._waiting.clear()

    def take(self, operation: str) -> Fault:
        """Return the fault for a request of this operation; mostly one that does nothing."""
        for fault in self._waiting:
            if fault.operation in ("*", operation):
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return Fault()
