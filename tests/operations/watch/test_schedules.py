"""Test that a watch misses nothing and repeats nothing, under random changes, kills and failures.

`python -m tests.operations.watch.schedules 1000` runs more of these schedules.
"""

from __future__ import annotations

import pytest

from tests.operations.watch.schedules import Schedule


@pytest.mark.parametrize("seed", range(25))
async def test_each_lasting_state_is_seen_once(seed: int) -> None:
    schedule = Schedule(seed)
    await schedule.run()
    assert schedule.seen
    assert not schedule.missed()
    assert not schedule.repeated()
    assert not schedule.not_created()
    assert len(set(schedule.created)) == len(schedule.created)
