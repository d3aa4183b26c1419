"""A task that is cancelled at its n-th suspension; those of tasks that it starts count too."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")


class Moment(enum.Enum):
    """When in a suspension the cancellation comes."""

    FIRST = "before anything else can happen"
    LAST = "when what it waits for is there, before it goes on"


class Cancellation(Generic[T]):
    """Runs a coroutine, and cancels it at one of its suspensions.

    Args:
        coroutine: What to run.
        number: Which suspension, from 1.
        moment: When in it.
        insists: Whether to cancel it again and again until it ends.

    Attributes:
        task: The task of the coroutine.
        suspensions: How many there were so far.
        came: Whether the task was not done when it was cancelled.
        turns: How many turns of the event loop the task took to end then.
    """

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, T],
        number: int,
        moment: Moment,
        *,
        insists: bool = False,
    ) -> None:
        self._number, self._moment, self._insists = number, moment, insists
        self._loop = asyncio.get_running_loop()
        self.suspensions = 0
        self.came = False
        self.turns = 0
        self.task: Final = self._loop.create_task(_watched(coroutine, self._suspended))
        self._tasks: set[asyncio.Task[Any]] = {self.task}

    async def run(self) -> None:
        """Wait until the task is done.

        Raises:
            TimeoutError: It does not end.
        """
        self._loop.set_task_factory(self._make_task)
        try:
            async with asyncio.timeout(20):
                # Gathered, an error that nobody looks at is not reported as never retrieved.
                await asyncio.gather(self.task, return_exceptions=True)
        finally:
            self._loop.set_task_factory(None)

    async def rest(self) -> None:
        """Wait until the tasks that it started are done too."""
        if self.left:
            await asyncio.wait(self.left, timeout=20)

    @property
    def tasks(self) -> int:
        """How many tasks there were, with those that it started."""
        return len(self._tasks)

    @property
    def left(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done."""
        return [task for task in self._tasks if not task.done()]

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Task[Any]:
        if asyncio.current_task() not in self._tasks:
            return asyncio.Task(coroutine, loop=loop, **options)
        task = asyncio.Task(_watched(coroutine, self._suspended), loop=loop, **options)
        # A task that is cancelled before it begins never awaits it.
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
        self.came = self.task.cancel()
        self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self.turns += 1
        if not self.task.done():
            if self._insists:
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
