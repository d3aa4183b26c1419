"""Put forward the clock of an account, by which it remembers when requests were sent."""

from __future__ import annotations

import time

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.transport.shared_state import SharedState


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        self._skipped += seconds


class ClockedSessionManager(SessionManager):
    """A session manager whose accounts read the time from a clock of the test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._shared_state = SharedState(clock)
