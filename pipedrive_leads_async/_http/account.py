"""Keep everything that the clients of one account share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from .._limits.governor import Governor
from .authorization import Credential
from .retry import RetryQuota

T = TypeVar("T")


class Account:
    """The state that all clients of one session manager and one credential share.

    It outlives the clients, because a client may exist for one request only.

    Args:
        credential: The credential. Of equal credentials only the first is used: two would
            refresh the same grant twice.
        clock: Returns monotonic seconds.

    Attributes:
        credential: The same.
        governor: The rate limits, of clients without a governor of their own.
        quota: The retries that its calls may still make.
        clock: The same.
    """

    def __init__(self, credential: Credential, clock: Callable[[], float] = time.monotonic) -> None:
        self.credential: Final = credential
        self.governor: Final = Governor()
        self.quota: Final = RetryQuota()
        self.clock: Final = clock
        self._parts: dict[object, Any] = {}

    def part(self, kind: Callable[[Account], T]) -> T:
        """Return the state that a higher layer keeps for this account; make it if necessary.

        Args:
            kind: The class of the state, which is also its name. It receives the account.
        """
        found: T | None = self._parts.get(kind)
        if found is None:
            found = self._parts[kind] = kind(self)
        return found
