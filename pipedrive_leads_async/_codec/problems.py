"""The problems of a JSON object that does not fit a class, with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias, cast

import attrs
import cattrs

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value, such as `("value", "currency")`."""


@attrs.frozen
class Problem:
    """A value that does not fit.

    Attributes:
        place: Its place in the object.
        reason: What is wrong, such as `expected int, got str`.
    """

    place: Place
    reason: str


class MisfitError(Exception):
    """A JSON object does not fit a class."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class ExpectedError(Exception):
    """A message about the expected type, which does not contain the value."""

    def __init__(self, what: str, got: str) -> None:
        super().__init__(f"expected {what}, got {got}")


MISFITS: Final = (ExpectedError, cattrs.ClassValidationError, cattrs.IterableValidationError)
"""The errors of a reader whose value does not fit."""


def path(place: Place, root: str = "$") -> str:
    """Return a place in the notation of JSONPath: `$.label_ids[3]`."""
    return root + "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in place)


def problems_in(error: BaseException, place: Place = ()) -> Iterator[Problem]:
    """Yield the problems of an error of cattrs; places consist of the names of attributes."""
    if not isinstance(error, (cattrs.ClassValidationError, cattrs.IterableValidationError)):
        yield Problem(place, _reason(error))
        return
    noted, others = cast("Any", error).group_exceptions()
    for each, note in noted:
        key = note.index if isinstance(note, cattrs.IterableValidationNote) else note.name
        yield from problems_in(each, (*place, key))
    for each in others:
        yield from problems_in(each, place)


def read_each(
    read: Callable[[Any], Any], kind: Any, items: Iterable[Any], start: int = 0
) -> list[Any]:
    """Read the items of a list up to the first misfit, whose error names its place."""
    values: list[Any] = []
    for i, item in enumerate(items, start):
        try:
            values.append(read(item))
        except MISFITS as error:
            place = cast("Any", cattrs.IterableValidationNote)
            error.add_note(place(f"index {i}", i, kind))
            failure = cast("Any", cattrs.IterableValidationError)
            raise failure(f"index {i}", [error], kind) from None
    return values


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return "missing"
    if isinstance(error, ExpectedError):
        return str(error)
    # The message of a class's own validator can contain the value, which is personal data.
    return f"rejected with {type(error).__name__}"
