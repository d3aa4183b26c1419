"""Convert leads to flat rows of a table in which each column has one type."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Final, cast

from .._codec.codec import to_dict
from .._codec.fields import aware, json_fields, split_rest
from ..enums import VisibleTo
from ..models import Lead, LeadNames, LeadValue
from ._scalars import Id, Number, Scalar

# The columns of Pipedrive's own fields.


def _utc(time: dt.datetime) -> dt.datetime:
    return aware(time).astimezone(dt.UTC)


def _amount(value: LeadValue) -> float:
    return Number().cell(value.amount)


# Maps the type of an attribute to the type of its cells, and to the conversion to a cell, if one
# is needed. As with custom fields, the conversion raises ValueError for a value that does not fit.
_CELLS: Final[dict[Any, tuple[Any, Callable[[Any], Any] | None]]] = {
    str: (str, None),
    int: (int, Id().cell),
    bool: (bool, None),
    dt.date: (dt.date, None),
    dt.datetime: (dt.datetime, _utc),
    tuple[str, ...]: (list[str], list),
    VisibleTo | str: (str, str),
}

_FIELDS: Final = json_fields(Lead)


def _columns() -> Iterator[tuple[str, str, Any, Callable[[Any], Any] | None]]:
    for field in _FIELDS:
        if field.kind is LeadValue:
            yield field.name, field.name, float, _amount
            yield "currency", field.name, str, attrgetter("currency")
        else:
            yield field.name, field.name, *_CELLS[field.kind]


LEAD_COLUMNS: Final[dict[str, Any]] = {name: kind for name, _, kind, _ in _columns()}
"""The columns of every account with their types."""

NAME_COLUMNS: Final[dict[str, Any]] = {
    "owner_name": str,
    "person_name": str,
    "organization_name": str,
    "label_names": list[str],
    "channel_name": str,
}
"""The columns of the names of things that a lead is linked to, on request."""

REST: Final = "extra"
"""The last column: a JSON object of the values that have no column or do not fit theirs."""

_all_attributes: Final = attrgetter(*(attribute for _, attribute, _, _ in _columns()))
_CONVERTED: Final = [(name, convert) for name, _, _, convert in _columns() if convert]


# The custom fields and unknown keys of a lead.

_KEYS: Final = frozenset(field.key for field in _FIELDS)


def loose_json(lead: Lead) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the JSON of a lead's custom fields and of its unknown keys, for any lead class."""
    if not _has_attributes_of_its_own(cast("Any", type(lead))):
        return lead.custom_fields, lead.extra
    return split_rest({key: raw for key, raw in to_dict(lead).items() if key not in _KEYS})


@cache
def _has_attributes_of_its_own(cls: type[Any]) -> bool:
    return len(json_fields(cls)) > len(_FIELDS)


class LeadRows:
    """The columns of one table, and the conversion of leads to its rows.

    Args:
        columns: The columns of the custom fields: name and scalar, by the key in the JSON.
        has_names: Whether there are columns for the names of the things that leads are linked to.

    Attributes:
        types: The type of each column, in order. Any cell can be None.
    """

    def __init__(
        self, columns: Mapping[str, tuple[str, Scalar]], *, has_names: bool = False
    ) -> None:
        self._cells = {key: (name, scalar.cell) for key, (name, scalar) in columns.items()}
        self.types: dict[str, Any] = {
            **LEAD_COLUMNS,
            **{name: scalar.cell_type for name, scalar in columns.values()},
            **(NAME_COLUMNS if has_names else {}),
            REST: str,
        }
        self._blank: dict[str, Any] = dict.fromkeys(self.types)

    @property
    def names(self) -> dict[str, str]:
        """The column of each part of a custom field, by its key in the JSON."""
        return {key: name for key, (name, _) in self._cells.items()}

    def row(self, lead: Lead, names: LeadNames | None = None) -> dict[str, Any]:
        """Return the row of a lead, with the names if the table has columns for them."""
        custom, extra = loose_json(lead)
        row = self._blank.copy()
        row.update(zip(LEAD_COLUMNS, _all_attributes(lead), strict=True))
        rest = {key: raw for key, raw in extra.items() if raw is not None}
        for name, convert in _CONVERTED:
            value = row[name]
            if value is not None:
                try:
                    row[name] = convert(value)
                except (ValueError, OverflowError, TypeError, AttributeError):
                    # A user's lead class may have another type for the attribute.
                    row[name], rest[name] = None, value
        if lead.value is not None and (lead.value.extra or "value" in rest):
            rest["value"] = to_dict(lead.value)
        for key, raw in custom.items():
            if raw is None:
                continue
            try:
                name, cell = self._cells[key]
                row[name] = cell(raw)
            except (KeyError, ValueError):
                rest[key] = raw
        if names is not None:
            row.update(zip(NAME_COLUMNS, _names_of(lead, names), strict=True))
        if rest:
            row[REST] = json.dumps(rest, ensure_ascii=False, default=str)
        return row


def _names_of(lead: Lead, names: LeadNames) -> tuple[Any, ...]:
    """Return the cells of the names, in the order of their columns."""
    owner, person, organization = names.owner(lead), names.person(lead), names.organization(lead)
    return owner, person, organization, list(names.labels(lead)), names.channel(lead)
