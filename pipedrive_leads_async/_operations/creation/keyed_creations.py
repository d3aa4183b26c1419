"""Creations under way: one at a time for each key, whoever asks for it."""

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
    is_given: bool = False


class Creations(Generic[T]):
    """The keyed creations of one client that are under way."""

    def __init__(self) -> None:
        self._under_way: dict[str, _Creation[T]] = {}

    async def once(
        self, key: str, request: AddLeadRequest, create: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[T, bool]:
        """Create, or wait for who is creating under the same key.

        It ends with its last waiter: one that is cancelled takes it from nobody else.

        Args:
            key: The idempotency key.
            request: What is created; no two requests share a key.
            create: Does it.

        Returns:
            What was created, and whether this is the first call that gets it.

        Raises:
            InvalidRequestError: Another request has the key, and is under way.
        """
        creation = self._under_way.get(key)
        if creation is None or creation.task.failed:
            creation = self._under_way[key] = _Creation(request, SharedTask(create()))
        elif creation.request != request:
            raise InvalidRequestError(
                f"idempotency_key {key!r} belongs to another request that is under way: "
                "give each creation a key of its own"
            )
        try:
            created = await creation.task.result()
            is_first, creation.is_given = not creation.is_given, True
            return created, is_first
        finally:
            if creation.task.done and self._under_way.get(key) is creation:
                del self._under_way[key]
