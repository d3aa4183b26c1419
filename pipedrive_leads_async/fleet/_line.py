"""The requests of one process that wait for their slots, and its share without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import attrs

from .._limits.barrier import turn_too_late
from .._limits.limiter import LocalLimiter
from .._limits.window import Window

SMALLEST_LIMIT: Final = 20
"""The burst limit of an API token on the smallest plan."""


@attrs.frozen(eq=False)
class PendingRequest:
    """A request that waits to be sent, or is in flight.

    Attributes:
        operation: Pipedrive's operation id, for errors.
        cost: Tokens of the daily budget that the request takes.
        search: Whether the request counts in the window of searches.
        deadline: The moment until which it can wait.
    """

    operation: str
    cost: int
    search: bool
    deadline: float

    def patience(self) -> float:
        """Return the seconds that the request can still wait, at least 0."""
        return max(0.0, self.deadline - monotonic())


@attrs.frozen
class Slot:
    """The moment that the fleet has assigned to one request.

    Attributes:
        at: The moment by Redis's clock, in microseconds.
        due: The same moment by the clock of this process.
        slack: Seconds by which the request may leave late. A slot that is due within as many
            seconds is near, and is not confirmed again.
        spent: Tokens that the fleet had spent of the daily budget, this request included.
        probes: The barrier that the request probes, 0 for none.
    """

    at: int
    due: float
    slack: float
    spent: int
    probes: int


@attrs.define
class Line:
    """The requests of this process that wait for one of Pipedrive's two windows.

    Attributes:
        prefix: The beginning of the names of the window's fields in Redis.
        window: The window as this process knows it.
        turn: Held by the first request in line while it asks Redis for its slot. So a process
            holds few slots at a time.
        waiting: The requests in line.
        pace: Seconds between two slots of the whole fleet.
    """

    prefix: str
    window: Window
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    waiting: set[PendingRequest] = attrs.field(factory=set[PendingRequest])
    pace: float = 0.0

    @contextmanager
    def join(self, request: PendingRequest) -> Generator[None]:
        """Count a request as waiting; refuse it if its slot would come after its deadline."""
        wait, patience = len(self.waiting) * self.pace, request.patience()
        if wait > patience:
            raise turn_too_late(wait, patience, request.operation)
        self.waiting.add(request)
        try:
            yield
        finally:
            self.waiting.discard(request)

    def drop_waiting(self) -> None:
        """Drop the requests of a closed event loop."""
        self.waiting.clear()
        self.turn = asyncio.Lock()


class Share(LocalLimiter):
    """The part of the limits that one process uses while Redis cannot be reached.

    Args:
        workers: The largest number of processes.
        options: As for `LocalLimiter`.
    """

    def __init__(self, workers: int, **options: Any) -> None:
        super().__init__(**options)
        self.workers = workers

    def follow(self, whole: Window, *, search: bool) -> None:
        """Set the share of a window.

        If it is less than one request, allow one request and lengthen the window.
        """
        limit, window = whole.limit or SMALLEST_LIMIT, self._windows[search]
        window.limit = max(1, limit // self.workers)
        window.length = whole.length * max(1.0, self.workers / limit)
