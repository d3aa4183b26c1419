"""Count the requests of a walk through a list that does not change."""

from __future__ import annotations

import asyncio
from typing import Final

from pipedrive_leads_async import Attempt, LeadsClient

from .contenders import TOKEN
from .figures import Figure
from .server import Server

GROUP: Final = "requests for a quiet list of 20,000 leads"
_LEADS: Final = 20_000
_MUST: Final = {500: 41, 100: 206}


def pages_of(limit: int) -> str:
    """Return the name of the figure for one page size."""
    return f"{limit} a page"


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads with pages of 500 and of 100."""
    url = server.url(leads=_LEADS)
    return [
        Figure(
            GROUP,
            pages_of(limit),
            asyncio.run(_requests(url, limit)),
            unit="",
            must=must,
            stretch=must,
        )
        for limit, must in _MUST.items()
    ]


async def _requests(url: str, limit: int) -> int:
    attempts: list[Attempt] = []
    async with LeadsClient(TOKEN, base_url=url, on_attempt=attempts.append) as client:
        leads = [lead.id async for lead in client.get_leads(limit=limit)]
    assert len(leads) == len(set(leads)) == _LEADS
    return len(attempts)
