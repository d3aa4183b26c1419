"""Call operations in a process of its own, and measure what each call takes.

The arguments are names of operations, each followed by the URL of its server. Each line of the
output is a JSON object, a `Measured`.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pipedrive_leads_async import LeadsClient, PipedriveError, RetryPolicy
from tests.every_operation.operations import OPERATIONS

DEADLINE: Final = 5.0


@dataclass
class Measured:
    """One call.

    Attributes:
        operation: The name of the operation.
        error: The type of its error, of the cause if its outcome is unknown; None if it returned.
        too_large: Whether the response was refused as too large.
        attempts: The number of attempts.
        seconds: How long it took.
        block: The longest time in seconds, as CPU time, in which no other task ran.
        growth: By how many mebibytes the process was larger than before.
    """

    operation: str
    error: str | None
    too_large: bool
    attempts: int
    seconds: float
    block: float
    growth: float


async def measure(name: str, client: LeadsClient) -> Measured:
    [operation] = [each for each in OPERATIONS if each.name == name]
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    before = forget_earlier_sizes()
    ticker = asyncio.create_task(tick())
    start = time.monotonic()
    error: BaseException | None = None
    try:
        await operation.call(client)
    except PipedriveError as raised:
        error = raised.__cause__ or raised
    seconds = time.monotonic() - start
    await asyncio.sleep(0)
    ticker.cancel()
    return Measured(
        operation=name,
        error=type(error).__name__ if error else None,
        too_large=bool(getattr(error, "too_large", False)),
        attempts=getattr(error, "attempts", 1),
        seconds=seconds,
        block=longest,
        growth=memory("VmHWM") - before,
    )


def forget_earlier_sizes() -> float:
    """Return free memory to the system; return the size of this process."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(name: str) -> float:
    """Return a size of this process in mebibytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


async def main(*arguments: str) -> None:
    policy = RetryPolicy(attempts=2, base=0.01)
    for name, url in zip(arguments[::2], arguments[1::2], strict=True):
        async with LeadsClient("x" * 40, base_url=url, timeout=DEADLINE, retry=policy) as client:
            measured = await measure(name, client)
        sys.stdout.write(f"{json.dumps(asdict(measured))}\n")
