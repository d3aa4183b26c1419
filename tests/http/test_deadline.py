"""Test `Deadline` and `Lifetime`, which end calls."""

from __future__ import annotations

import asyncio
import time

import pytest

from pipedrive_leads_async._http.deadline import Deadline, Lifetime


async def hang(limit: Deadline, lifetime: Lifetime | None = None) -> float:
    """Wait until the deadline or the end of the lifetime; return the seconds."""
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with (lifetime or Lifetime()).limit(limit):
            await asyncio.get_running_loop().create_future()
    return time.monotonic() - started


async def test_code_ends_at_the_deadline() -> None:
    assert 0.05 <= await hang(Deadline(0.05)) < 5.0


async def test_moved_deadline_applies_to_code_in_progress() -> None:
    deadline, end = Deadline(0.05), Deadline(0.2)
    hanging = asyncio.create_task(hang(deadline))
    await asyncio.sleep(0)
    deadline.move(end.at, end.seconds)
    assert 0.2 <= await hanging < 5.0
    assert deadline.seconds == 0.2
    deadline.move(Deadline(60.0).at, 60.0)  # nothing runs until it


async def test_earlier_deadline_moves_with_the_later_one() -> None:
    deadline = Deadline(60.0)
    earlier = deadline.before(10.0)
    assert earlier.seconds == 50.0
    assert earlier.at == deadline.at - 10.0
    deadline.move(deadline.at + 5.0, 65.0)
    assert (earlier.seconds, earlier.at) == (55.0, deadline.at - 10.0)


async def test_end_of_a_lifetime_ends_all_its_calls() -> None:
    lifetime, deadline = Lifetime(), Deadline(60.0)
    calls = [
        asyncio.create_task(hang(limit, lifetime)) for limit in (deadline, deadline, Deadline(60.0))
    ]
    await asyncio.sleep(0)
    lifetime.end()
    assert max(await asyncio.gather(*calls)) < 5.0
    assert await hang(Deadline(60.0), lifetime) < 5.0
    assert lifetime.closed
    assert deadline.time_left() <= 0.0


async def test_deadline_that_has_passed_is_not_moved_by_expiring() -> None:
    deadline = Deadline(-5.0)
    at = deadline.at
    deadline.expire()
    assert deadline.at == at


async def test_expired_call_is_not_revived_by_a_later_deadline() -> None:
    deadline = Deadline(60.0)
    hanging = asyncio.create_task(hang(deadline))
    await asyncio.sleep(0)
    deadline.expire()
    await asyncio.sleep(0)  # the timer has expired, but the call has not ended
    deadline.move(Deadline(60.0).at, 60.0)
    assert await hanging < 5.0
