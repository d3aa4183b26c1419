"""Measure the cost of a whole walk, compared with other code that a user could write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from . import paired
from .contenders import (
    CONTENDERS,
    FLOOR,
    JSON,
    OURS,
    OURS_TYPED,
    OURS_WITHOUT_MSGSPEC,
    PYDANTIC,
    opened,
)
from .figures import TIMES, Figure
from .paired import Costs, cpu, wall
from .server import Server

CPU: Final = "CPU of a walk ÷ floor"
WALL: Final = "wall time of a walk ÷ floor"
LEAD: Final = "CPU of a walk per lead"
_COMPARED: Final = "get_leads compared with other code"

_LEADS: Final = 20_000


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads."""
    costs = asyncio.run(_walk(server.url(leads=_LEADS), cycles=3 if quick else 31))
    return [
        *_each(costs, CPU, lambda name: costs.ratio(name, FLOOR, cpu)),
        *_each(costs, WALL, lambda name: costs.ratio(name, FLOOR, wall)),
        *_each(costs, LEAD, lambda name: costs.seconds(name, cpu) / _LEADS * 1e6, unit="µs"),
        Figure(_COMPARED, "CPU ÷ floor", costs.ratio(OURS, FLOOR, cpu), must=1.7, stretch=1.45),
        Figure(
            _COMPARED,
            "CPU ÷ a usual loop with aiohttp and json",
            costs.ratio(OURS, JSON, cpu),
            must=0.95,
            stretch=0.85,
        ),
        Figure(
            _COMPARED,
            "wall time ÷ pydantic",
            costs.ratio(OURS, PYDANTIC, wall),
            must=0.6,
            stretch=0.55,
        ),
        Figure(
            _COMPARED,
            "without msgspec, CPU ÷ a usual loop with aiohttp and json",
            costs.ratio(OURS_WITHOUT_MSGSPEC, JSON, cpu),
            must=1.5,
            stretch=1.2,
        ),
        Figure(
            _COMPARED,
            "ten typed custom fields, CPU ÷ none",
            costs.ratio(OURS_TYPED, OURS, cpu),
            must=1.25,
            stretch=1.1,
        ),
    ]


def _each(
    costs: Costs, group: str, value: Callable[[str], float], unit: str = TIMES
) -> list[Figure]:
    return [Figure(group, name, value(name), unit=unit) for name in costs.cycles]


async def _walk(url: str, *, cycles: int) -> Costs:
    async with opened(CONTENDERS, url) as walks:
        return await paired.measure(walks, cycles=cycles, expect=_LEADS)
