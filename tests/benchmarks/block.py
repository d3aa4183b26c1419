"""Measure for how long a walk blocks the event loop."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from statistics import median
from typing import Final

from pipedrive_leads_async import LeadsClient

from .contenders import TOKEN
from .figures import Figure
from .paired import frozen_heap
from .server import Server

GROUP: Final = "longest block of the event loop in a walk"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads, and measure for how long no other task can run."""
    url = server.url(leads=20_000)
    return [
        Figure(
            GROUP,
            f"prefetch={prefetch}",
            1000 * asyncio.run(_longest_block(url, prefetch, walks=3 if quick else 21)),
            unit="ms",
            must=2.0,
            stretch=1.5,
        )
        for prefetch in (1, 8)
    ]


async def _longest_block(url: str, prefetch: int, *, walks: int) -> float:
    """Return the longest block of a walk in seconds, as the median of several walks."""
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
    # The shortest gap is the time of the probe itself.
    return max(gaps) - min(gaps)


async def _probe(gaps: list[float]) -> None:
    """Run in every iteration of the event loop, and record the gaps between them.

    The gaps are CPU seconds of this thread: it is never idle here, and so interruptions by other
    processes are not counted.
    """
    last = time.thread_time()
    while True:
        await asyncio.sleep(0)
        now = time.thread_time()
        gaps.append(now - last)
        last = now
