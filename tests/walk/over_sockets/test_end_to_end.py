"""Walks over real sockets through lists that change, with faults, from process to process."""

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
from pipedrive_leads_async._walk.trail import OVERLAP
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import QUICK
from tests.walk.over_sockets.changing_leads import Churn

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 4, 8])
SOME_PREFETCH = pytest.mark.parametrize("prefetch", [0, 4])
SEED = pytest.mark.parametrize("seed", range(2))


def client_of(sandbox: Sandbox, **options: Any) -> LeadsClient:
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=QUICK, **options)


def ids(sandbox: Sandbox) -> list[str]:
    return [lead["id"] for lead in sandbox.leads]


async def walked(
    sandbox: Sandbox, on_attempt: Callable[[object], None] | None = None, **options: Any
) -> list[str]:
    """The ids that one walk gives."""
    async with client_of(sandbox, on_attempt=on_attempt) as client:
        return [lead.id async for lead in client.get_leads(**options)]


def assert_unique(found: list[str]) -> None:
    assert len(found) == len(set(found))


def pages_of(rows: int, limit: int) -> int:
    """How many pages a list of so many leads takes, as each overlaps the one before it."""
    return 1 + math.ceil(max(0, rows - limit) / (limit - OVERLAP - 1))


# A quiet list


@PREFETCH
@pytest.mark.parametrize("limit", [50, 500])
async def test_a_quiet_list_comes_whole_and_in_order_for_the_price_of_its_overlaps(
    prefetch: int, limit: int
) -> None:
    async with Sandbox(leads=700, burst=None) as sandbox:
        assert await walked(sandbox, limit=limit, prefetch=prefetch) == ids(sandbox)
        # Whoever asks ahead for more than one page may ask behind the end.
        behind_the_end = len(sandbox.requests) - pages_of(700, limit)
    assert 0 <= behind_the_end <= max(0, prefetch - 1)


@PREFETCH
async def test_a_list_of_one_page_costs_one_request(prefetch: int) -> None:
    for leads in (0, 1, 50):
        async with Sandbox(leads=leads, burst=None) as sandbox:
            assert await walked(sandbox, limit=50, prefetch=prefetch) == ids(sandbox)
            assert len(sandbox.requests) == 1


@PREFETCH
async def test_max_items_costs_no_page_more_than_it_takes(prefetch: int) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        for max_items in (1, 50, 79, 80, 333, 399):
            before = len(sandbox.requests)
            found = await walked(sandbox, limit=50, prefetch=prefetch, max_items=max_items)
            assert found == ids(sandbox)[:max_items]
            assert len(sandbox.requests) - before == pages_of(max_items, 50)


# A list that changes


@SEED
@PREFETCH
@pytest.mark.parametrize(
    ("leads", "limit", "change"),
    [
        (400, 50, {"unrest": 0.2, "most": 25}),
        (400, 50, {"unrest": 1.0, "most": 20}),
        (500, 77, {"unrest": 0.5, "most": 300}),
        (1200, 500, {"unrest": 1.0, "most": 60}),
    ],
    ids=["seldom", "all the time", "much at once", "large pages"],
)
async def test_whatever_happens_all_that_stays_comes_once(
    seed: int, prefetch: int, leads: int, limit: int, change: dict[str, Any]
) -> None:
    async with Sandbox(leads=leads, burst=None) as sandbox:
        churn = Churn(sandbox, seed, **change)
        found = await walked(sandbox, churn, limit=limit, prefetch=prefetch)
        sent = len(sandbox.requests)
    assert churn.stayed <= set(found)
    assert_unique(found)
    # Only who removes more leads than the overlap makes a page be read again, and some that
    # were asked for ahead.
    again = churn.removed // (OVERLAP + 1) * (prefetch + 2)
    assert sent <= pages_of(churn.rows, limit) + max(0, prefetch - 1) + again


@SOME_PREFETCH
@pytest.mark.parametrize("gone", [20, 26, 34, 49])
async def test_of_leads_made_at_one_moment_none_is_lost_when_others_go_before_them(
    gone: int, prefetch: int
) -> None:
    async with Sandbox(leads=0, burst=None) as sandbox:
        for number in range(150):
            sandbox.add_lead(add_time=f"2024-01-01T00:{number // 30:02}:00.000Z")
        before = ids(sandbox)
        first = before[:gone]

        def delete_the_first(_: object) -> None:
            while first:
                sandbox.delete_lead(first.pop())

        assert await walked(sandbox, delete_the_first, limit=50, prefetch=prefetch) == before


@SEED
@PREFETCH
async def test_of_max_items_none_is_skipped_and_none_is_exceeded(seed: int, prefetch: int) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        times = {lead["id"]: lead["add_time"] for lead in sandbox.leads}
        churn = Churn(sandbox, seed, unrest=1.0, most=5)
        found = await walked(sandbox, churn, limit=50, prefetch=prefetch, max_items=200)
    assert len(found) == 200
    assert_unique(found)
    latest = max(times[id] for id in found)
    assert {id for id in churn.stayed if times[id] <= latest} <= set(found)


@SEED
@SOME_PREFETCH
@pytest.mark.parametrize("options", [{"limit": 60, "sort": "update_time DESC"}, {"limit": 20}])
async def test_in_another_order_or_small_pages_nothing_comes_twice(
    seed: int, prefetch: int, options: dict[str, Any]
) -> None:
    async with Sandbox(leads=300, burst=None) as sandbox:
        churn = Churn(sandbox, seed, unrest=1.0)
        assert_unique(await walked(sandbox, churn, prefetch=prefetch, **options))


@PREFETCH
@pytest.mark.parametrize(("limit", "take"), [(50, "delete_lead"), (500, "archive_lead")])
async def test_who_deletes_or_archives_each_lead_that_comes_meets_them_all(
    limit: int, take: str, prefetch: int
) -> None:
    async with Sandbox(leads=600, burst=None) as sandbox, client_of(sandbox) as client:
        before, found = ids(sandbox), list[str]()
        async for lead in client.get_leads(limit=limit, prefetch=prefetch):
            getattr(sandbox, take)(lead.id)
            found.append(lead.id)
        assert found == before
        assert len(sandbox.requests) <= 600 / limit + prefetch + 12


@SEED
@SOME_PREFETCH
@pytest.mark.parametrize("honours_archived_status", [False, True])
async def test_a_lead_that_is_archived_on_the_way_is_found_once_in_both_lists(
    seed: int, prefetch: int, *, honours_archived_status: bool
) -> None:
    async with Sandbox(
        leads=300, burst=None, honours_archived_status=honours_archived_status
    ) as sandbox:
        for id in ids(sandbox)[::3]:
            sandbox.archive_lead(id)
        churn = Churn(sandbox, seed, unrest=1.0)
        churn.kinds.remove(churn.unarchive)
        found = await walked(sandbox, churn, limit=50, prefetch=prefetch, archived_status="all")
    assert churn.present <= set(found)
    assert_unique(found)


# Killed and resumed


def nothing(given: list[str], sandbox: Sandbox) -> None:
    pass


def the_last_leads_are_deleted(given: list[str], sandbox: Sandbox) -> None:
    for id in set(given[-25:]).intersection(ids(sandbox)):
        sandbox.delete_lead(id)


def all_that_was_given_is_deleted(given: list[str], sandbox: Sandbox) -> None:
    for id in set(given).intersection(ids(sandbox)):
        sandbox.delete_lead(id)


@SOME_PREFETCH
@pytest.mark.parametrize(
    "between", [nothing, the_last_leads_are_deleted, all_that_was_given_is_deleted]
)
async def test_a_walk_killed_after_every_page_goes_on_in_other_clients(
    between: Callable[[list[str], Sandbox], None], prefetch: int
) -> None:
    async with Sandbox(leads=300, burst=None) as sandbox:
        before, given = ids(sandbox), list[str]()
        checkpoint: str | None = None
        while checkpoint is not None or not given:
            async with (
                client_of(sandbox) as client,
                aclosing(
                    client.get_lead_pages(limit=50, prefetch=prefetch, resume_from=checkpoint)
                ) as pages,
            ):
                page = await anext(pages, None)
            checkpoint = page.checkpoint if page else None
            given += [lead.id for lead in page.leads] if page else []
            between(given, sandbox)
    assert given == before


@SOME_PREFETCH
@pytest.mark.parametrize("seed", range(6))
async def test_a_walk_killed_after_any_page_loses_and_repeats_nothing_of_a_changing_list(
    seed: int, prefetch: int
) -> None:
    async with Sandbox(leads=400, burst=None) as sandbox:
        churn = Churn(sandbox, seed, unrest=0.7)
        given: list[str] = []
        checkpoint: str | None = None
        async with client_of(sandbox, on_attempt=churn) as client:
            async for page in client.get_lead_pages(limit=60, prefetch=prefetch):
                given += [lead.id for lead in page.leads]
                checkpoint = page.checkpoint
                if len(given) > 60 * seed:
                    break
        for _ in range(5):
            churn()
        given += await walked(sandbox, churn, limit=60, prefetch=prefetch, resume_from=checkpoint)
    assert churn.stayed <= set(given)
    assert_unique(given)


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
"""Prints a page, and waits to be told to go on."""


def test_a_walk_whose_process_is_killed_goes_on_in_another_process() -> None:
    with Sandbox(leads=300, burst=None) as sandbox:
        before, given = ids(sandbox), list[str]()
        command = [sys.executable, "-c", READER, sandbox.url, sandbox.api_token]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            checkpoint = ""
            for _ in range(3):
                page, checkpoint = json.loads(process.stdout.readline())
                given += page
                process.stdin.write("\n")
            process.kill()
        for id in [*given[:10], *given[-30:], *before[-10:]]:
            sandbox.delete_lead(id)
        printed = subprocess.run(
            [*command, checkpoint],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
    assert printed.stderr == ""
    given += [id for line in printed.stdout.splitlines() for id in json.loads(line)[0]]
    assert given == before[:-10]


# Faults on the way


@SOME_PREFETCH
@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(
    ("fault", "again"),
    [
        ({"status": 503}, 1),
        ({"status": 502, "delay": 0.02}, 1),
        ({"drop": True}, 1),
        ({"status": 429, "retry_after": 0.01}, 1),
        ({"delay": 0.02}, 0),
    ],
    ids=["503", "a late 502", "drop", "429", "late"],
)
async def test_a_fault_at_any_page_leaves_no_gap_and_no_repeat(
    fault: dict[str, Any], again: int, number: int, prefetch: int
) -> None:
    async with Sandbox(leads=140, burst=None) as sandbox:
        if number > 0:
            sandbox.fail("getLeads", times=number)  # nothing happens to these
        sandbox.fail("getLeads", **fault)
        assert await walked(sandbox, limit=50, prefetch=prefetch) == ids(sandbox)
        behind_the_end = len(sandbox.requests) - pages_of(140, 50) - again
    assert 0 <= behind_the_end <= max(0, prefetch - 1)
