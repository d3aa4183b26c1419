"""Look up things by the names that users gave them, and suggest names for an unknown one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_FEW: Final = 12

_LONGEST: Final = 255
"""The maximum length of a name in a message; longer names are not suggested."""


class Names(Generic[T]):
    """An index of things by name, in which several things can have the same name.

    Args:
        candidates: The names of each thing, the preferred one first.
        retired: Things that are no longer in use. A thing in use takes a name from them.

    Attributes:
        best: The first unique name of each thing. Things without a unique name are omitted.
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
            unique = [name for name in names if self._owners[name] == [thing]]
            if unique:
                self.best[thing] = unique[0]

    def find(self, name: str) -> list[T]:
        """Return all things with this name."""
        return self._owners.get(name, [])


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    return ", ".join(
        repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…") for name in names
    )


def suggest(name: str, known: Sequence[str]) -> str:
    """Return a hint for an unknown name: similar names, or all names if they are few."""
    if not known:
        return "the account has none"
    if len(known) <= _FEW:
        return f"write one of {listed(known)}"
    close = _close(name.casefold(), known)
    return f"did you mean {_first(close)}?" if close else f"write one of {_first(known)}"


def _close(wanted: str, known: Sequence[str]) -> list[str]:
    containing = [other for other in known if wanted in other.casefold()]
    if containing:
        return sorted(containing, key=lambda other: not other.casefold().startswith(wanted))
    import difflib  # noqa: PLC0415 - needed for misspelled names only

    short = (other.casefold() for other in known if len(other) <= _LONGEST)
    spelled_alike = difflib.get_close_matches(wanted[:_LONGEST], dict.fromkeys(short))
    return [other for folded in spelled_alike for other in known if other.casefold() == folded]


def _first(names: Sequence[str]) -> str:
    more = len(names) - _FEW
    return listed(names[:_FEW]) + (f" and {more} more" if more > 0 else "")
