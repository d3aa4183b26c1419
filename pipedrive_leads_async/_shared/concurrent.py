"""Run a function on many items, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
)
from typing import Any, Generic, TypeVar

import attrs

from ..errors import WrongLoopError

T = TypeVar("T")
R = TypeVar("R")


async def map_concurrently(
    items: Iterable[T] | AsyncIterable[T],
    work: Callable[[T], Coroutine[Any, Any, R]],
    *,
    concurrency: int,
) -> AsyncGenerator[R, None]:
    """Run `work` on each item and yield the results as soon as they are ready.

    The next item is fetched when fewer than `concurrency` are in progress. After an error, of
    `work` or of `items`, no more items are fetched; the first error is raised after the results
    of the tasks in progress were yielded. Closing the generator cancels the tasks in progress.
    """
    iterator = aiter(items if isinstance(items, AsyncIterable) else _async_iterator(items))
    batch = _Batch(iterator, work, concurrency)
    try:
        while batch.in_progress or batch.has_more_items:
            for task in await batch.first_completed():
                batch.in_progress.discard(task)
                error = task.exception()
                if error is None:
                    yield task.result()
                else:
                    await batch.fail(error)
    finally:
        await _cancel(batch.next_item, *batch.in_progress)
    if batch.error is not None:
        raise batch.error


@attrs.define
class _Batch(Generic[T, R]):
    """The state of one `map_concurrently`.

    Attributes:
        items: The items that were not fetched yet.
        work: The function that runs on each item.
        concurrency: The largest number of tasks in progress.
        in_progress: The tasks that run `work`.
        next_item: The task that fetches the next item.
        has_more_items: Whether more items may be fetched.
        error: The first error.
    """

    items: AsyncIterator[T]
    work: Callable[[T], Coroutine[Any, Any, R]]
    concurrency: int
    in_progress: set[asyncio.Task[R]] = attrs.field(factory=set[asyncio.Task[R]])
    next_item: asyncio.Task[T] | None = None
    has_more_items: bool = True
    error: BaseException | None = None

    async def first_completed(self) -> set[asyncio.Task[R]]:
        """Wait until an item was fetched or a task has ended; return the tasks that have ended.

        Raises:
            WrongLoopError: A task belongs to another event loop.
        """
        has_room = len(self.in_progress) < self.concurrency
        if self.has_more_items and has_room and self.next_item is None:
            self.next_item = asyncio.create_task(_anext(self.items))
        running: set[asyncio.Task[Any]] = {*self.in_progress}
        if self.next_item is not None:
            running.add(self.next_item)
        if any(task.get_loop() is not asyncio.get_running_loop() for task in running):
            raise WrongLoopError(
                "the iteration began in another event loop, which had results that were not "
                "yielded yet: iterate in one event loop"
            )
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        completed = self.in_progress & done
        if self.next_item is not None and self.next_item in done:
            await self._start_work(self.next_item)
        return completed

    async def _start_work(self, fetched: asyncio.Task[T]) -> None:
        self.next_item = None
        error = fetched.exception()
        if error is None:
            self.in_progress.add(asyncio.create_task(self.work(fetched.result())))
        elif isinstance(error, StopAsyncIteration):
            self.has_more_items = False
        else:
            await self.fail(error)

    async def fail(self, error: BaseException) -> None:
        """Keep the first error, and fetch no more items."""
        self.error = error if self.error is None else self.error
        self.has_more_items = False
        await _cancel(self.next_item)
        self.next_item = None


async def _async_iterator(items: Iterable[T]) -> AsyncIterator[T]:
    for item in items:
        yield item


async def _anext(iterator: AsyncIterator[T]) -> T:
    return await anext(iterator)


async def _cancel(*tasks: asyncio.Task[Any] | None) -> None:
    loop = asyncio.get_running_loop()
    running = [task for task in tasks if task is not None and task.get_loop() is loop]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
