"""Test malformed names, names that are refreshed at the same time, and the names of many leads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pipedrive_leads_async import Lead, LeadsClient
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.names.named_leads import ids_in, lead_of, leads_of_persons, operations_in
from tests.support.calls import ID, client_of
from tests.support.raw_server import RawServer, success

MALFORMED: list[Any] = [None, 5, {}, {"id": None, "name": "x"}, {"id": 9, "name": None}, {"id": ID}]


@pytest.mark.parametrize(
    ("links", "row"),
    [
        ({"owner_id": 3}, {"id": 3, "name": "Ann Lee"}),
        ({"person_id": 3}, {"id": 3, "name": "Ann Lee"}),
        ({"organization_id": 3}, {"id": 3, "name": "Ann Lee"}),
        ({"label_ids": (ID,)}, {"id": ID, "name": "Ann Lee"}),
    ],
    ids=["owner", "person", "organization", "label"],
)
async def test_malformed_row_does_not_hide_the_other_names(
    links: dict[str, Any], row: dict[str, Any]
) -> None:
    async with RawServer((success([*MALFORMED, row]),)) as server, client_of(server) as client:
        names = await client.get_names(lead_of(**links))
    found: list[Mapping[Any, str]] = [
        names.owners,
        names.persons,
        names.organizations,
        names.labels,
    ]
    assert [list(each.values()) for each in found if each] == [["Ann Lee"]]


@pytest.mark.parametrize("options", [[*MALFORMED, {"id": 4, "label": "Web"}], None, "x"])
async def test_malformed_channel_does_not_hide_the_others(options: Any) -> None:
    field = {"id": 1, "key": "channel", "name": "Channel", "field_type": 5, "options": options}
    async with RawServer((success([field, 5]),)) as server, client_of(server) as client:
        names = await client.get_names(lead_of(channel=4))
    assert dict(names.channels) == ({4: "Web"} if isinstance(options, list) else {})


async def test_concurrent_refreshes_share_their_requests(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    leads = [lead_of(owner_id=sandbox.users[0].id), *leads_of_persons(*range(1, 1001))]
    await client.get_names(leads)
    before = len(sandbox.requests)
    await asyncio.gather(*(client.get_names(leads, refresh=True) for _ in range(5)))
    assert operations_in(sandbox)[before:].count("getUsers") == 1
    assert sorted(id for ids in ids_in(sandbox)[10:] for id in ids) == list(range(1, 1001))
    await client.get_names(leads, refresh=True)
    assert len(sandbox.requests) == before + 22


async def test_other_tasks_run_while_the_ids_are_collected(client: LeadsClient) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    seen: list[int] = []

    def leads() -> Iterator[Lead]:
        for _ in range(60_000):
            yield LEAD
        seen.append(turns)

    task = asyncio.create_task(count())
    await client.get_names(leads())
    task.cancel()
    assert seen[0] > 2


LEAD = lead_of()
