"""Test `SharedTask` and `KeyedTasks`: one task for all its waiters."""

from __future__ import annotations

import asyncio
import gc
from typing import TypeVar

import pytest

from pipedrive_leads_async import WrongLoopError
from pipedrive_leads_async._shared.tasks import KeyedTasks, SharedTask
from pipedrive_leads_async.errors import AuthUnavailableError, ServerError

T = TypeVar("T")


class Work:
    """A coroutine function that runs until `end` is set."""

    def __init__(self) -> None:
        self.runs = 0
        self.outcome = ""
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        self.runs += 1
        try:
            await self.end
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # cleaning up takes time
            self.outcome = "cancelled"
            raise
        self.outcome = "done"


class UncopyableError(Exception):
    """An error whose constructor needs an argument that `copy.copy` does not pass."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class PrefixedError(Exception):
    """An error whose constructor changes its message, so that a copy would change it again."""

    def __init__(self, message: str) -> None:
        super().__init__(f"failed: {message}")


async def fail(error: Exception) -> object:
    raise error


def waiters(shared: SharedTask[T], number: int) -> list[asyncio.Task[T]]:
    return [asyncio.create_task(shared.result()) for _ in range(number)]


# SharedTask


async def test_result_is_the_same_object_for_all_waiters() -> None:
    work = Work()

    async def run() -> object:
        await work()
        return work

    shared = SharedTask(run())
    waiting = waiters(shared, 3)
    await asyncio.sleep(0)
    assert not shared.done
    work.end.set_result(None)
    assert await asyncio.gather(*waiting) == [work] * 3
    assert shared.done
    assert not shared.failed
    assert await shared.result() is work


async def test_result_is_available_in_another_loop_after_the_end() -> None:
    async def work() -> int:
        return 42

    shared = SharedTask(work())
    assert await shared.result() == 42
    assert await asyncio.to_thread(asyncio.run, shared.result()) == 42


async def test_waiting_in_another_loop_before_the_end_is_refused() -> None:
    work = Work()
    shared = SharedTask(work())
    with pytest.raises(WrongLoopError, match=r"^the call is running in another event loop"):
        await asyncio.to_thread(asyncio.run, shared.result())
    work.end.set_result(None)
    await shared.result()


async def test_each_waiter_receives_its_own_copy_of_the_error() -> None:
    failure = AuthUnavailableError("down", retry_after=2.0)
    failure.__cause__ = cause = OSError("no route")
    failure.add_note("try later")
    shared = SharedTask(fail(failure))
    errors = await asyncio.gather(*waiters(shared, 3), return_exceptions=True)
    assert shared.done
    assert shared.failed
    assert len({id(error) for error in (failure, *errors)}) == 4
    for error in errors:
        assert isinstance(error, AuthUnavailableError)
        assert (str(error), error.retry_after) == ("down", 2.0)
        assert error.__cause__ is cause
        error.add_note("to one waiter")
        assert error.__notes__ == ["try later", "to one waiter"]


async def test_copied_error_keeps_the_traceback_of_the_task() -> None:
    with pytest.raises(ServerError) as caught:
        await SharedTask(fail(ServerError("down"))).result()
    assert caught.traceback[-1].name == "fail"


async def test_copied_error_keeps_its_context() -> None:
    async def work() -> None:
        try:
            await fail(ServerError("first"))
        except ServerError:
            await fail(ServerError("second"))

    with pytest.raises(ServerError, match="second") as caught:
        await SharedTask(work()).result()
    assert str(caught.value.__context__) == "first"
    assert not caught.value.__suppress_context__


@pytest.mark.parametrize("error", [UncopyableError("down", code=5), PrefixedError("down")], ids=str)
async def test_error_that_cannot_be_copied_is_raised_itself(error: Exception) -> None:
    shared = SharedTask(fail(error))
    assert await asyncio.gather(*waiters(shared, 2), return_exceptions=True) == [error] * 2


@pytest.mark.parametrize("survives_waiters", [False, True])
async def test_cancelling_one_waiter_does_not_cancel_the_task(*, survives_waiters: bool) -> None:
    work = Work()
    shared = SharedTask(work(), survives_waiters=survives_waiters)
    first, second = waiters(shared, 2)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    assert not shared.failed
    work.end.set_result(None)
    await second
    assert (work.runs, work.outcome) == (1, "done")


async def test_task_is_cancelled_with_its_last_waiter() -> None:
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
    assert work.outcome == "cancelled"
    assert shared.done
    assert shared.failed


async def test_task_that_survives_its_waiters_continues_without_them() -> None:
    work = Work()
    shared = SharedTask(work(), survives_waiters=True)
    [waiter] = waiters(shared, 1)
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    assert waiter.cancelled()
    work.end.set_result(None)
    await shared.result()
    assert work.outcome == "done"


async def test_task_cancelled_from_within_cancels_its_waiters() -> None:
    work = Work()
    [waiter] = waiters(SharedTask(work()), 1)
    await asyncio.sleep(0)
    work.end.cancel()
    await asyncio.wait([waiter])
    assert waiter.cancelled()


async def test_error_after_the_last_waiter_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await fail(ZeroDivisionError())

    gc.collect()  # what other tests have left
    caplog.clear()
    [waiting] = waiters(SharedTask(fail_when_cancelled()), 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    del waiting
    gc.collect()
    assert not caplog.records


def test_task_of_a_closed_event_loop_has_failed() -> None:
    async def start() -> SharedTask[None]:
        return SharedTask(asyncio.sleep(60.0))

    loop = asyncio.new_event_loop()
    shared = loop.run_until_complete(start())
    assert not shared.failed
    loop.close()
    assert shared.failed
    del shared
    gc.collect()  # asyncio logs that the task was pending: here, and not in another test


# KeyedTasks


async def test_concurrent_callers_of_a_key_share_one_task() -> None:
    tasks, work = KeyedTasks(), Work()
    callers = [asyncio.create_task(tasks.join("key", work)) for _ in range(1000)]
    await asyncio.sleep(0)
    work.end.set_result(None)
    await asyncio.gather(*callers)
    assert work.runs == 1


async def test_caller_after_the_end_starts_a_new_task() -> None:
    tasks, work = KeyedTasks(), Work()
    work.end.set_result(None)
    await tasks.join("key", work)
    await tasks.join("key", work)
    assert work.runs == 2


async def test_starting_a_running_key_returns_its_task() -> None:
    tasks, work, other = KeyedTasks(), Work(), Work()
    shared = tasks.start("key", work)
    other.end.set_result(None)
    await tasks.join("other", other)
    assert not shared.done
    assert tasks.start("key", work) is shared
    work.end.set_result(None)
    await shared.result()


async def test_tasks_of_two_keys_run_independently() -> None:
    tasks, work, other = KeyedTasks(), Work(), Work()
    callers = [
        asyncio.create_task(tasks.join("key", work)),
        asyncio.create_task(tasks.join("other", other)),
    ]
    await asyncio.sleep(0)
    work.end.set_result(None)
    await callers[0]
    assert other.runs == 1
    assert not callers[1].done()
    other.end.set_result(None)
    await callers[1]


async def test_cancelling_one_caller_does_not_cancel_the_keyed_task() -> None:
    tasks, work = KeyedTasks(), Work()
    first, second = (asyncio.create_task(tasks.join("key", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    work.end.set_result(None)
    await second
    assert work.runs == 1


async def test_wait_covers_a_keyed_task_that_no_caller_waits_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tasks, work = KeyedTasks(), Work()
    caller = asyncio.create_task(tasks.join("key", work))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    waiting = asyncio.create_task(tasks.wait(at_most=9.0))
    await asyncio.sleep(0)
    assert not waiting.done()
    work.end.set_exception(ServerError("down"))
    await waiting
    del tasks, work, caller, waiting
    gc.collect()
    assert not caplog.records  # asyncio logs an error that nobody retrieved


async def test_keyed_caller_receives_its_own_copy_of_the_error() -> None:
    tasks, work = KeyedTasks(), Work()
    callers = [asyncio.create_task(tasks.join("key", work)) for _ in range(2)]
    await asyncio.sleep(0)
    work.end.set_exception(ServerError("down"))
    errors = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(error) for error in errors] == [ServerError] * 2
    assert errors[0] is not errors[1]


def test_keyed_task_of_another_loop_is_replaced() -> None:
    tasks, runs = KeyedTasks(), 0

    async def run_forever() -> None:
        nonlocal runs
        runs += 1
        await asyncio.Event().wait()

    async def start() -> None:
        await tasks.wait(at_most=9.0)  # returns although a task of the other loop has not ended
        tasks.start("key", run_forever)
        await asyncio.sleep(0)

    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(start())
        second.run(start())
    assert runs == 2
