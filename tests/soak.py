"""Run a thousand tasks against random faults. This is not part of the test suite.

    python -X dev -m tests.soak --seconds 60

It prints the number of outcomes, and raises if an invariant is violated: all errors are
`PipedriveError`s, no key adds two leads, every lead that was returned exists, and no task remains.
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
    """One account, its client, and the outcomes of its operations."""

    def __init__(self, sandbox: Sandbox, client: LeadsClient, seed: int) -> None:
        self.sandbox = sandbox
        self.client = client
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.added: dict[str, str] = {}
        self.person = sandbox.leads[0]["person_id"]
        self.ids = [lead["id"] for lead in sandbox.leads]

    async def work(self, name: int, until: float) -> None:
        """Call one random operation after another."""
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
            except (TimeoutError, PipedriveError) as error:
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
        self.added[key] = lead.id

    async def disturb(self, until: float) -> None:
        """Inject a random fault every 0.05 seconds."""
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
    """Run the tasks, and check the invariants."""
    with Sandbox(leads=500, burst=None, seed=seed) as sandbox:
        run = await run_tasks(sandbox, seconds, seed)
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        assert not tasks, tasks
        existing = Counter(lead["origin_id"] for lead in sandbox.leads if lead["origin_id"])
        requests = len(sandbox.requests)
    duplicates = {key: count for key, count in existing.items() if count > 1}
    assert not duplicates, duplicates
    assert not set(run.added) - set(existing)
    gc.collect()
    for outcome, count in sorted(run.outcomes.items()):
        print(f"{count:8}  {outcome}")
    print(f"{requests:8}  requests")
    print(f"{len(existing):8}  leads added, {len(run.added)} of them returned, no duplicates")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8}  MB at peak")
    for operation in ("get", "page", "update", "add"):
        assert run.outcomes[f"{operation}: done"] > 0, operation


async def run_tasks(sandbox: Sandbox, seconds: float, seed: int) -> Soak:
    """Run all tasks with one client, and check that it works again without faults."""
    async with SessionManager(connections=100) as manager:
        client = LeadsClient(
            sandbox.api_token,
            base_url=sandbox.url,
            session=manager,
            retry=RetryPolicy(attempts=3, base=0.01, cap=0.1),
            timeout=Timeouts(read=0.25, deadline=20.0),
        )
        run = Soak(sandbox, client, seed)
        until = time.monotonic() + seconds
        disturbing = asyncio.create_task(run.disturb(until))
        await asyncio.gather(*(run.work(name, until) for name in range(TASKS)))
        await disturbing
        sandbox.clear_failures()
        await asyncio.sleep(0.5)
        await client.get_lead(run.ids[0])
        await client.aclose()
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(soak(arguments.seconds, arguments.seed))
