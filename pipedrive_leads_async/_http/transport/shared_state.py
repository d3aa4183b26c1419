"""Keep the objects that the clients of one session manager share."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

_MAX_KEPT: Final = 2000
"""The maximum number of unused objects.

Access tokens change every hour, and each is a new key.
"""


class SharedState:
    """The objects that clients share, each under a key.

    An object outlives the clients that use it, because a client may exist for one request
    only. Their number is bounded: of the objects without a client, the most recent are kept.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock: Final = clock
        self._objects: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._recently_used: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the object of a key; make it if there is none."""
        found: T | None = self._objects.get(key)
        if found is None:
            found = self._objects[key] = make()
        self._recently_used[key] = found
        self._recently_used.move_to_end(key)
        if len(self._recently_used) > _MAX_KEPT:
            self._recently_used.popitem(last=False)
        return found
