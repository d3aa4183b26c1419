"""Test walks within Pipedrive's burst limit and daily budget, next to other calls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipedrive_leads_async import (
    Attempt,
    DailyBudgetExhaustedError,
    Governor,
    LeadsClient,
    Rate,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 8])


def client_of(sandbox: Sandbox, **options: Any) -> LeadsClient:
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, **options)


async def ids_of_walk(client: LeadsClient, **options: Any) -> list[str]:
    return [lead.id async for lead in client.get_leads(**options)]


def ids(sandbox: Sandbox) -> list[str]:
    return [lead["id"] for lead in sandbox.leads]


def statuses(sandbox: Sandbox) -> list[int | None]:
    return [request.status for request in sandbox.requests]


def times(sandbox: Sandbox) -> list[float]:
    return [request.time for request in sandbox.requests]


# The burst limit


# A window is long enough for a busy machine to send and to receive its requests.


async def test_walk_next_to_many_calls_takes_about_the_time_of_the_burst_limit() -> None:
    async with Sandbox(leads=800, burst=(20, 2.0)) as sandbox, client_of(sandbox) as client:
        before = ids(sandbox)
        walk = asyncio.create_task(ids_of_walk(client, limit=100, prefetch=8, max_items=800))
        got = await asyncio.gather(*[client.get_lead(id) for id in before[:70]])
        assert [lead.id for lead in got] == before[:70]
        assert await walk == before
        assert statuses(sandbox).count(429) <= 5
        assert len(sandbox.requests) <= 80 + 5
        # Of 80 requests, 20 are sent at once, and 20 after each of three windows.
        assert times(sandbox)[-1] - times(sandbox)[0] <= 2 * 6.0


@pytest.mark.parametrize("burst", [(20, 0.5), (60, 1.0)])
async def test_hundred_concurrent_calls_get_no_429_once_the_limit_is_known(
    burst: tuple[int, float],
) -> None:
    async with Sandbox(leads=100, burst=burst) as sandbox, client_of(sandbox) as client:
        first, *others = ids(sandbox)
        await client.get_lead(first)
        await asyncio.gather(*[client.get_lead(id) for id in others])
        assert statuses(sandbox) == [200] * 100


async def test_calls_before_the_limit_is_known_get_429_only_in_the_first_burst() -> None:
    async with Sandbox(leads=50, burst=(10, 0.5)) as sandbox:
        async with client_of(sandbox, governor=Governor(max_in_flight=12)) as client:
            await asyncio.gather(*[client.get_lead(id) for id in ids(sandbox)])
        assert statuses(sandbox).count(429) <= 2
        assert statuses(sandbox).count(200) == 50


@PREFETCH
async def test_walk_gets_no_429(prefetch: int) -> None:
    async with Sandbox(leads=800, burst=(5, 0.25)) as sandbox, client_of(sandbox) as client:
        assert await ids_of_walk(client, limit=50, prefetch=prefetch) == ids(sandbox)
        assert 429 not in statuses(sandbox)


async def test_clients_of_one_manager_share_the_burst_limit() -> None:
    async with Sandbox(leads=200, burst=(10, 0.5)) as sandbox, SessionManager() as manager:
        first, *others = [client_of(sandbox, session=manager) for _ in range(4)]
        await ids_of_walk(first, limit=1, max_items=1)
        walks = [ids_of_walk(client, limit=50, prefetch=4) for client in others]
        assert await asyncio.gather(*walks) == [ids(sandbox)] * 3
        assert 429 not in statuses(sandbox)


async def test_call_next_to_a_walk_waits_only_for_pages_requested_before_it() -> None:
    prefetch = 8
    async with Sandbox(leads=1500, burst=(5, 0.05)) as sandbox, client_of(sandbox) as client:
        (id, *_) = before = ids(sandbox)
        walk = asyncio.create_task(ids_of_walk(client, limit=50, prefetch=prefetch))
        while not walk.done():
            await client.get_lead(id)
        assert await walk == before
        operations = "".join("p" if r.operation == "getLeads" else " " for r in sandbox.requests)
    *stretches, _ = operations.split(" ")
    assert len(stretches) > 5
    # At most the pages that waited before the call, and those that had just been sent.
    assert max(map(len, stretches)) <= 2 * (prefetch + 1)


async def test_no_request_is_sent_during_the_retry_after_of_a_429() -> None:
    async with Sandbox(leads=50, burst=None) as sandbox:
        calls: list[asyncio.Task[Any]] = []

        def start_calls(attempt: Attempt) -> None:
            if attempt.status == 429:
                calls.extend(asyncio.create_task(client.get_lead(id)) for id in ids(sandbox))

        async with client_of(sandbox, on_attempt=start_calls) as client:
            sandbox.fail("getLeads", status=429, retry_after=0.1)
            assert await ids_of_walk(client, limit=20) == ids(sandbox)
            await asyncio.gather(*calls)
        refused, *others = sandbox.requests
        assert refused.status == 429
        assert [request.status for request in others] == [200] * (50 + 3)
        assert min(request.time for request in others) - refused.time >= 0.1


# The daily budget


@PREFETCH
async def test_walk_ends_with_the_daily_budget_and_resumes_on_the_next_day(prefetch: int) -> None:
    yielded: list[str] = []
    async with (
        Sandbox(leads=400, burst=None, daily_tokens=105) as sandbox,
        client_of(sandbox) as client,
    ):
        with pytest.raises(DailyBudgetExhaustedError) as caught:
            async for lead in client.get_leads(limit=50, prefetch=prefetch):
                yielded.append(lead.id)  # noqa: PERF401 - keeps the ids before an error
        # The last tokens may be used by a later one of the pages requested ahead.
        assert 50 <= len(yielded) <= 50 + 5 * 48
        assert statuses(sandbox).count(200) == 6

        # Without budget, no request is sent.
        checkpoint = caught.value.checkpoint
        sent = len(sandbox.requests)
        with pytest.raises(DailyBudgetExhaustedError) as refused:
            await client.get_lead(yielded[0])
        assert refused.value.attempts == 0
        assert refused.value.retry_after is not None
        with pytest.raises(DailyBudgetExhaustedError) as refused:
            await ids_of_walk(client, resume_from=checkpoint)
        assert (refused.value.attempts, refused.value.checkpoint) == (0, checkpoint)
        assert len(sandbox.requests) == sent

    async with Sandbox(leads=400, burst=None) as next_day, client_of(next_day) as client:
        yielded += await ids_of_walk(client, limit=50, resume_from=checkpoint)
        assert yielded == ids(next_day)


@PREFETCH
async def test_walk_leaves_the_tokens_of_keep_daily_tokens(prefetch: int) -> None:
    governor = Governor(keep_daily_tokens=70)
    async with (
        Sandbox(leads=1000, burst=None, daily_tokens=200) as sandbox,
        client_of(sandbox, governor=governor) as client,
    ):
        with pytest.raises(DailyBudgetExhaustedError, match="keep_daily_tokens=70") as caught:
            await ids_of_walk(client, limit=50, prefetch=prefetch)
        assert caught.value.checkpoint is not None
        assert statuses(sandbox) == [200] * 6
        assert client.rate.daily_remaining == 80

        # A call that leaves the reserved tokens untouched is still sent.
        await client.get_lead(ids(sandbox)[0])
        with pytest.raises(DailyBudgetExhaustedError):
            await client.get_lead_page()

        # A client without a reserve can use all tokens.
        async with client_of(sandbox) as other:
            await other.get_lead_page()
            assert other.rate.daily_remaining == 58


async def test_rate_reports_the_remainder_of_both_limits() -> None:
    async with (
        Sandbox(leads=100, burst=(40, 2.0), daily_tokens=1000) as sandbox,
        client_of(sandbox) as client,
    ):
        assert client.rate == Rate()
        await ids_of_walk(client, limit=50, prefetch=0)
        await client.get_lead(ids(sandbox)[0])
        rate = client.rate
    assert (rate.limit, rate.remaining, rate.reset) == (40, 36, 2.0)
    assert (rate.daily_limit, rate.daily_remaining) == (1000, 938)
    assert rate.observed_at is not None
