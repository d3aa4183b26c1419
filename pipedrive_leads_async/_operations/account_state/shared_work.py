"""Work that the clients of an account share, each with its own deadline."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._shared.tasks import SharedTask

T = TypeVar("T")


class SharedWork(Generic[T]):
    """One task for all clients that wait for its result.

    A waiter leaves at its own deadline, when its client is closed, or when it is cancelled. The
    task continues for the others: it ends at the latest of their deadlines, or with the last of
    them. So it does not matter whose client has started it.

    Args:
        caller: The caller of the client that starts the work.
        work: Does the work with the caller that it receives, whose calls end as described.
    """

    def __init__(self, caller: Caller, work: Callable[[Caller], Coroutine[Any, Any, T]]) -> None:
        self._deadline = Deadline(caller.timeouts.deadline)
        self._waiting: list[Deadline] = []
        self._caller = caller.detach(self._deadline)
        self._task = SharedTask(work(self._caller))

    @property
    def done(self) -> bool:
        """Whether the work has ended."""
        return self._task.done

    @property
    def can_be_joined(self) -> bool:
        """Whether the work has succeeded, or is in progress and not about to be ended."""
        if self._task.failed or self._task.done:
            return not self._task.failed
        is_ending = self._caller.lifetime.closed or self._deadline.time_left() <= 0.0
        return bool(self._waiting) and not is_ending

    async def wait(self, caller: Caller, deadline: Deadline) -> None:
        """Wait until the work has ended; its result or error is that of `result`.

        Args:
            caller: The caller of the client that waits.
            deadline: The time at which this waiter leaves.

        Raises:
            RequestTimeoutError: The waiter has left at its deadline.
            ClientClosedError: The waiter has left because its client was closed.
            WrongLoopError: The work is in progress in another event loop.
        """
        if self._task.done:
            return
        async with self._task.waiting():
            self._waiting.append(deadline)
            # At once, because the connections are closed after the client.
            deadline.on_expire = self._end_without_waiters
            self._follow_latest()
            try:
                with suppress(TimeoutError):
                    async with caller.lifetime.limit(deadline):
                        await self._task.ended()
            finally:
                self._waiting.remove(deadline)
                self._follow_latest()
            if self._waiting and not self._task.done:
                raise caller.interruption(deadline, sent=None)
            # The last waiter leaves with the error of the work, which knows what was sent.
            await self._task.ended()

    async def result(self) -> T:
        """Return the result of the work, which has ended, or raise a copy of its error."""
        return await self._task.result()

    def _end_without_waiters(self) -> None:
        if len(self._waiting) == 1:
            self._caller.lifetime.end()

    def _follow_latest(self) -> None:
        if self._waiting:
            latest = max(self._waiting, key=lambda deadline: deadline.at)
            self._deadline.move(latest.at, latest.seconds)
