"""A task for all who wait for its result, which ends when the last of them is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from ..errors import WrongLoopError

T = TypeVar("T")


class SharedTask(Generic[T]):
    """Work that begins at once; who is cancelled takes it from nobody else."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = asyncio.create_task(work)
        self._waiting = 0

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._task.done()

    @property
    def failed(self) -> bool:
        """Whether nothing will come of it."""
        if not self._task.done():
            return self._task.cancelling() > 0
        return self._task.cancelled() or self._task.exception() is not None

    async def result(self) -> T:
        """Wait for the result, or for the error."""
        if not self._task.done():
            if self._task.get_loop() is not asyncio.get_running_loop():
                raise WrongLoopError("under way in another event loop: make a client for each")
            await self._end()
        return self._task.result()

    async def _end(self) -> None:
        self._waiting += 1
        try:
            # Not awaited itself, which would pass the cancellation of one on to all.
            await asyncio.wait([self._task])
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._task.cancel()
                # Gathered, an error that nobody will see is not reported as never retrieved.
                await asyncio.gather(self._task, return_exceptions=True)
