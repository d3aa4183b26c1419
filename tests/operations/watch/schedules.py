"""Random schedules of changes, kills and failures for a consumer of `watch_lead_pages`.

Run many of them by hand: `python -m tests.operations.watch.schedules 1000`.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient, PipedriveError, RetryPolicy
from pipedrive_leads_async._operations.watch.watch import Watch
from pipedrive_leads_async.webhooks import LeadCreated, LeadUpdated
from tests.operations.watch.changing_server import (
    DATE_AHEAD,
    DAWN,
    LONGEST_LAG,
    ChangingServer,
    MemorySessionManager,
    State,
)

EVERY = 120.0
"""The seconds of the server from the start of a pass to that of the next."""

FUTURE = 100 * 365 * 86_400.0
"""The seconds by which the `update_time` of a few changes is in the future."""


class Schedule:
    """One random schedule, and what its consumer has seen.

    Args:
        seed: The seed of all random choices.

    Attributes:
        seen: The versions of the events that the consumer has stored, in order.
        created: The ids of the leads whose creation it has stored.
        updated_first: The ids of the leads whose update it has stored without their creation.
        passes: The start and end of each pass that was read to its end.
        checkpoint: The checkpoint that it has stored last.
    """

    def __init__(self, seed: int) -> None:
        self.seen: list[tuple[str, str]] = []
        self.created: list[str] = []
        self.updated_first: set[str] = set()
        self.passes: list[tuple[float, float]] = []
        self.checkpoint: str | None = None
        self.chance = chance = random.Random(seed)
        self.server = ChangingServer(
            chance,
            cap=chance.choice([50, 60, 500]),
            request_time=chance.choice([0.1, 1.0, 20.0]),
            has_date=chance.random() < 0.5,
            before_response=self._change,
        )
        self.rate = chance.choice([0.2, 1.0, 3.0])
        self.kill_rate = chance.choice([0.0, 0.05, 0.3])
        self.failure_rate = chance.choice([0.0, 0.2, 0.5])
        self.jump_rate = chance.choice([0.0, 0.3, 0.8])
        self.states: dict[int, State] = {}

    async def run(self) -> None:
        """Run the schedule to its end."""
        server, chance = self.server, self.chance
        for _ in range(chance.choice([0, 5, 70])):
            server.add()
        self._note_states()
        manager = MemorySessionManager(server)
        retry = RetryPolicy(attempts=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Watch, "_clock", staticmethod(server.clock))
            async with LeadsClient("token", session=manager, retry=retry) as client:
                for _ in range(6):
                    start = server.now
                    await self._read_pass(client)
                    self.passes.append((start, server.now))
                    self._wait_until(start + EVERY)

    def _wait_until(self, second: float) -> None:
        """Change the list until a time, and perhaps one of the two clocks."""
        server, chance = self.server, self.chance
        if chance.random() < self.jump_rate:
            jump = chance.choice([-1e6, -1.3, 0.7, 1.4, 3.6, 1e6]) * EVERY
            if chance.random() < 0.5:
                server.date_ahead = DATE_AHEAD + jump
            else:
                server.clock_ahead = jump
        while server.now < second:
            server.now = min(server.now + chance.uniform(5.0, 60.0), second)
            self._change()

    async def _read_pass(self, client: LeadsClient) -> None:
        """Read one pass to its end; go on after each kill and failure."""
        self.interruptions = 8  # so that a schedule ends
        while True:
            self.server.failure_rate = self.failure_rate if self.interruptions > 0 else 0.0
            since = self.checkpoint or DAWN
            pages = client.watch_lead_pages(since=since, every=None)
            try:
                if await self._consume(pages):
                    return
            except PipedriveError as error:
                self.interruptions -= 1
                if error.checkpoint and self.chance.random() < 0.5:
                    self.checkpoint = error.checkpoint

    async def _consume(self, pages: AsyncGenerator[Any, None]) -> bool:
        """Store the events; return False if the consumer was killed before the end."""
        async for changes in pages:
            for event in changes.events:
                if self.interruptions > 0 and self.chance.random() < self.kill_rate:
                    self.interruptions -= 1
                    await pages.aclose()
                    return False
                self._store(event)
            self.checkpoint = changes.checkpoint
        return True

    def _store(self, event: LeadCreated[Any] | LeadUpdated[Any]) -> None:
        time = event.lead.update_time.isoformat(timespec="milliseconds")
        self.seen.append((event.lead_id, time.replace("+00:00", "Z")))
        if isinstance(event, LeadCreated):
            self.created.append(event.lead_id)
        elif event.lead_id not in self.created:
            self.updated_first.add(event.lead_id)
        self.checkpoint = event.checkpoint

    def _change(self) -> None:
        """Change the list at random."""
        server, chance = self.server, self.chance
        for _ in range(int(self.rate + chance.random())):
            ids = list(server.states)
            lag = chance.choice([0.0, 0.0, 1.0, LONGEST_LAG])
            kind = chance.random()
            if kind < 0.3 or not ids:
                server.add(lag=lag)
            elif kind < 0.8:
                server.change(chance.choice(ids), lag=lag)
            elif kind < 0.82:
                id = chance.choice(ids)
                server.change(id, lag=lag)
                server.states[id][-1].time += FUTURE
            elif kind < 0.9:
                server.change(chance.choice(ids), is_open=False)
            else:
                server.remove(chance.choice(ids))
        self._note_states()

    def _note_states(self) -> None:
        for states in self.server.states.values():
            self.states |= {id(state): state for state in states}

    def missed(self) -> list[State]:
        """Return the states that were shown during a whole pass, and that were not seen."""
        seen = set(self.seen)
        return [
            state
            for state in self.states.values()
            if state.is_open
            and state.version not in seen
            and any(state.visible <= start and end < state.end for start, end in self.passes)
        ]

    def not_created(self) -> set[str]:
        """Return the leads whose creation was not seen, although they were open all the time."""
        archived = {state.id for state in self.states.values() if not state.is_open}
        return self.updated_first - archived

    def repeated(self) -> list[tuple[str, str]]:
        """Return the versions that were seen twice."""
        return [version for version in set(self.seen) if self.seen.count(version) > 1]


async def main(count: int) -> None:
    for seed in range(count):
        schedule = Schedule(seed)
        await schedule.run()
        problems = schedule.missed(), schedule.repeated(), schedule.not_created()
        if any(problems) or len(set(schedule.created)) < len(schedule.created):
            print(seed, *problems)
    print(count, "schedules")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
