"""Run a task once for all callers that wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from ..errors import WrongLoopError

T = TypeVar("T")


class SharedTask(Generic[T]):
    """One task for all callers that wait for its result. It starts immediately.

    Cancelling one waiter does not cancel the task for the others. Each waiter receives its own
    copy of an error.

    Args:
        work: The coroutine to run.
        survives_waiters: Whether the task continues after its last waiter was cancelled. By
            default it is cancelled with the last waiter.
    """

    def __init__(self, work: Coroutine[Any, Any, T], *, survives_waiters: bool = False) -> None:
        self._task = asyncio.create_task(work)
        # Reading the error keeps asyncio from logging it if no waiter is left.
        self._task.add_done_callback(_error_of)
        self._survives_waiters = survives_waiters
        self._waiters = 0

    @property
    def done(self) -> bool:
        """Whether the task has ended."""
        return self._task.done()

    @property
    def failed(self) -> bool:
        """Whether the task was cancelled or raised an error, is being cancelled, or cannot end."""
        if not self._task.done():
            return self._task.cancelling() > 0 or self.loop.is_closed()
        return self._task.cancelled() or _error_of(self._task) is not None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that runs the task."""
        return self._task.get_loop()

    async def result(self) -> T:
        """Wait for the task and return its result.

        Raises:
            WrongLoopError: The task is running in another event loop.
            Exception: A copy of the error that the task raised.
        """
        await self.wait()
        error = _error_of(self._task)
        if error is not None:
            raise _copy_of(error)
        return self._task.result()

    async def wait(self) -> None:
        """Wait until the task has ended, with a result or with an error."""
        if not self._task.done():
            async with self.waiting():
                await self.ended()

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None, None]:
        """Count as a waiter in this context.

        Raises:
            WrongLoopError: The task is running in another event loop.
        """
        if self.loop is not asyncio.get_running_loop():
            raise WrongLoopError(
                "the call is running in another event loop: make one client for each event loop"
            )
        self._waiters += 1
        try:
            yield
        finally:
            self._waiters -= 1
            # A coroutine of a closed loop reaches this line when it is deleted.
            has_ended = self._survives_waiters or self.loop.is_closed()
            if not self._waiters and not has_ended:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def ended(self) -> None:
        """Wait until the task has ended, in the context of `waiting`."""
        # Awaiting the task itself would pass the cancellation of one waiter on to it.
        await asyncio.wait([self._task])


def _error_of(task: asyncio.Task[Any]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _copy_of(error: BaseException) -> BaseException:
    """Return a copy of an error, or the error itself if its class does not support copies."""
    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - the constructor of any class may run here
        return error
    if type(copied) is not type(error) or copied.args != error.args:
        return error
    if hasattr(error, "__notes__"):
        copied.__notes__ = list(error.__notes__)
    copied.__cause__, copied.__context__ = error.__cause__, error.__context__
    copied.__suppress_context__ = error.__suppress_context__
    return copied.with_traceback(error.__traceback__)


class KeyedTasks:
    """Tasks of which at most one runs for each key.

    They survive their waiters. Each event loop has tasks of its own.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, SharedTask[None]] = {}

    def start(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> SharedTask[None]:
        """Return the running task of `key`; start one with `work` if none is running."""
        self._tasks = {key: task for key, task in self._running().items() if not task.done}
        if key not in self._tasks:
            self._tasks[key] = SharedTask(work(), survives_waiters=True)
        return self._tasks[key]

    async def join(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start `work` unless a task of `key` is running, and wait for the task.

        Raises:
            Exception: A copy of the error that the task raised.
        """
        await self.start(key, work).result()

    async def wait(self, *, at_most: float) -> None:
        """Wait until all running tasks have ended, but no longer than `at_most` seconds.

        After that, the tasks continue. Their errors are not raised.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                for task in self._running().values():
                    await task.wait()

    def _running(self) -> dict[Hashable, SharedTask[None]]:
        loop = asyncio.get_running_loop()
        return {key: task for key, task in self._tasks.items() if task.loop is loop}
