"""For how long a walk keeps the event loop from everybody else."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from statistics import median

from pipedrive_leads_async import LeadsClient

from .contenders import TOKEN
from .figures import Figure
from .paired import frozen_heap
from .server import Server


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads, and see for how long no other task has its turn."""
    url = server.url(leads=20_000)
    return [
        Figure(
            "longest block of the event loop in a walk",
            f"prefetch={prefetch}",
            1000 * asyncio.run(_longest_block(url, prefetch, walks=5 if quick else 21)),
            unit="ms",
            must=5.0,
            stretch=2.5,
        )
        for prefetch in (1, 8)
    ]


async def _longest_block(url: str, prefetch: int, *, walks: int) -> float:
    """Give the seconds of the longest block, as it is in the usual walk."""
    async with LeadsClient(TOKEN, base_url=url) as client:
        await _longest_block_of_one(client, prefetch)
        with frozen_heap():
            return median([await _longest_block_of_one(client, prefetch) for _ in range(walks)])


async def _longest_block_of_one(client: LeadsClient, prefetch: int) -> float:
    gaps: list[float] = []
    probe = asyncio.create_task(_probe(gaps))
    async for _lead in client.get_leads(prefetch=prefetch):
        pass
    probe.cancel()
    with suppress(asyncio.CancelledError):
        await probe
    # A turn of the loop in which nothing happens is the probe's own.
    return max(gaps) - min(gaps)


async def _probe(gaps: list[float]) -> None:
    """Take every turn of the event loop, and note how far apart they are.

    In seconds of this thread alone: it is never idle here, and may be interrupted by others.
    """
    last = time.thread_time()
    while True:
        await asyncio.sleep(0)
        now = time.thread_time()
        gaps.append(now - last)
        last = now
