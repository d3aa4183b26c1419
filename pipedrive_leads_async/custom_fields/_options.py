"""Convert the options of a custom field between labels and the ids in leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from .._shared import checks
from ..errors import InvalidRequestError
from ..models import LeadField
from ._names import Names, listed, suggest


class Options:
    """The options of a field of the type `enum` or `set`, deleted ones included.

    Attributes:
        ids: The ids of the options by label, without the deleted ones. If two options have the
            same label, the id follows it.
    """

    def __init__(self, field: LeadField) -> None:
        offered = {str(option.id): option for option in field.options or ()}
        labels = {id: option.label for id, option in offered.items()}
        # Leads keep a deleted option, and a newer option may have the same label.
        deleted = {id: label for id, label in _deleted(field) if id not in offered}
        names = {id: [label, f"{label} ({id})"] for id, label in (labels | deleted).items()}
        self._names = Names(names, retired=deleted)
        self.ids = {
            self._names.best[id]: option.id
            for id, option in offered.items()
            if id in self._names.best
        }

    def read(self, raw: Any) -> str | int:
        """Return the label of an option, or its id as an int if the option is unknown.

        Raises:
            ValueError: The value is not an id.
        """
        if type(raw) is not str and type(raw) is not int:
            raise ValueError
        label = self._names.best.get(str(raw))
        if label is not None:
            return label
        if str(int(raw)) != str(raw):
            raise ValueError
        return int(raw)

    def write(self, name: str, value: Any) -> str:
        """Return the id of an option in the form of leads, from its label or its id as an int."""
        if type(value) is int:
            return str(checks.integer(name, value))
        if not isinstance(value, str):
            raise TypeError(
                f"{name} must be the label of an option (a str) or its id (an int), "
                f"got {type(value).__name__}"
            )
        match self._names.find(value):
            case [id]:
                return id
            case []:
                known = list(self.ids)
                raise InvalidRequestError(
                    f"{name} has no option {value!r}: {suggest(value, known)}"
                )
            case several:
                labels = listed(self._names.best.get(id, id) for id in several)
                raise InvalidRequestError(
                    f"{name} has several options {value!r}: write one of {labels}, "
                    "or its id as an int"
                )


def _deleted(field: LeadField) -> Iterator[tuple[str, str]]:
    deleted = field.extra.get("options_deleted")
    # Pipedrive does not document deleted options, so other forms are ignored.
    for option in cast("Iterable[Any]", deleted) if isinstance(deleted, list) else ():
        match option:
            case {"id": int() | str() as id, "label": str() as label}:
                yield str(id), label
            case _:
                pass
