"""The options of a custom field: the labels that people see, the ids that leads carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from .._shared import checks
from ..errors import InvalidRequestError
from ..models import LeadField
from ._names import Names, listed, meant


class Options:
    """What a field of the type `enum` or `set` offers, and what it once offered.

    Attributes:
        ids: The ids of what it offers, by label; namesakes are told apart by their ids.
    """

    def __init__(self, field: LeadField) -> None:
        offered = {str(option.id): option for option in field.options or ()}
        labels = {id: option.label for id, option in offered.items()}
        # Leads keep an option that was deleted; another may have its label since.
        deleted = {id: label for id, label in _deleted(field) if id not in offered}
        names = {id: [label, f"{label} ({id})"] for id, label in (labels | deleted).items()}
        self._names = Names(names, retired=deleted)
        self.ids = {
            self._names.best[id]: option.id
            for id, option in offered.items()
            if id in self._names.best
        }

    def read(self, raw: Any) -> str | int:
        """Give the label of an option by its id; the id as an int if it is not known here.

        Raises:
            ValueError: It is not an id.
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
        """Give the id of an option, as leads carry it, by its label or the id as an int."""
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
                raise InvalidRequestError(f"{name} has no option {value!r}: {meant(value, known)}")
            case several:
                labels = listed(self._names.best.get(id, id) for id in several)
                raise InvalidRequestError(
                    f"{name} has several options {value!r}: give one of {labels}, "
                    "or its id as an int"
                )


def _deleted(field: LeadField) -> Iterator[tuple[str, str]]:
    deleted = field.extra.get("options_deleted")
    # Nothing is documented about them: what has another form is left alone.
    for option in cast("Iterable[Any]", deleted) if isinstance(deleted, list) else ():
        match option:
            case {"id": int() | str() as id, "label": str() as label}:
                yield str(id), label
            case _:
                pass
