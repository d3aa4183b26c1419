"""Remember the persons and organizations that the clients of an account made lately."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from ..._shared.bounded import BoundedDict

ContactKey: TypeAlias = tuple[str, str]
"""The kind of an address, such as `email`, and the address in its normal form."""

_SECONDS: Final = 600.0
"""How long a contact is remembered. The search index must know it by then."""

_IDS_OF_KEY: Final = 10
"""The number of contacts that are remembered for one address: the latest."""


class RecentContacts:
    """The ids of contacts that were made or changed lately, by address.

    The latest 10,000 addresses are kept, each for 10 minutes. What is remembered is only a hint:
    the contact may have been changed or deleted since.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: BoundedDict[ContactKey, dict[int, float]] = BoundedDict()

    def note(self, id: int, keys: Iterable[ContactKey]) -> None:
        """Record that a contact with these addresses was made or changed now."""
        for key in keys:
            times = self._current(key)
            times.pop(id, None)
            if len(times) == _IDS_OF_KEY:
                del times[next(iter(times))]
            self._entries[key] = times | {id: self._clock()}

    def ids(self, key: ContactKey) -> list[int]:
        """Return the ids of the contacts with this address."""
        return list(self._current(key))

    def _current(self, key: ContactKey) -> dict[int, float]:
        oldest = self._clock() - _SECONDS
        return {id: time for id, time in self._entries.get(key, {}).items() if time > oldest}
