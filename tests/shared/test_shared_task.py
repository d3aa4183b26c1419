"""One task for all who wait for it: nobody's cancellation takes it from the others."""

from __future__ import annotations

import asyncio
import gc

import pytest

from pipedrive_leads_async import WrongLoopError
from pipedrive_leads_async._shared.shared_task import SharedTask


class Work:
    """Ends when it is let go."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.ended = ""

    async def __call__(self) -> object:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # it takes its time
            self.ended = "cancelled"
            raise
        self.ended = "done"
        return self


async def fail() -> object:
    raise ZeroDivisionError


def waiters(shared: SharedTask[object], number: int) -> list[asyncio.Task[object]]:
    return [asyncio.create_task(shared.result()) for _ in range(number)]


async def test_all_get_the_same_result_also_later() -> None:
    work = Work()
    shared = SharedTask(work())
    waiting = waiters(shared, 3)
    await asyncio.sleep(0)
    assert not shared.done
    work.go_on.set()
    assert await asyncio.gather(*waiting) == [work] * 3
    assert shared.done
    assert not shared.failed
    assert await shared.result() is work


async def test_a_result_that_is_there_is_there_for_another_loop_too() -> None:
    async def work() -> int:
        return 42

    shared = SharedTask(work())
    assert await shared.result() == 42
    assert await asyncio.to_thread(asyncio.run, shared.result()) == 42


async def test_all_get_the_same_error() -> None:
    shared = SharedTask(fail())
    errors = await asyncio.gather(*waiters(shared, 3), return_exceptions=True)
    assert [type(error) for error in errors] == [ZeroDivisionError] * 3
    assert shared.done
    assert shared.failed


async def test_who_is_cancelled_takes_it_from_nobody_else() -> None:
    work = Work()
    shared = SharedTask(work())
    first, second = waiters(shared, 2)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert not shared.failed
    work.go_on.set()
    assert await second is work
    assert first.cancelled()


async def test_it_ends_with_the_last_who_is_cancelled() -> None:
    work = Work()
    shared = SharedTask(work())
    waiting = waiters(shared, 2)
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.sleep(0)
    assert shared.failed
    assert not shared.done
    await asyncio.wait(waiting)
    assert all(task.cancelled() for task in waiting)
    assert work.ended == "cancelled"
    assert shared.done
    assert shared.failed


async def test_who_waits_in_another_event_loop_is_told_so() -> None:
    work = Work()
    shared = SharedTask(work())
    with pytest.raises(WrongLoopError, match=r"^under way in another event loop"):
        await asyncio.to_thread(asyncio.run, shared.result())
    work.go_on.set()
    assert await shared.result() is work


async def test_an_error_at_its_end_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    async def fail_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await fail()

    [waiting] = waiters(SharedTask(fail_when_cancelled()), 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    del waiting
    gc.collect()
    assert not caplog.records
