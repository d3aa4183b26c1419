"""The rows of the table of operations for changed and removed leads."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pipedrive_leads_async import Lead, LeadsClient, from_dict
from tests.every_operation.table.exchanges import (
    Exchange,
    Kind,
    Operation,
    collect,
    envelope,
    last_page,
)
from tests.support.calls import ID, LEAD

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PAGE: Final = last_page(LEAD)


async def watch_one_pass(client: LeadsClient) -> list[Lead]:
    pages = await collect(client.watch_lead_pages(since=EPOCH, every=None))
    return [event.lead for page in pages for event in page.events]


async def find_removed(client: LeadsClient) -> tuple[object, ...]:
    return tuple(await collect(client.find_removed_leads([ID])))


CHANGED: Final = Exchange(PAGE, [from_dict(Lead, LEAD)], last_page(LEAD | {"title": 5}))
NOTHING: Final = Exchange(PAGE, (), envelope(LEAD))

WATCH_OPERATIONS: Final = [
    Operation(
        "watch_lead_pages (one pass)",
        Kind.READ,
        watch_one_pass,
        CHANGED,
        before=(PAGE,),
    ),
    Operation(
        "find_removed_leads (nothing removed)",
        Kind.READ,
        find_removed,
        NOTHING,
    ),
]
