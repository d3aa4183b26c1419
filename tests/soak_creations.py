"""Cut creations at every byte, and repeat them. This is not part of the test suite.

    python -X dev -m tests.soak_creations --step 1

Each creation with an idempotency key is cut at one byte of its request or response, or arrives
late, and is then repeated with `ensure_lead` until it returns. The run raises if a key has another
number of leads than one, or if a repetition sends a request while the first may still arrive. It
prints how many creations were tried. `--step 25` tries every 25th byte; `--seconds` ends the run
earlier, after a random part of the bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
    RetryPolicy,
    Timeouts,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.clock import Clock, ClockedSessionManager
from tests.support.cutting_proxy import Cut, CuttingProxy
from tests.support.sandbox_api import until

METHODS = ("add_lead", "ensure_lead", "add_leads")


@dataclass
class Soak:
    """One account behind a proxy, and the outcomes of its creations."""

    sandbox: Sandbox
    proxy: CuttingProxy
    client: LeadsClient
    clock: Clock
    outcomes: Counter[str] = field(default_factory=Counter[str])
    keys: list[str] = field(default_factory=list[str])

    def new_request(self) -> tuple[str, AddLeadRequest]:
        """Return a new key, and a request for a new person, so that searches are short."""
        self.keys.append(f"order-{len(self.keys):06}")
        person = self.sandbox.add_person(name=f"Person of {self.keys[-1]}")
        return self.keys[-1], AddLeadRequest(title="Big order", person_id=person["id"])

    async def create(self, method: str, key: str, request: AddLeadRequest) -> str:
        """Create a lead with a key; return its id."""
        if method == "add_lead":
            return (await self.client.add_lead(request, idempotency_key=key)).id
        if method == "ensure_lead":
            return (await self.client.ensure_lead(request, idempotency_key=key)).lead.id
        [result] = [each async for each in self.client.add_leads([(key, request)])]
        if result.error is not None:
            raise result.error
        assert result.lead is not None
        return result.lead.id

    async def cut(self, method: str, cut: Cut) -> None:
        """Cut one creation, and repeat it until it returns."""
        key, request = self.new_request()
        self.proxy.cut = cut
        place = "response" if cut.in_response else "request"
        try:
            id = await self.create(method, key, request)
            self.outcomes[f"{place} cut: found at once"] += 1
        except PipedriveError as error:
            self.outcomes[f"{place} cut: {type(error).__name__}, then ensured"] += 1
            self.clock.skip(30.0)
            id = (await self.client.ensure_lead(request, idempotency_key=key)).lead.id
        self.check(key, id)

    async def arrive_late(self, method: str, *, cancels: bool) -> None:
        """Deliver one request after the client has given up, and has repeated it three times."""
        key, request = self.new_request()
        late = self.proxy.late = asyncio.Event()
        creating = asyncio.create_task(self.create(method, key, request))
        await until(lambda: self.proxy.late is None)
        if cancels:
            creating.cancel()
        with contextlib.suppress(OutcomeUnknownError, asyncio.CancelledError):
            await creating
        sent = len(self.sandbox.requests)
        for _ in range(3):
            with pytest.raises(OutcomeUnknownError, match="nothing was sent now"):
                await self.create(method, key, request)
        assert len(self.sandbox.requests) == sent
        late.set()
        await until(lambda: bool(self.leads_of(key)))
        self.clock.skip(30.0)
        ensured = await self.client.ensure_lead(request, idempotency_key=key)
        assert not ensured.created
        self.outcomes[f"late after a {'cancellation' if cancels else 'timeout'}: found"] += 1
        self.check(key, ensured.lead.id)

    def leads_of(self, key: str) -> list[str]:
        """Return the ids of the leads that have a key."""
        return [lead["id"] for lead in self.sandbox.leads[-50:] if lead["origin_id"] == key]

    def check(self, key: str, id: str) -> None:
        """Check that the returned lead is the only one with the key."""
        assert self.leads_of(key) == [id], key


@contextlib.asynccontextmanager
async def running() -> AsyncGenerator[Soak, None]:
    """Yield an account whose client gives up after half a second."""
    clock = Clock()
    with Sandbox(leads=1, burst=None) as sandbox:
        async with CuttingProxy(sandbox.url) as proxy, ClockedSessionManager(clock) as manager:
            client = LeadsClient(
                sandbox.api_token,
                base_url=proxy.url,
                session=manager,
                retry=RetryPolicy(base=0.001),
                timeout=Timeouts(deadline=0.5),
            )
            yield Soak(sandbox, proxy, client, clock)
            await proxy.end()


async def soak(step: int, late: int, seconds: float = 3600.0) -> Counter[str]:
    """Cut a creation at every `step`th byte, and deliver some late; check the invariants."""
    end = time.monotonic() + seconds
    async with running() as run:
        key, request = run.new_request()
        await run.create("add_lead", key, request)
        sizes = {False: run.proxy.request_size, True: run.proxy.response_size}
        cuts = [
            (method, Cut(position, in_response, resets))
            for method in METHODS
            for in_response, size in sizes.items()
            for resets in (False, True)
            for position in range(0, size, step)
        ]
        random.Random(step).shuffle(cuts)
        for method in METHODS:
            for number in range(late):
                await run.arrive_late(method, cancels=number % 2 == 0)
        for method, cut in cuts:
            if time.monotonic() < end:
                await run.cut(method, cut)
        existing = Counter(lead["origin_id"] for lead in run.sandbox.leads if lead["origin_id"])
        assert existing == Counter(run.keys)
        run.outcomes["keys, each with one lead"] = len(run.keys)
        return run.outcomes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--late", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600.0)
    arguments = parser.parse_args()
    outcomes = soak(arguments.step, arguments.late, arguments.seconds)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it logs cut requests
    began = time.monotonic()
    for outcome, count in sorted(asyncio.run(outcomes).items()):
        print(f"{count:8}  {outcome}")
    print(f"{time.monotonic() - began:8.0f}  seconds")
