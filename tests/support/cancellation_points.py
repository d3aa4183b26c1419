"""Cancel a task at its n-th suspension; suspensions of the tasks it starts count too."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")


class Moment(enum.Enum):
    """When the task is cancelled during a suspension."""

    FIRST = "as soon as the task is suspended"
    LAST = "when the awaited future is done, before the task resumes"


class Cancellation(Generic[T]):
    """A coroutine that runs in a task and is cancelled at one of its suspensions.

    Args:
        coroutine: The coroutine to run.
        number: The number of the suspension, from 1.
        moment: When to cancel during the suspension.
        repeats: Whether to cancel it in every turn of the event loop until it ends.

    Attributes:
        task: The task of the coroutine.
        suspensions: The number of suspensions so far.
        was_pending: Whether the task was still running when it was cancelled.
        turns: The turns of the event loop from the cancellation to the end of the task.
    """

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, T],
        number: int,
        moment: Moment,
        *,
        repeats: bool = False,
    ) -> None:
        self._number, self._moment, self._repeats = number, moment, repeats
        self._loop = asyncio.get_running_loop()
        self.suspensions = 0
        self.was_pending = False
        self.turns = 0
        self.task: Final = self._loop.create_task(_watched(coroutine, self._suspended))
        self._tasks: set[asyncio.Task[Any]] = {self.task}

    async def run(self) -> None:
        """Wait until the task is done.

        Raises:
            TimeoutError: The task did not end within 20 seconds.
        """
        self._loop.set_task_factory(self._make_task)
        try:
            async with asyncio.timeout(20):
                # gather() retrieves the error, so that asyncio does not report it.
                await asyncio.gather(self.task, return_exceptions=True)
        finally:
            self._loop.set_task_factory(None)

    async def finish(self) -> None:
        """Wait until the tasks that the coroutine started are done too."""
        if self.unfinished:
            await asyncio.wait(self.unfinished, timeout=20)

    @property
    def tasks(self) -> int:
        """The number of tasks: that of the coroutine and those it started."""
        return len(self._tasks)

    @property
    def unfinished(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done."""
        return [task for task in self._tasks if not task.done()]

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Task[Any]:
        if asyncio.current_task() not in self._tasks:
            return asyncio.Task(coroutine, loop=loop, **options)
        task = asyncio.Task(_watched(coroutine, self._suspended), loop=loop, **options)
        # A task that is cancelled before it starts never awaits the coroutine.
        task.add_done_callback(lambda _: coroutine.close())
        self._tasks.add(task)
        return task

    def _suspended(self, future: asyncio.Future[Any] | None) -> None:
        self.suspensions += 1
        if self.suspensions != self._number:
            return
        if self._moment is Moment.FIRST:
            self._cancel()
        elif future is None:
            self._loop.call_soon(self._cancel)
        else:
            future.add_done_callback(self._cancel)

    def _cancel(self, _: object = None) -> None:
        self.was_pending = self.task.cancel()
        self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self.turns += 1
        if not self.task.done():
            if self._repeats:
                self.task.cancel()
            self._loop.call_soon(self._turn)


class _Watched:
    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        suspended: Callable[[asyncio.Future[Any] | None], None],
    ) -> None:
        self._coroutine, self._suspended = coroutine, suspended

    def __await__(self) -> Generator[Any, None, Any]:
        step: Callable[[], Any] = partial(self._coroutine.send, None)
        while True:
            try:
                future = step()
            except StopIteration as end:
                return end.value
            self._suspended(future)
            try:
                yield future
                step = partial(self._coroutine.send, None)
            except BaseException as error:  # noqa: BLE001 - passed on
                step = partial(self._coroutine.throw, error)


async def _watched(
    coroutine: Coroutine[Any, Any, T], suspended: Callable[[asyncio.Future[Any] | None], None]
) -> T:
    result: T = await _Watched(coroutine, suspended)
    return result
