"""Compare the cost of one `get_lead` with that of a bare aiohttp request."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
import orjson

from pipedrive_leads_async import LeadsClient

from . import data, paired
from .contenders import HEADERS, TOKEN
from .figures import Figure
from .paired import Costs, cpu
from .server import Server

GROUP: Final = "one call"
_CALLS: Final = 200
"""A small number, so that both are measured alternately many times."""


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Read the same lead repeatedly."""
    costs = asyncio.run(_call(server.url(leads=500), cycles=5 if quick else 200))
    return [
        Figure(
            GROUP,
            "get_lead, CPU ÷ aiohttp + orjson",
            costs.ratio("get_lead", "aiohttp + orjson", cpu),
            must=1.45,
            stretch=1.3,
        ),
        *(
            Figure(GROUP, f"{name}, CPU", costs.seconds(name, cpu) / _CALLS * 1e6, unit="µs")
            for name in costs.cycles
        ),
    ]


async def _call(url: str, *, cycles: int) -> Costs:
    lead_id = data.lead_id(7)
    async with (
        aiohttp.ClientSession(headers=HEADERS) as session,
        LeadsClient(TOKEN, base_url=url) as client,
    ):

        async def bare() -> int:
            for _ in range(_CALLS):
                async with session.get(f"{url}/leads/{lead_id}") as response:
                    orjson.loads(await response.read())
            return _CALLS

        async def ours() -> int:
            for _ in range(_CALLS):
                await client.get_lead(lead_id)
            return _CALLS

        works = {"aiohttp + orjson": bare, "get_lead": ours}
        return await paired.measure(works, cycles=cycles, expect=_CALLS)
