"""Do the same for many items, a few at a time, and give each result as soon as it is there."""

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
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def each(
    items: Iterable[T] | AsyncIterable[T],
    work: Callable[[T], Coroutine[Any, Any, R]],
    *,
    concurrency: int,
) -> AsyncGenerator[R, None]:
    """Work on each item, and give the results in the order in which they are ready.

    An item is taken when there is room to work on it. After an error, of the work or of the
    items themselves, no more are taken, and it is raised when what is under way has been
    given. Left early, it cancels what is under way.
    """
    iterator = aiter(items if isinstance(items, AsyncIterable) else _one_by_one(items))
    working: set[asyncio.Task[R]] = set()
    taking: asyncio.Task[T] | None = None
    is_over = False
    failure: Exception | None = None
    try:
        while working or not is_over:
            if taking is None and not is_over and len(working) < concurrency:
                taking = asyncio.create_task(_next(iterator))
            under_way: set[asyncio.Task[Any]] = working | ({taking} if taking else set())
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            if taking in done:
                try:
                    working.add(asyncio.create_task(work(taking.result())))
                except StopAsyncIteration:
                    is_over = True
                except Exception as error:  # noqa: BLE001 - raised below
                    failure, is_over = error, True
                taking = None
            for task in working & done:
                working.discard(task)
                try:
                    result = task.result()
                except Exception as error:  # noqa: BLE001 - raised below
                    failure, is_over = failure or error, True
                    await _cancel(taking)
                    taking = None
                else:
                    yield result
    finally:
        await _cancel(taking, *working)
    if failure is not None:
        raise failure


async def _one_by_one(items: Iterable[T]) -> AsyncIterator[T]:
    for item in items:
        yield item


async def _next(iterator: AsyncIterator[T]) -> T:
    return await anext(iterator)


async def _cancel(*tasks: asyncio.Task[Any] | None) -> None:
    under_way = [task for task in tasks if task is not None]
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
