"""Measure a walk in other accounts: with many custom fields, and with compressed responses."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from . import paired
from .contenders import CONTENDERS, FLOOR, JSON, OURS, OURS_WITH_CUSTOM_FIELDS, opened
from .figures import Figure
from .paired import Costs, cpu
from .server import Server

_LEADS: Final = 20_000

ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    "40 custom fields": {"fields": 40},
    "200 custom fields": {"fields": 200},
    "500 custom fields": {"fields": 500},
    "gzip": {"compress": True},
}
"""The arguments of `Server.url` for each account."""

WALKS: Final = (FLOOR, JSON, OURS, OURS_WITH_CUSTOM_FIELDS)

_MUST: Final = {
    (OURS, "40 custom fields"): 1.75,
    (OURS, "200 custom fields"): 1.8,
    (OURS, "500 custom fields"): 1.8,
}


def group(account: str) -> str:
    """Return the name of the group of ratios in one account."""
    return f"CPU of a walk ÷ floor, {account}"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads of each account."""
    figures: list[Figure] = []
    for account, options in ACCOUNTS.items():
        url = server.url(leads=_LEADS, **options)
        costs = asyncio.run(_walk(url, cycles=1 if quick else 15))
        for name in WALKS:
            must = _MUST.get((name, account))
            ratio = costs.ratio(name, FLOOR, cpu)
            figures.append(Figure(group(account), name, ratio, must=must, stretch=must))
    return figures


async def _walk(url: str, *, cycles: int) -> Costs:
    async with opened({name: CONTENDERS[name] for name in WALKS}, url) as walks:
        return await paired.measure(walks, cycles=cycles, expect=_LEADS)
