"""Test when `Steps` lets other tasks run."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async._shared.steps import Steps


@pytest.mark.parametrize(("seconds", "turns"), [(0.0, 0), (0.001, 0), (0.006, 3)])
async def test_other_tasks_run_after_each_long_step(seconds: float, turns: int) -> None:
    now = 0.0
    found = 0

    async def count_turns() -> None:
        nonlocal found
        while True:
            await asyncio.sleep(0)
            found += 1

    counting = asyncio.create_task(count_turns())
    await asyncio.sleep(0)
    steps = Steps(lambda: now)
    for _ in range(3):
        now += seconds
        await steps.next()
    counting.cancel()
    assert found == turns
