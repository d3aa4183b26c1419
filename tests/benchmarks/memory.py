"""Measure the memory of a long walk, and of a lead in a list, each in a new process."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Final, cast

from pipedrive_leads_async import LeadsClient

from .figures import Figure
from .server import Server

GROUP: Final = "memory"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through a million leads, and keep some in a list."""
    streamed, wanted = (110_000, 10_000) if quick else (1_000_000, 100_000)
    *samples, peak = _in_new_process("stream", server.url(leads=streamed), streamed // 10)
    before, after, kept = _in_new_process("keep", server.url(leads=1_000_000), wanted)
    return [
        Figure(
            GROUP,
            f"growth over {streamed:,} leads, prefetch=8",
            (samples[-1] - samples[1]) / 1e6,
            unit="MB",
            must=2.0,
            stretch=1.0,
        ),
        Figure(
            GROUP,
            f"peak over {streamed:,} leads, prefetch=8",
            peak / 1e6,
            unit="MB",
            stretch=60.0,
        ),
        Figure(
            GROUP,
            "a lead in a list",
            (after - before) / kept / 1000,
            unit="kB",
            must=2.2,
            stretch=1.9,
        ),
    ]


def _in_new_process(work: str, url: str, leads: int) -> list[int]:
    command = [sys.executable, "-m", __name__, work, url, str(leads)]
    return cast("list[int]", json.loads(subprocess.check_output(command)))


async def _stream(client: LeadsClient, interval: int) -> list[int]:
    """Walk to the end; return the resident memory at intervals, and the peak as the last item."""
    samples: list[int] = []
    count = 0
    async for _lead in client.get_leads(prefetch=8):
        if count % interval == 0:
            samples.append(_memory("VmRSS"))
        count += 1
    return [*samples, _memory("VmHWM")]


async def _keep(client: LeadsClient, leads: int) -> list[int]:
    """Collect leads in a list; return the resident memory before and after, and their number."""
    async for _lead in client.get_leads(max_items=5_000):
        pass
    gc.collect()
    before = _memory("VmRSS")
    kept = [lead async for lead in client.get_leads(max_items=leads)]
    gc.collect()
    after = _memory("VmRSS")
    return [before, after, len(kept)]


def _memory(kind: str) -> int:
    """Return a value of /proc/self/status, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition(f"{kind}:")[2].split()[0])


async def _main(work: str, url: str, leads: str) -> None:
    async with LeadsClient("api-token", base_url=url) as client:
        samples = await {"stream": _stream, "keep": _keep}[work](client, int(leads))
    sys.stdout.write(json.dumps(samples))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
