"""Divide long work into steps, between which other tasks run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

_LONG: Final = 0.005
"""The seconds from which on a step is long: letting other tasks run takes 0.02 ms."""


class Steps:
    """Work that takes long now and then. It begins when the object is created.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._started = clock()

    async def next(self) -> None:
        """Begin the next step; let other tasks run first if the last one was long."""
        if self._clock() - self._started > _LONG:
            await asyncio.sleep(0)
            self._started = self._clock()
