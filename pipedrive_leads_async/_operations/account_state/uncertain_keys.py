"""Remember which idempotency keys belong to a request that may still be on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from ..._shared.bounded import BoundedDict

Key: TypeAlias = tuple[str, str]
"""The property of leads that holds the idempotency key, and the key."""

SETTLE_TIME: Final = 30.0
"""Seconds after which a search for a request of unknown outcome is considered reliable."""


class UncertainKeys:
    """The keys of creations whose outcome is unknown, and the times of their last requests.

    The latest 10,000 are kept. A key leaves when its outcome is known: its lead exists, or
    Pipedrive has refused it.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sent_at: BoundedDict[Key, float] = BoundedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._sent_at

    def __len__(self) -> int:
        return len(self._sent_at)

    def note_sent(self, key: Key) -> None:
        """Record that a request with this key leaves this machine now."""
        self._sent_at[key] = self._clock()

    def forget(self, key: Key) -> None:
        """Record that the outcome of all requests with this key is known."""
        self._sent_at.pop(key, None)

    def time_left(self, key: Key, settle: float | None) -> float:
        """Return the seconds until a search for the lead of this key can be trusted.

        Args:
            key: The key.
            settle: The user's own estimate of the time that a request may take.
        """
        sent_at = self._sent_at.get(key)
        if sent_at is None:
            return 0.0
        return max(0.0, sent_at + max(SETTLE_TIME, settle or 0.0) - self._clock())
