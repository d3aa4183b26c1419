"""Remember which idempotency keys belong to a request that may still be on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from ..._shared.bounded import BoundedDict

Key: TypeAlias = tuple[str, str]
"""The property of leads that holds the idempotency key, and the key."""

SETTLE_TIME: Final = 30.0
"""Seconds after which a search for a request of unknown outcome is considered reliable."""


_REQUESTS_OF_KEY: Final = 10
"""The number of requests of one key that are told apart; older ones count as one."""


class UncertainKeys:
    """The keys of creations whose outcome is unknown, and the times of their requests.

    The latest 10,000 are kept. A request leaves when its outcome is known: Pipedrive has carried
    it out, or has refused it. A key leaves with the last of its requests.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sent_at: BoundedDict[Key, dict[object, float]] = BoundedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._sent_at

    def __len__(self) -> int:
        return len(self._sent_at)

    def note_sent(self, key: Key, request: object = None) -> None:
        """Record that a request with this key leaves this machine now.

        Args:
            key: The key.
            request: Any object that stands for the request, also when it is sent again.
        """
        times = self._sent_at.get(key, {}) | {request: self._clock()}
        if len(times) > _REQUESTS_OF_KEY:
            oldest = next(each for each in times if each is not None)
            times[None] = max(times.pop(oldest), times.get(None, 0.0))
        self._sent_at[key] = times

    def requests(self, key: Key) -> list[object]:
        """Return the requests with this key whose outcome is unknown."""
        return list(self._sent_at.get(key, ()))

    def forget(self, key: Key, requests: Iterable[object] | None = None) -> None:
        """Record that the outcome of some requests with this key is known, or that of all."""
        times = self._sent_at.pop(key, None) or {}
        known = times if requests is None else list(requests)
        if left := {request: time for request, time in times.items() if request not in known}:
            self._sent_at[key] = left

    def time_left(self, key: Key, settle: float | None) -> float:
        """Return the seconds until a search for the lead of this key can be trusted.

        Args:
            key: The key.
            settle: The user's own estimate of the time that a request may take.
        """
        times = self._sent_at.get(key)
        if not times:
            return 0.0
        sent_at = max(times.values())
        return max(0.0, sent_at + max(SETTLE_TIME, settle or 0.0) - self._clock())
