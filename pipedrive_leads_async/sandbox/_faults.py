"""Failures made to order: which of the next requests fail, and how."""

from __future__ import annotations

from dataclasses import dataclass

from ._answers import Answer

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


class Faults:
    """The faults still to come, first in first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let this fault happen after those that are waiting already."""
        self._waiting.append(fault)

    def take(self, operation: str) -> Fault:
        """Return the fault for a request of this operation; mostly one that does nothing."""
        for fault in self._waiting:
            if fault.operation in ("*", operation):
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return Fault()
