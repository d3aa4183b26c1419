"""Things that people named: tell namesakes apart, find one, say which may have been meant."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_FEW: Final = 12


class Names(Generic[T]):
    """Things by their names.

    Args:
        candidates: The names of each thing, beginning with what people call it.

    Attributes:
        best: The first name of each thing that nothing else has; who has none is left out.
    """

    def __init__(self, candidates: Mapping[T, Sequence[str]]) -> None:
        self._owners: defaultdict[str, list[T]] = defaultdict(list)
        for thing, names in candidates.items():
            for name in names:
                self._owners[name].append(thing)
        self.best: dict[T, str] = {}
        for thing, names in candidates.items():
            its_own = [name for name in names if self._owners[name] == [thing]]
            if its_own:
                self.best[thing] = its_own[0]

    def find(self, name: str) -> list[T]:
        """Give everything that has this name."""
        return self._owners.get(name, [])


def listed(names: Iterable[str]) -> str:
    """Write names as a sentence lists them."""
    return ", ".join(map(repr, names))


def meant(name: str, known: Sequence[str]) -> str:
    """Say which names may have been meant; all of them if they are few."""
    if not known:
        return "there is none"
    if len(known) <= _FEW:
        return f"there are {listed(known)}"
    begin_so = [other for other in known if other.casefold().startswith(name.casefold())]
    close = begin_so[:_FEW] or difflib.get_close_matches(name, known)
    return f"did you mean {listed(close)}?" if close else f"none of the {len(known)} is close"
