"""`HomeLoop`: the event loop whose requests a limiter holds."""

from __future__ import annotations

import asyncio

from ..errors import WrongLoopError


class HomeLoop:
    """The event loop whose requests a limiter holds; a limiter moves on when its loop is closed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_running(self) -> bool:
        """Whether it is the running loop."""
        return self._loop is asyncio.get_running_loop()

    def move(self, *, has_requests: bool) -> bool:
        """Move to the running loop; return whether requests of a closed loop must be dropped.

        Args:
            has_requests: Whether requests wait or are in flight.

        Raises:
            WrongLoopError: They belong to another loop, which is not closed.
        """
        loop, old = asyncio.get_running_loop(), self._loop
        if loop is old:
            return False
        if has_requests and old is not None and not old.is_closed():
            raise WrongLoopError(
                "governor is in use in another event loop: make one governor for each event loop "
                "that runs at the same time"
            )
        self._loop = loop
        return has_requests
