"""The work of an account that is in progress: at most one task for each key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import Operation
from ..._shared.bounded import BoundedDict
from ...errors import ClientClosedError, OutcomeUnknownError, RequestTimeoutError
from .shared_work import SharedWork

K = TypeVar("K")
R = TypeVar("R")
T = TypeVar("T")


@attrs.define(eq=False)
class Work(Generic[K, R, T]):
    """A task in progress, which several clients can wait for.

    Attributes:
        keys: Its keys.
        request: The request that it carries out.
        shared: The task, and the deadlines of its waiters.
    """

    keys: tuple[K, ...]
    request: R
    shared: SharedWork[T]
    _is_taken: bool = attrs.field(default=False, init=False)

    def take(self) -> bool:
        """Record that a client receives the result; return whether it is the first one."""
        is_first, self._is_taken = not self._is_taken, True
        return is_first


@attrs.frozen
class Waiter:
    """A client that waits for a task in progress.

    Attributes:
        caller: The caller of the client.
        deadline: The time until which it waits.
        operation: The operation that it has called, for errors.
        unknown: Returns the error for a client that leaves after its request was sent, and None
            if nothing was sent; None if that is not known.
    """

    caller: Caller
    deadline: Deadline
    operation: Operation
    unknown: Callable[[], OutcomeUnknownError | None] | None = None


class WorkInProgress(Generic[K, R, T]):
    """The tasks of an account that are in progress, by their keys."""

    def __init__(self) -> None:
        self._in_progress: BoundedDict[K, Work[K, R, T]] = BoundedDict()

    def find(self, keys: Iterable[K]) -> Work[K, R, T] | None:
        """Return the first task that has one of the keys and can be joined."""
        found = (self._in_progress.get(key) for key in keys)
        return next((each for each in found if each and each.shared.can_be_joined), None)

    def start(self, keys: Iterable[K], request: R, shared: SharedWork[T]) -> Work[K, R, T]:
        """Add a task that has just been started."""
        work = Work(tuple(keys), request, shared)
        for key in work.keys:
            self._in_progress[key] = work
        return work

    async def wait(self, work: Work[K, R, T], waiter: Waiter) -> None:
        """Wait until a task has ended, and then remove it.

        Raises:
            OutcomeUnknownError: The waiter leaves after its request was sent.
            RequestTimeoutError: The waiter leaves at its deadline.
            ClientClosedError: The waiter leaves because its client was closed.
        """
        try:
            await work.shared.wait(waiter.caller, waiter.deadline)
        except (RequestTimeoutError, ClientClosedError) as error:
            error.operation = waiter.operation.id
            if waiter.unknown is not None:
                if unknown := waiter.unknown():
                    raise unknown from error
                if isinstance(error, RequestTimeoutError):
                    error.sent = False
            raise
        finally:
            for key in work.keys:
                if work.shared.done and self._in_progress.get(key) is work:
                    del self._in_progress[key]
