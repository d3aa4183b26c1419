"""Work that is done once for all who want it, and goes on when who waits for it leaves."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable

from ..errors import AuthUnavailableError, PipedriveError


class Flights:
    """Work under way, each piece in a task of its own.

    A rotated token that nobody is left to save is lost: so nobody's cancellation ends it.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[PipedriveError | None]] = {}

    def start(
        self, key: Hashable, work: Callable[[], Awaitable[None]]
    ) -> asyncio.Task[PipedriveError | None]:
        """Begin some work, unless it is under way.

        Args:
            key: What tells the work from other work.
            work: Begins it.

        Returns:
            The task; its result is the error.
        """
        loop = asyncio.get_running_loop()
        # What another loop left undone will not be done any more.
        self._tasks = {
            key: task
            for key, task in self._tasks.items()
            if task.get_loop() is loop and not task.done()
        }
        if key not in self._tasks:
            self._tasks[key] = loop.create_task(_outcome(work))
        return self._tasks[key]

    async def join(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        """Begin some work, unless it is under way, and wait for its end.

        Raises:
            PipedriveError: It failed; each who waited gets an error of its own.
        """
        task = self.start(key, work)
        await asyncio.wait([task])
        error = task.result()
        if error is not None:
            raise copy.copy(error) from error.__cause__

    async def settle(self) -> None:
        """Wait for the end of all work that is under way in this loop."""
        loop = asyncio.get_running_loop()
        tasks = [task for task in self._tasks.values() if task.get_loop() is loop]
        if tasks:
            await asyncio.wait(tasks)


async def _outcome(work: Callable[[], Awaitable[None]]) -> PipedriveError | None:
    try:
        await work()
    except PipedriveError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a store or a hook may raise whatever it likes
        failure = AuthUnavailableError(
            f"the token store or on_token_update raised {type(error).__name__}"
        )
        failure.__cause__ = error
        return failure
    return None
