"""Read the changes of one pass, or the first items of a watch."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from pipedrive_leads_async import Lead, LeadsClient
from pipedrive_leads_async.webhooks import LeadChanges, LeadEvent

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def one_pass(client: LeadsClient, since: Any, **options: Any) -> LeadChanges[Lead]:
    """Return the changes of a pass that has one page."""
    [changes] = [each async for each in client.watch_lead_pages(since=since, every=None, **options)]
    return changes


def kinds(changes: LeadChanges[Lead]) -> list[tuple[type[LeadEvent], str]]:
    return [(type(event), event.lead_id) for event in changes.events]


async def take(events: AsyncGenerator[Any, None], count: int) -> list[Any]:
    """Return the first items of a generator, and close it."""
    taken: list[Any] = []
    async with aclosing(events):
        async for event in events:
            taken.append(event)
            if len(taken) == count:
                break
    return taken
