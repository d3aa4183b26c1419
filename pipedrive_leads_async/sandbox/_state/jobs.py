"""Jobs that run in the background: one request starts a job, others poll its status."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._json import Json


@dataclass(slots=True, kw_only=True)
class Job:
    """One job on the lead or deal with the id `source`.

    It finishes with `outcome` after `polls` polls that return another status. `perform` returns
    the properties of a successful result, or None if the lead or deal no longer exists.
    """

    source: str
    perform: Callable[[], Json | None]
    polls: int
    outcome: str
    polled: int = 0
    result: Json = field(default_factory=dict[str, Any])

    def poll(self) -> Json:
        """Count a poll and return the status; run the job when it is due."""
        self.polled += 1
        if self.polled <= self.polls:
            return {"status": "not_started" if self.polled == 1 else "running"}
        if not self.result:
            made = self.perform() if self.outcome == "completed" else {}
            self.result = {"status": "failed"} if made is None else {"status": self.outcome} | made
        return self.result


class Jobs:
    """The jobs of an account, and the plan for new ones."""

    OUTCOMES = ("completed", "failed", "rejected")

    def __init__(self) -> None:
        self._by_id: dict[str, Job] = {}
        self._polls = 2
        self._outcome = "completed"

    def plan(self, polls: int, outcome: str) -> None:
        """Set the polls and the outcome of new jobs."""
        self._polls, self._outcome = polls, outcome

    def start(self, source: str, perform: Callable[[], Json | None], random: random.Random) -> str:
        """Start a job on the lead or deal with the id `source`; return the id of the job."""
        id = str(uuid.UUID(bytes=random.randbytes(16), version=4))
        self._by_id[id] = Job(
            source=source, perform=perform, polls=self._polls, outcome=self._outcome
        )
        return id

    def find(self, id: str, source: str) -> Job | None:
        """Return the job with this id, or None if there is none for this source."""
        job = self._by_id.get(id)
        return job if job and job.source == source else None
