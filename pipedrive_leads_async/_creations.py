"""Creations under way: one at a time for each key, whoever asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import attrs

from .errors import InvalidRequestError
from .request_models import AddLeadRequest

T = TypeVar("T")


@attrs.define(eq=False)
class _Flight(Generic[T]):
    request: AddLeadRequest
    task: asyncio.Task[T]
    waiters: int = 0
    is_given: bool = False


class Creations(Generic[T]):
    """The keyed creations of one client that are under way."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

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
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(request, asyncio.create_task(create()))
        elif flight.request != request:
            raise InvalidRequestError(
                f"idempotency_key {key!r} belongs to another request that is under way: "
                "give each creation a key of its own"
            )
        flight.waiters += 1
        try:
            created = await asyncio.shield(flight.task)
            is_first, flight.is_given = not flight.is_given, True
            return created, is_first
        finally:
            flight.waiters -= 1
            if flight.waiters == 0:
                del self._flights[key]
                if not flight.task.done():
                    flight.task.cancel()
                    await asyncio.wait([flight.task])
