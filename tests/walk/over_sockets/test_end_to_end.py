"""Test walks over real sockets: changing lists, faults, and resuming in another process."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async._walk.overlap import OVERLAP
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import QUICK
from tests.walk.over_sockets.changing_leads import ChangingLeads

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 4, 8])
SOME_PREFETCH = pytest.mark.parametrize("prefetch", [0, 4])
SEED = pytest.mark.parametrize("seed", range(2))


def client_of(sandbox: Sandbox, **options: Any) -> LeadsClient:
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=QUICK, **options)


def ids(sandbox: Sandbox) -> list[str]:
    return [lead["id"] for lead in sandbox.leads]


async def ids_of_walk(
    sandbox: Sandbox, on_attempt: Callable[[object], None] | None = None, **options: Any
) -> list[str]:
    """Return the ids that one walk yields."""
    async with client_of(sandbox, on_attempt=on_attempt) as client:
        return [lead.id async for lead in client.get_leads(**options)]


def assert_unique(found: list[str]) -> None:
    assert len(found) == len(set(found))


def pages_of(rows: int, limit: int) -> int:
    """Return the number of overlapping pages of a list of `rows` leads."""
    return 1 + math.ceil(max(0, rows - limit) / (limit - 2))


# Unchanged lists


@PREFETCH
@pytest.mark.parametrize("limit", [50, 500])
async def test_unchanged_list_is_yielded_in_order_and_costs_its_overlapping_pages(
    prefetch: int, limit: int
) -> None:
    async with Sandbox(leads=700, burst=None) as sandbox:
        assert await ids_of_walk(sandbox, limit=limit, prefetch=prefetch) == ids(sandbox)
        # A walk that requests several pages ahead may request pages after the end.
        after_the_end = len(sandbox.requests) - pages_of(700, limit)
    assert 0 <= after_the_end <= max(0, prefetch - 1)


@PREFETCH
async def test_list_of_one_page_costs_one_request(prefetch: int) -> None:
    for leads in (0, 1, 50):
        async with Sandbox(leads=leads, burst=None) as sandbox:
            assert await ids_of_walk(sandbox, limit=50, prefetch=prefetch) == ids(sandbox)
            assert len(sandbox.requests) == 1


@PREFETCH
async def test_max_items_requests_only_the_pages_it_needs(prefetch: int) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        for max_items in (1, 50, 79, 80, 333, 399):
            before = len(sandbox.requests)
            found = await ids_of_walk(sandbox, limit=50, prefetch=prefetch, max_items=max_items)
            assert found == ids(sandbox)[:max_items]
            assert len(sandbox.requests) - before == pages_of(max_items, 50)


# Changing lists


@SEED
@SOME_PREFETCH
@pytest.mark.parametrize(
    ("leads", "limit", "change"),
    [
        (400, 50, {"rate": 0.2, "most": 25}),
        (400, 50, {"rate": 1.0, "most": 20}),
        (500, 77, {"rate": 0.5, "most": 300}),
        (1200, 500, {"rate": 1.0, "most": 60}),
    ],
    ids=["rare changes", "constant changes", "large changes", "large pages"],
)
async def test_leads_that_stay_are_yielded_once_whatever_changes(
    seed: int, prefetch: int, leads: int, limit: int, change: dict[str, Any]
) -> None:
    async with Sandbox(leads=leads, burst=None) as sandbox:
        changes = ChangingLeads(sandbox, seed, **change)
        found = await ids_of_walk(sandbox, changes, limit=limit, prefetch=prefetch)
        sent = len(sandbox.requests)
    assert changes.stayed <= set(found)
    assert_unique(found)
    # Only if more leads than the overlap are removed, a page is requested again, and some pages
    # that were requested ahead.
    again = (3 + changes.removed // (OVERLAP + 1)) * (prefetch + 2)
    assert sent <= pages_of(changes.rows, limit) + max(0, prefetch - 1) + again


@SOME_PREFETCH
@pytest.mark.parametrize("deleted", [20, 26, 34, 49])
async def test_leads_of_one_creation_time_are_yielded_after_deletions_before_them(
    deleted: int, prefetch: int
) -> None:
    async with Sandbox(leads=0, burst=None) as sandbox:
        for number in range(150):
            sandbox.add_lead(add_time=f"2024-01-01T00:{number // 30:02}:00.000Z")
        before = ids(sandbox)
        first = before[:deleted]

        def delete_the_first(_: object) -> None:
            while first:
                sandbox.delete_lead(first.pop())

        assert await ids_of_walk(sandbox, delete_the_first, limit=50, prefetch=prefetch) == before


@SEED
@PREFETCH
async def test_max_items_yields_all_leads_that_stay_up_to_the_last_item(
    seed: int, prefetch: int
) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        times = {lead["id"]: lead["add_time"] for lead in sandbox.leads}
        changes = ChangingLeads(sandbox, seed, rate=1.0, most=5)
        found = await ids_of_walk(sandbox, changes, limit=50, prefetch=prefetch, max_items=200)
    assert len(found) == 200
    assert_unique(found)
    latest = max(times[id] for id in found)
    assert {id for id in changes.stayed if times[id] <= latest} <= set(found)


@SEED
@SOME_PREFETCH
@pytest.mark.parametrize("options", [{"limit": 60, "sort": "update_time DESC"}, {"limit": 20}])
async def test_leads_in_another_order_or_in_small_pages_are_not_repeated(
    seed: int, prefetch: int, options: dict[str, Any]
) -> None:
    async with Sandbox(leads=300, burst=None) as sandbox:
        changes = ChangingLeads(sandbox, seed, rate=1.0)
        assert_unique(await ids_of_walk(sandbox, changes, prefetch=prefetch, **options))


@PREFETCH
@pytest.mark.parametrize(("limit", "method"), [(50, "delete_lead"), (500, "archive_lead")])
async def test_consumer_that_deletes_or_archives_each_lead_gets_all_leads(
    limit: int, method: str, prefetch: int
) -> None:
    async with Sandbox(leads=600, burst=None) as sandbox, client_of(sandbox) as client:
        before, found = ids(sandbox), list[str]()
        async for lead in client.get_leads(limit=limit, prefetch=prefetch):
            getattr(sandbox, method)(lead.id)
            found.append(lead.id)
        assert found == before
        assert len(sandbox.requests) <= 600 / limit + prefetch + 12


@SEED
@SOME_PREFETCH
@pytest.mark.parametrize("honours_archived_status", [False, True])
async def test_leads_archived_during_the_walk_are_yielded_once_from_both_lists(
    seed: int, prefetch: int, *, honours_archived_status: bool
) -> None:
    async with Sandbox(
        leads=300, burst=None, honours_archived_status=honours_archived_status
    ) as sandbox:
        for id in ids(sandbox)[::3]:
            sandbox.archive_lead(id)
        changes = ChangingLeads(sandbox, seed, rate=1.0)
        changes.kinds.remove(changes.unarchive)
        found = await ids_of_walk(
            sandbox, changes, limit=50, prefetch=prefetch, archived_status="all"
        )
    assert changes.present <= set(found)
    assert_unique(found)


# Interrupted and resumed


def delete_nothing(yielded: list[str], sandbox: Sandbox) -> None:
    pass


def delete_the_last_leads(yielded: list[str], sandbox: Sandbox) -> None:
    for id in set(yielded[-25:]).intersection(ids(sandbox)):
        sandbox.delete_lead(id)


def delete_all_yielded_leads_but_the_first(yielded: list[str], sandbox: Sandbox) -> None:
    for id in set(yielded[1:]).intersection(ids(sandbox)):
        sandbox.delete_lead(id)


@SOME_PREFETCH
@pytest.mark.parametrize(
    "between", [delete_nothing, delete_the_last_leads, delete_all_yielded_leads_but_the_first]
)
async def test_walk_interrupted_after_every_page_resumes_in_other_clients(
    between: Callable[[list[str], Sandbox], None], prefetch: int
) -> None:
    async with Sandbox(leads=300, burst=None) as sandbox:
        before, yielded = ids(sandbox), list[str]()
        checkpoint: str | None = None
        while checkpoint is not None or not yielded:
            async with (
                client_of(sandbox) as client,
                aclosing(
                    client.get_lead_pages(limit=50, prefetch=prefetch, resume_from=checkpoint)
                ) as pages,
            ):
                page = await anext(pages, None)
            checkpoint = page.checkpoint if page else None
            yielded += [lead.id for lead in page.leads] if page else []
            between(yielded, sandbox)
    assert yielded == before


@SOME_PREFETCH
@pytest.mark.parametrize("seed", range(6))
async def test_walk_of_a_changing_list_resumes_without_gaps_or_repeats(
    seed: int, prefetch: int
) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        changes = ChangingLeads(sandbox, seed, rate=0.7)
        yielded: list[str] = []
        checkpoint: str | None = None
        async with client_of(sandbox, on_attempt=changes) as client:
            async for page in client.get_lead_pages(limit=60, prefetch=prefetch):
                yielded += [lead.id for lead in page.leads]
                checkpoint = page.checkpoint
                if len(yielded) > 60 * seed:
                    break
        for _ in range(5):
            changes()
        yielded += await ids_of_walk(
            sandbox, changes, limit=60, prefetch=prefetch, resume_from=checkpoint
        )
    assert changes.stayed <= set(yielded)
    assert_unique(yielded)


READER = """
import asyncio, json, sys
from pipedrive_leads_async import LeadsClient

async def main(url, token, checkpoint=None):
    async with LeadsClient(token, base_url=url) as client:
        async for page in client.get_lead_pages(limit=50, prefetch=4, resume_from=checkpoint):
            print(json.dumps([[lead.id for lead in page.leads], page.checkpoint]), flush=True)
            sys.stdin.readline()

asyncio.run(main(*sys.argv[1:]))
"""
"""A program that prints each page, and waits for a line on stdin before the next one."""


def test_walk_of_a_killed_process_resumes_in_another_process() -> None:
    with Sandbox(leads=300, burst=None) as sandbox:
        before, yielded = ids(sandbox), list[str]()
        command = [sys.executable, "-c", READER, sandbox.url, sandbox.api_token]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            checkpoint = ""
            for _ in range(3):
                page, checkpoint = json.loads(process.stdout.readline())
                yielded += page
                process.stdin.write("\n")
            process.kill()
        for id in [*yielded[:10], *yielded[-30:], *before[-10:]]:
            sandbox.delete_lead(id)
        printed = subprocess.run(
            [*command, checkpoint],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
    assert printed.stderr == ""
    yielded += [id for line in printed.stdout.splitlines() for id in json.loads(line)[0]]
    assert yielded == before[:-10]


# Faults


@SOME_PREFETCH
@pytest.mark.parametrize("number", [0, 2, 4])
@pytest.mark.parametrize(
    ("fault", "retries"),
    [
        ({"status": 503}, 1),
        ({"status": 502, "delay": 0.02}, 1),
        ({"drop": True}, 1),
        ({"status": 429, "retry_after": 0.01}, 1),
        ({"delay": 0.02}, 0),
    ],
    ids=["503", "delayed 502", "dropped connection", "429", "delay"],
)
async def test_fault_at_any_page_causes_no_gap_and_no_repeat(
    fault: dict[str, Any], retries: int, number: int, prefetch: int
) -> None:
    async with Sandbox(leads=230, burst=None) as sandbox:
        if number > 0:
            sandbox.fail("getLeads", times=number)  # the requests before the fault succeed
        sandbox.fail("getLeads", **fault)
        assert await ids_of_walk(sandbox, limit=50, prefetch=prefetch) == ids(sandbox)
        after_the_end = len(sandbox.requests) - pages_of(230, 50) - retries
    assert 0 <= after_the_end <= max(0, prefetch - 1)
