"""The creations in progress: one at a time for each idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import attrs

from ..._shared.tasks import SharedTask
from ...errors import InvalidRequestError
from ...request_models import AddLeadRequest

T = TypeVar("T")


@attrs.define(eq=False)
class _Creation(Generic[T]):
    request: AddLeadRequest
    task: SharedTask[T]
    is_returned: bool = False


class Creations(Generic[T]):
    """The creations of one client that are in progress, by idempotency key."""

    def __init__(self) -> None:
        self._in_progress: dict[str, _Creation[T]] = {}

    async def join(
        self, key: str, request: AddLeadRequest, create: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[T, bool]:
        """Return the result of the creation with this key; start it if it is not in progress.

        Cancelling one waiter does not cancel the creation for the others. Cancelling the last
        waiter cancels it.

        Args:
            key: The idempotency key.
            request: The request, which must be equal for all callers with the same key.
            create: Sends the request, and returns the result.

        Returns:
            The result, and whether this caller is the first to receive it.

        Raises:
            InvalidRequestError: A different request with this key is in progress.
        """
        creation = self._in_progress.get(key)
        if creation is None or creation.task.failed:
            creation = self._in_progress[key] = _Creation(request, SharedTask(create()))
        elif creation.request != request:
            raise InvalidRequestError(
                f"idempotency_key {key!r} belongs to a different request that is in progress: "
                "make the key of each request unique"
            )
        try:
            result = await creation.task.result()
            is_first, creation.is_returned = not creation.is_returned, True
            return result, is_first
        finally:
            if creation.task.done and self._in_progress.get(key) is creation:
                del self._in_progress[key]
