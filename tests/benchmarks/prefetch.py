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
_PAGES: Final = _LEADS // 500
_DEPTHS: Final = (1, 2, 4, 8)
_TARGETS: Final = {20: (85, 95), 50: (93, 97), 100: (95, 98)}
_NEAR: Final = "near"


def wall(latency_ms: int) -> str:
    """Return the name of the group of wall times at one latency."""
    return f"wall time at {latency_ms} ms"


def share(latency_ms: int) -> str:
    """Return the name of the group of shares of the ideal wall time at one latency."""
    return f"share of the ideal wall time at {latency_ms} ms"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 50,000 leads, with and without latency."""
    figures: list[Figure] = []
    for latency_ms in (0, 20, 50, 100):
        depths = (8,) if quick and latency_ms not in (0, PLOTTED) else _DEPTHS
        costs = asyncio.run(_walk(server, latency_ms, depths, cycles=1 if quick else 3))
        figures += [
            Figure(wall(latency_ms), name, costs.seconds(name, paired.wall), unit="s")
            for name in costs.cycles
            if name != _NEAR
        ]
        for depth in depths if latency_ms else ():
            must, stretch = _TARGETS[latency_ms] if depth == 8 else (None, None)
            figures.append(
                Figure(
                    share(latency_ms),
                    _name(depth),
                    100 * _share(costs, depth, latency_ms / 1000),
                    unit="%",
                    must=must,
                    stretch=stretch,
                    more_is_better=True,
                )
            )
    return figures


async def _walk(server: Server, latency_ms: int, depths: tuple[int, ...], *, cycles: int) -> Costs:
    near, far = (server.url(leads=_LEADS, latency_ms=each) for each in (0, latency_ms))
    async with AsyncExitStack() as stack:
        walks: dict[str, Work] = {}
        if latency_ms in (0, PLOTTED):
            walks[FLOOR] = await stack.enter_async_context(CONTENDERS[FLOOR](far))
        for depth in depths:
            ahead = get_leads(prefetch=depth)
            walks[_name(depth)] = await stack.enter_async_context(ahead(far))
        walks[_NEAR] = await stack.enter_async_context(get_leads(prefetch=max(depths))(near))
        # The server caches its responses, and the run without latency has filled the cache.
        return await paired.measure(walks, cycles=cycles, expect=_LEADS, is_warm=latency_ms > 0)


def _share(costs: Costs, depth: int, latency: float) -> float:
    """Return the share of the ideal: a walk limited only by its CPU time or by its round trips."""
    round_trips = math.ceil(_PAGES / depth) * (latency + 0.001)
    cycles = zip(costs.cycles[_NEAR], costs.cycles[_name(depth)], strict=True)
    return median(max(latency + near.cpu, round_trips) / far.wall for near, far in cycles)


def _name(depth: int) -> str:
    return f"prefetch={depth}"
