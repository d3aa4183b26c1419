"""The custom fields of an account by the names that people gave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from .._codec.custom_field_keys import is_custom_field_key
from .._shared import checks
from ..errors import InvalidRequestError
from ..models import Lead, LeadField
from ._names import Names, listed, meant
from ._options import Options
from ._rows import LEAD_COLUMNS, REST, LeadRows, loose_json
from ._scalars import Scalar
from ._types import FieldType, field_type


@attrs.frozen(kw_only=True)
class CustomField:
    """A custom field of an account.

    Attributes:
        key: The 40 hexadecimal digits under which leads carry it.
        name: What people see. Where several fields have the same name, the beginning of the
            key tells them apart: `Budget (3ce5b140)`. A field that is in use does not share
            its name with one that is not.
        field_type: Pipedrive's word, such as `varchar`, `monetary` or `enum`.
        options: What `enum` and `set` offer: the ids, by label.

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    key: str
    name: str = attrs.field(hash=False)
    field_type: str | None = attrs.field(hash=False)
    options: Mapping[str, int | str] = attrs.field(hash=False)


class CustomFields:
    """The custom fields of an account: what leads carry under keys, by name and typed.

    | Pipedrive's type | in Python |
    | --- | --- |
    | varchar, varchar_auto, text, phone | str |
    | double | int or float |
    | monetary | `LeadValue` |
    | enum | str, the option's label |
    | set | tuple of labels |
    | user, org, people | int, the id |
    | date | date |
    | daterange | `DateRange` |
    | time | time, as the clock shows it |
    | timerange | `TimeRange` |
    | address | `Address` |

    Everywhere a name is expected, a key will do. The time zone of a time is not part of it:
    Pipedrive has a number for it, beside the time under the field's key with `_timezone_id`.

    Args:
        fields: What `get_lead_fields` gives; Pipedrive's own fields are left out.

    Example:
        >>> from pipedrive_leads_async import CustomFields, LeadField
        >>> key = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
        >>> fields = CustomFields([LeadField(key=key, name="Budget", field_type="monetary")])
        >>> fields["Budget"].key == key
        True
        >>> [field.name for field in fields]
        ['Budget']

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    def __init__(self, fields: Iterable[LeadField]) -> None:
        found = {field.key: field for field in fields if _is_custom(field)}
        retired = {key for key, field in found.items() if field.active_flag is False}
        names = {key: _candidates(key, field.name) for key, field in found.items()}
        self._names = Names(names, retired=retired)
        self._fields: dict[str, CustomField] = {}
        self._types: dict[str, FieldType] = {}
        for key, field in found.items():
            options = Options(field)
            self._types[key] = field_type(field.field_type, options)
            self._fields[key] = CustomField(
                key=key,
                name=self._names.best[key],
                field_type=field.field_type,
                options=options.ids,
            )
        self._rows = self._compile_rows(retired)

    def _compile_rows(self, retired: set[str]) -> dict[str, LeadRows]:
        scalars: dict[str, Scalar] = {}
        names: dict[str, list[str]] = {name: [name] for name in (*LEAD_COLUMNS, REST)}
        for key, kind in self._types.items():
            for suffix, scalar in kind.scalars.items():
                scalars[key + suffix] = scalar
                name = self._names.best[key] + suffix.replace("_", " ")
                names[key + suffix] = [name, f"{name} ({key[:8]})", key + suffix]
        best = Names(names, retired={part for part in scalars if part[:40] in retired}).best
        return {
            "name": LeadRows({key: (best[key], scalar) for key, scalar in scalars.items()}),
            "key": LeadRows({key: (key, scalar) for key, scalar in scalars.items()}),
        }

    def __iter__(self) -> Iterator[CustomField]:
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        """Whether this is the name, or the key, of one custom field."""
        return isinstance(name, str) and len(self._names.find(name)) == 1

    def __getitem__(self, name: str) -> CustomField:
        """Give the field of this name or key.

        Raises:
            InvalidRequestError: There is none, or there are several; it lists candidates.
        """
        return self._fields[self._key(name)]

    def __repr__(self) -> str:
        return f"CustomFields([{listed(field.name for field in self)}])"

    def read(self, lead: Lead) -> dict[str, Any]:
        """Give the custom fields that a lead has set, by name.

        Nothing is guessed and nothing is lost. A value that has not the form of its type,
        such as an amount without a currency, is as Pipedrive sent it; the id of an option
        that is not known is an int; what is not part of any value is under its raw key.

        Args:
            lead: A lead of any class.

        Example:
            >>> from pipedrive_leads_async import CustomFields, Lead
            >>> def budget(fields: CustomFields, lead: Lead) -> float:
            ...     value = fields.read(lead).get("Budget")
            ...     return value.amount if value else 0

        https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
        """
        custom, _ = loose_json(checks.instance("lead", lead, Lead))
        json = {key: raw for key, raw in custom.items() if raw is not None}
        found = {
            self._names.best[key]: kind.read(key, json)
            for key, kind in self._types.items()
            if key in json
        }
        return found | json

    def write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Make the `custom_fields` of a request.

        Args:
            values: By name or key, what `read` would give, or None to unset the field with
                all its parts. An option is given by its label, or by its id as an int. What
                has a key that is not known here goes as it is.

        Raises:
            InvalidRequestError: A name or label that nothing has, or that several have; it
                lists what there is. Or a value that Pipedrive could not take, such as a time
                with a zone.
            TypeError: A value that is not of the field's Python type: 500 or a dict for a
                `LeadValue`, a text for a date.

        Example:
            >>> from pipedrive_leads_async import CustomFields, LeadValue, UpdateLeadRequest
            >>> def agreed(fields: CustomFields) -> UpdateLeadRequest:
            ...     budget = LeadValue(amount=500, currency="EUR")
            ...     values = {"Budget": budget, "Stage": "Hot", "Competitor": None}
            ...     return UpdateLeadRequest(custom_fields=fields.write(values))

        https://pipedrive.readme.io/docs/updating-custom-field-value
        """
        json: dict[str, Any] = {}
        for name, value in checks.instance("values", values, Mapping).items():
            written = self._write(name, value)
            if twice := written.keys() & json.keys():
                raise InvalidRequestError(
                    f"values has {min(twice)} twice, again in {name!r}: give it once"
                )
            json |= written
        return json

    def row(self, lead: Lead, *, by: Literal["name", "key"] = "name") -> dict[str, Any]:
        """Give a lead as a flat row of a table, such as a DataFrame or a CSV file.

        Every row has the same columns in the same order, each of one type, whatever the lead
        has set: `columns` names them. The rest is None. A value of several parts has a column
        for each (`Budget`, `Budget currency`), a set is a list, numbers are floats, dates and
        times are real and those of the lead itself are in UTC. The last column, `extra`, has
        the JSON of what has no column, or does not fit its own.

        Args:
            lead: A lead of any class.
            by: Whether the columns of custom fields have their names, or their keys. A name
                that another column has too is followed by the beginning of its key.

        Example:
            >>> import polars as pl
            >>> from pipedrive_leads_async import LeadsClient
            >>> async def table(client: LeadsClient) -> pl.DataFrame:
            ...     fields = await client.get_custom_fields()
            ...     rows = [fields.row(lead) async for lead in client.get_leads()]
            ...     utc = pl.Datetime(time_zone="UTC")
            ...     schema = fields.columns() | {"add_time": utc, "update_time": utc}
            ...     return pl.DataFrame(rows, schema=schema)
        """
        return self._table(by).row(checks.instance("lead", lead, Lead))

    def columns(self, *, by: Literal["name", "key"] = "name") -> dict[str, Any]:
        """Give the columns of `row` and the types of their cells, any of which can be None.

        Make every DataFrame with them, and all have the same columns and types: what a
        library infers depends on which leads have a field set. polars takes them as a schema,
        as in `row`; only the zone of the two times is not in them, as Python has one type for
        times with a zone and without. pandas takes its own names of types, as below; without
        them an empty cell makes floats of a column's integers, whose last digits can be lost.

        Args:
            by: As in `row`.

        Example:
            >>> import datetime as dt
            >>> import pandas as pd
            >>> from pipedrive_leads_async import CustomFields
            >>> PANDAS = {
            ...     str: "string",
            ...     int: "Int64",
            ...     float: "Float64",
            ...     bool: "boolean",
            ...     dt.datetime: "datetime64[us, UTC]",
            ... }
            >>> def frame(fields: CustomFields, rows: list[dict]) -> pd.DataFrame:
            ...     columns = fields.columns()
            ...     types = {name: PANDAS[kind] for name, kind in columns.items() if kind in PANDAS}
            ...     return pd.DataFrame(rows, columns=list(columns), dtype=object).astype(types)
            >>> CustomFields([]).columns()["add_time"]
            <class 'datetime.datetime'>
        """
        return dict(self._table(by).types)

    def _table(self, by: str) -> LeadRows:
        if by not in self._rows:
            raise InvalidRequestError(f"by must be 'name' or 'key', got {by!r}")
        return self._rows[by]

    def _write(self, name: str, value: Any) -> dict[str, Any]:
        if isinstance(name, str) and is_custom_field_key(name) and name not in self._types:
            return {name: value}
        key = self._key(name)
        kind = self._types[key]
        if value is None:
            written = dict.fromkeys(kind.scalars)
        else:
            written = kind.write(f"values[{name!r}]", value)
        return {key + suffix: raw for suffix, raw in written.items()}

    def _key(self, name: str) -> str:
        if not isinstance(name, str):
            raise TypeError(f"the name of a custom field must be a str, got {type(name).__name__}")
        match self._names.find(name):
            case [key]:
                return key
            case []:
                known = [field.name for field in self]
                raise InvalidRequestError(
                    f"no custom field is named {name!r}: {meant(name, known)}"
                )
            case several:
                names = listed(self._names.best[key] for key in several)
                raise InvalidRequestError(
                    f"several custom fields are named {name!r}: give one of {names}, or its key"
                )


def _is_custom(field: LeadField) -> bool:
    checks.instance("each of fields", field, LeadField)
    is_part = bool(field.extra.get("is_subfield")) or "_" in field.key
    return bool(is_custom_field_key(field.key)) and not is_part


def _candidates(key: str, name: str) -> list[str]:
    told_apart = [f"{name} ({key[:8]})", key]
    # A name that looks like a key, even another field's, is not taken for one.
    return told_apart if is_custom_field_key(name) else [name, *told_apart]
