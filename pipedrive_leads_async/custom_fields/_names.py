"""Things that people named: tell namesakes apart, find one, say which may have been meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_FEW: Final = 12


class Names(Generic[T]):
    """Things by their names.

    Args:
        candidates: The names of each thing, beginning with what people call it.
        retired: The things that are no longer in use: they leave a name to one that is.

    Attributes:
        best: The first name of each thing that nothing else has; who has none is left out.
    """

    def __init__(
        self, candidates: Mapping[T, Sequence[str]], *, retired: Collection[T] = ()
    ) -> None:
        claims: defaultdict[str, dict[T, None]] = defaultdict(dict)
        for thing, names in candidates.items():
            for name in names:
                claims[name][thing] = None
        self._owners: dict[str, list[T]] = {}
        for name, things in claims.items():
            in_use = [thing for thing in things if thing not in retired]
            self._owners[name] = in_use or list(things)
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
    """Say which names may have been meant, or which there are if they are few or none is close."""
    if not known:
        return "there is none"
    if len(known) <= _FEW:
        return f"there are {listed(known)}"
    close = _close(name.casefold(), known)
    return f"did you mean {_first(close)}?" if close else f"there are {_first(known)}"


def _close(wanted: str, known: Sequence[str]) -> list[str]:
    contain_it = [other for other in known if wanted in other.casefold()]
    if contain_it:
        return sorted(contain_it, key=lambda other: not other.casefold().startswith(wanted))
    import difflib  # noqa: PLC0415 - nobody needs it but who misspells a name

    spelled_alike = difflib.get_close_matches(wanted, dict.fromkeys(map(str.casefold, known)))
    return [other for folded in spelled_alike for other in known if other.casefold() == folded]


def _first(names: Sequence[str]) -> str:
    more = len(names) - _FEW
    return listed(names[:_FEW]) + (f" and {more} more" if more > 0 else "")
