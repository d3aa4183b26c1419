"""A thousand tasks against random faults: what must hold whatever happens. Not in the suite.

    python -X dev -m tests.soak --seconds 60

It prints what was done and raises where an invariant does not hold: errors are typed, no key
makes two leads, what was said to be made is there, and nothing is left behind.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import resource
import time
from collections import Counter
from typing import Any

from pipedrive_leads_async import (
    AddLeadRequest,
    LeadsClient,
    PipedriveError,
    RetryPolicy,
    SessionManager,
    Timeouts,
    UpdateLeadRequest,
)
from pipedrive_leads_async.sandbox import Sandbox

TASKS = 1000


class Soak:
    """One account, its client, and what came of it."""

    def __init__(self, sandbox: Sandbox, client: LeadsClient, seed: int) -> None:
        self.sandbox = sandbox
        self.client = client
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.made: dict[str, str] = {}
        self.person = sandbox.leads[0]["person_id"]
        self.ids = [lead["id"] for lead in sandbox.leads]

    async def work(self, name: int, until: float) -> None:
        """Do one thing after another."""
        count = 0
        while time.monotonic() < until:
            count += 1
            operation = self.random.choice([self.get, self.page, self.update, self.add])
            try:
                if self.random.random() < 0.05:
                    async with asyncio.timeout(self.random.random() * 0.05):
                        await operation(f"{name}-{count}")
                else:
                    await operation(f"{name}-{count}")
            except TimeoutError as error:
                self.outcomes[f"{operation.__name__}: {type(error).__name__}"] += 1
            except PipedriveError as error:
                self.outcomes[f"{operation.__name__}: {type(error).__name__}"] += 1
            else:
                self.outcomes[f"{operation.__name__}: done"] += 1

    async def get(self, _: str) -> None:
        await self.client.get_lead(self.random.choice(self.ids))

    async def page(self, _: str) -> None:
        async for _lead in self.client.get_leads(limit=50, max_items=120):
            pass

    async def update(self, key: str) -> None:
        request = UpdateLeadRequest(title=f"Changed {key}")
        await self.client.update_lead(self.random.choice(self.ids), request)

    async def add(self, key: str) -> None:
        request = AddLeadRequest(title=key, person_id=self.person)
        lead = await self.client.add_lead(request, idempotency_key=key)
        self.made[key] = lead.id

    async def disturb(self, until: float) -> None:
        """Let something go wrong, all the time."""
        kinds: list[dict[str, Any]] = [
            {"status": 500},
            {"status": 502},
            {"status": 429, "retry_after": 0.05},
            {"drop": True},
            {"drop": True, "after_commit": True},
            {"delay": 0.3},
        ]
        while time.monotonic() < until:
            self.sandbox.fail("*", times=self.random.randint(1, 3), **self.random.choice(kinds))
            await asyncio.sleep(0.05)


async def soak(seconds: float, seed: int) -> None:
    """Run, and check what must hold."""
    retry = RetryPolicy(attempts=3, base=0.01, cap=0.1)
    timeouts = Timeouts(read=0.25, deadline=20.0)
    with Sandbox(leads=500, burst=None, seed=seed) as sandbox:
        async with SessionManager(connections=100) as manager:
            client = LeadsClient(
                sandbox.api_token,
                base_url=sandbox.url,
                session=manager,
                retry=retry,
                timeout=timeouts,
            )
            run = Soak(sandbox, client, seed)
            until = time.monotonic() + seconds
            disturbing = asyncio.create_task(run.disturb(until))
            await asyncio.gather(*(run.work(name, until) for name in range(TASKS)))
            await disturbing
            sandbox.clear_failures()
            await asyncio.sleep(0.5)
            await client.get_lead(run.ids[0])  # it recovers by itself
            await client.aclose()
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        assert not tasks, tasks
        there = Counter(lead["origin_id"] for lead in sandbox.leads if lead["origin_id"])
        requests = len(sandbox.requests)
    twice = {key: count for key, count in there.items() if count > 1}
    assert not twice, twice
    assert not set(run.made) - set(there)
    gc.collect()
    for outcome, count in sorted(run.outcomes.items()):
        print(f"{count:8}  {outcome}")
    print(f"{requests:8}  requests")
    print(f"{len(there):8}  leads made, {len(run.made)} of them told, none twice")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8}  MB at most")
    for operation in ("get", "page", "update", "add"):
        assert run.outcomes[f"{operation}: done"] > 0, operation


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(soak(arguments.seconds, arguments.seed))
