"""Measure how close a walk comes to the ideal wall time if the server is far away."""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack
from statistics import median
from typing import Final

from . import paired
from .contenders import CONTENDERS, FLOOR, get_leads
from .figures import Figure
from .paired import Costs, Work
from .server import Server

PLOTTED: Final = 50
"""The latency, in milliseconds, that is always measured at all depths, and for the floor too."""

_LEADS: Final = 50_000
_DEPTHS: Final = (1, 2, 4, 8)
_LEADS_OF_QUICK_RUN: Final = 10_000
_MUST: Final = 85
_STRETCH: Final = 95


def wall(latency_ms: int) -> str:
    """Return the name of the group of wall times at one latency."""
    return f"wall time at {latency_ms} ms"


def share(latency_ms: int) -> str:
    """Return the name of the group of shares of the ideal wall time at one latency."""
    return f"share of the ideal wall time at {latency_ms} ms"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 50,000 leads, or 10,000 in a quick run, with and without latency."""
    leads = _LEADS_OF_QUICK_RUN if quick else _LEADS
    asyncio.run(_walk(server, leads, 0, cycles=1))  # fills the cache of the server
    figures: list[Figure] = []
    for latency_ms in (PLOTTED,) if quick else (0, 20, PLOTTED, 100):
        costs = asyncio.run(_walk(server, leads, latency_ms, cycles=1 if quick else 3))
        figures += [
            Figure(wall(latency_ms), name, costs.seconds(name, paired.wall), unit="s")
            for name in costs.cycles
        ]
        for depth in _DEPTHS if latency_ms else ():
            figures.append(
                Figure(
                    share(latency_ms),
                    _name(depth),
                    100 * _share(costs, leads, depth, latency_ms / 1000),
                    unit="%",
                    must=_MUST if depth == 8 else None,
                    stretch=_STRETCH if depth == 8 else None,
                    more_is_better=True,
                )
            )
    return figures


async def _walk(server: Server, leads: int, latency_ms: int, *, cycles: int) -> Costs:
    url = server.url(leads=leads, latency_ms=latency_ms)
    async with AsyncExitStack() as stack:
        walks: dict[str, Work] = {}
        if latency_ms in (0, PLOTTED):
            walks[FLOOR] = await stack.enter_async_context(CONTENDERS[FLOOR](url))
        for depth in _DEPTHS:
            ahead = get_leads(prefetch=depth)
            walks[_name(depth)] = await stack.enter_async_context(ahead(url))
        return await paired.measure(walks, cycles=cycles, expect=leads, is_warm=True)


def _share(costs: Costs, leads: int, depth: int, latency: float) -> float:
    """Return the share of the ideal wall time, as the median of all cycles."""
    return median(
        ideal(math.ceil(leads / 500), depth, latency, cost.cpu) / cost.wall
        for cost in costs.cycles[_name(depth)]
    )


def ideal(pages: int, depth: int, latency: float, cpu: float) -> float:
    """Return the shortest possible wall time of a walk, in seconds.

    Nothing is known before the first page has arrived, so it takes one round trip alone. `depth`
    of the other pages can be on their way together. The CPU is idle during the first round trip.

    Args:
        pages: The number of pages, without overlaps.
        depth: The number of pages that are requested ahead.
        latency: The time of a round trip, in seconds.
        cpu: The CPU time that the same walk used, in seconds.
    """
    round_trips = 1 + math.ceil((pages - 1) / depth)
    return max(round_trips * latency, latency + cpu)


def _name(depth: int) -> str:
    return f"prefetch={depth}"
