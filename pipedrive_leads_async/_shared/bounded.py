"""A dict of bounded size."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_ENTRIES: Final = 10_000


class BoundedDict(OrderedDict[K, V]):
    """A dict that keeps the 10,000 entries that were set last."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > MAX_ENTRIES:
            self.popitem(last=False)
