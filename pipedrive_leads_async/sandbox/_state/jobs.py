"""Jobs: begun by one request, they end while others ask how far they are."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._json import Json


@dataclass(slots=True, kw_only=True)
class Job:
    """One job: what it does, after how many looks at it, and how it ends.

    `perform` returns what there is to say about its success, None when there was nothing to do
    it with any more.
    """

    source: str
    perform: Callable[[], Json | None]
    polls: int
    outcome: str
    polled: int = 0
    said: Json = field(default_factory=dict[str, Any])

    def poll(self) -> Json:
        """Go one step on and tell how far it is."""
        self.polled += 1
        if self.polled <= self.polls:
            return {"status": "not_started" if self.polled == 1 else "running"}
        if not self.said:
            done = self.perform() if self.outcome == "completed" else {}
            self.said = {"status": "failed"} if done is None else {"status": self.outcome} | done
        return self.said


class Jobs:
    """The jobs of an account, and the plan for those to come."""

    OUTCOMES = ("completed", "failed", "rejected")

    def __init__(self) -> None:
        self._by_id: dict[str, Job] = {}
        self._polls = 2
        self._outcome = "completed"

    def plan(self, polls: int, outcome: str) -> None:
        """Let the jobs to come take so many looks, and end so."""
        self._polls, self._outcome = polls, outcome

    def begin(self, source: str, perform: Callable[[], Json | None], random: random.Random) -> str:
        """Begin a job on the thing with the id `source`, and return the job's own id."""
        id = str(uuid.UUID(bytes=random.randbytes(16), version=4))
        self._by_id[id] = Job(
            source=source, perform=perform, polls=self._polls, outcome=self._outcome
        )
        return id

    def find(self, id: str, source: str) -> Job | None:
        """Return the job with this id, if it is about that source."""
        job = self._by_id.get(id)
        return job if job and job.source == source else None
