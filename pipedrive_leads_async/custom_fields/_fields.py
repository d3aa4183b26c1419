"""Read and write the custom fields of leads by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from .._codec.custom_field_keys import is_custom_field, is_custom_field_key
from .._codec.json import Json
from .._shared import checks
from ..errors import InvalidRequestError
from ..models import Lead, LeadField, LeadNames
from ._names import Names, listed, suggest
from ._options import Options
from ._rows import LEAD_COLUMNS, NAME_COLUMNS, REST, LeadRows, loose_json
from ._scalars import Scalar
from ._types import FieldType, field_type


@attrs.frozen(kw_only=True)
class CustomField:
    """A custom field of an account.

    Attributes:
        key: The key of the field in leads, 40 hexadecimal digits.
        name: The name that users see. If several fields have the same name, the beginning of
            the key follows it: `Budget (3ce5b140)`. An active field keeps its plain name even
            if an inactive field has the same one.
        field_type: Pipedrive's field type, such as `varchar`, `monetary` or `enum`.
        options: The ids of the options by label, for the types `enum` and `set`.

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    key: str
    name: str = attrs.field(hash=False)
    field_type: str | None = attrs.field(hash=False)
    options: Mapping[str, int | str] = attrs.field(hash=False)


class CustomFields:
    """The custom fields of an account, to read and write them by name and with Python types.

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

    Every method that takes a name also takes a key. A time does not include its time zone:
    Pipedrive stores the number of the zone separately, under the field's key with `_timezone_id`.

    Args:
        fields: The result of `get_lead_fields`. Pipedrive's built-in fields are ignored.

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
        parts = {
            key + suffix: self._names.best[key] + suffix.replace("_", " ")
            for key, kind in self._types.items()
            for suffix in kind.scalars
        }
        self._compile_tables(parts, {part for part in parts if part[:40] in retired})

    def __setstate__(self, state: Json) -> None:
        """Restore a pickle, including one from an earlier version, whose rows had fewer columns."""
        vars(self).update(state)
        self._compile_tables(self._rows["name"].names)

    def _compile_tables(self, parts: Mapping[str, str], retired: Collection[str] = ()) -> None:
        self._rows = self._compile_rows(parts, retired)
        self._rows_with_names = self._compile_rows(parts, retired, has_names=True)

    def _compile_rows(
        self, parts: Mapping[str, str], retired: Collection[str], *, has_names: bool = False
    ) -> dict[str, LeadRows]:
        """Return the rows by name and by key.

        Args:
            parts: The name of each part of each field, by its key in the JSON of a lead.
            retired: The parts of fields that are no longer in use.
            has_names: Whether the rows have columns for the names of things that leads are
                linked to.
        """
        reserved = (*LEAD_COLUMNS, *(NAME_COLUMNS if has_names else ()), REST)
        names = {name: [name] for name in reserved} | {
            part: [name, f"{name} ({part[:8]})", part] for part, name in parts.items()
        }
        best = Names(names, retired=retired).best
        scalars: dict[str, Scalar] = {
            key + suffix: scalar
            for key, kind in self._types.items()
            for suffix, scalar in kind.scalars.items()
        }
        by_name = {key: (best[key], scalar) for key, scalar in scalars.items()}
        by_key = {key: (key, scalar) for key, scalar in scalars.items()}
        return {
            "name": LeadRows(by_name, has_names=has_names),
            "key": LeadRows(by_key, has_names=has_names),
        }

    def __iter__(self) -> Iterator[CustomField]:
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        """Return whether exactly one custom field has this name or key."""
        return isinstance(name, str) and len(self._names.find(name)) == 1

    def __getitem__(self, name: str) -> CustomField:
        """Return the field with this name or key.

        Raises:
            InvalidRequestError: No field, or more than one, has this name. The message lists
                candidates.
        """
        return self._fields[self._key(name)]

    def __repr__(self) -> str:
        return f"CustomFields([{listed(field.name for field in self)}])"

    def read(self, lead: Lead) -> dict[str, Any]:
        """Return the custom fields of a lead that have a value, by name.

        No value is guessed or dropped. A value that does not match its field type, such as an
        amount without a currency, is returned as Pipedrive sent it. The id of an unknown option
        is an int. Keys that belong to no field are returned under their raw key.

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
        """Return the `custom_fields` of a request.

        Args:
            values: The values by name or key, as `read` returns them. None unsets a field with
                all its parts. An option is its label, or its id as an int. The value of an
                unknown key is sent unchanged.

        Raises:
            InvalidRequestError: A name or label is unknown or ambiguous; the message lists the
                candidates. Or Pipedrive cannot store a value, such as a time with a zone, or
                more than 255 characters in a varchar or varchar_auto.
            TypeError: A value does not have the Python type of its field: 500 or a dict instead
                of a `LeadValue`, a str instead of a date.

        Example:
            >>> from pipedrive_leads_async import CustomFields, LeadValue, UpdateLeadRequest
            >>> def agreed(fields: CustomFields) -> UpdateLeadRequest:
            ...     budget = LeadValue(amount=500, currency="EUR")
            ...     values = {"Budget": budget, "Stage": "Hot", "Competitor": None}
            ...     return UpdateLeadRequest(custom_fields=fields.write(values))

        https://pipedrive.readme.io/docs/updating-custom-field-value
        """
        json: Json = {}
        for name, value in checks.instance("values", values, Mapping).items():
            written = self._write(name, value)
            if twice := written.keys() & json.keys():
                raise InvalidRequestError(
                    f"values sets {min(twice)} twice, the second time as {name!r}: set it once"
                )
            json |= written
        return json

    def row(
        self,
        lead: Lead,
        *,
        by: Literal["name", "key"] = "name",
        names: LeadNames | None = None,
    ) -> dict[str, Any]:
        """Return a lead as a flat row for a table, such as a DataFrame or a CSV file.

        Every row has the same columns in the same order, and each column has one type; see
        `columns`. A field without a value is None. A value of several parts has one column for
        each part (`Budget`, `Budget currency`). A set is a list, and numbers are floats. Dates
        and times are Python objects; the times of the lead itself are in UTC. The last column,
        `extra`, is a JSON object with the values that have no column or do not fit theirs.

        Args:
            lead: A lead of any class.
            by: `"name"` or `"key"`: how the columns of custom fields are called. If two columns
                have the same name, the beginning of the key follows it.
            names: The result of `get_names`, to add the columns `owner_name`, `person_name`,
                `organization_name`, `label_names` and `channel_name`. A custom field with one
                of these names then has the beginning of its key in its column.

        Example:
            >>> import datetime as dt
            >>> import polars as pl
            >>> from pipedrive_leads_async import LeadsClient
            >>> async def table(client: LeadsClient) -> pl.DataFrame:
            ...     fields = await client.get_custom_fields()
            ...     rows = [fields.row(lead) async for lead in client.get_leads()]
            ...     utc = pl.Datetime(time_zone="UTC")
            ...     columns = fields.columns().items()
            ...     schema = {name: utc if kind is dt.datetime else kind for name, kind in columns}
            ...     return pl.DataFrame(rows, schema=schema)
        """
        if names is not None:
            checks.instance("names", names, LeadNames)
        table = self._table(by, has_names=names is not None)
        return table.row(checks.instance("lead", lead, Lead), names)

    def columns(
        self, *, by: Literal["name", "key"] = "name", names: bool = False
    ) -> dict[str, Any]:
        """Return the columns of `row` with their types. Every cell can also be None.

        Pass them to each DataFrame, so that all have the same columns and types. Without them,
        the types depend on which leads have a field set. polars takes them as a schema, as in
        the example of `row`; add the time zone of the times, because Python has one type
        for times with and without a zone. pandas needs its own names of the types, as below.
        Without them, an empty cell turns integers into floats, which can lose digits.

        Args:
            by: `"name"` or `"key"`, as in `row`.
            names: Whether the rows have names, as in `row`.

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
        return dict(self._table(by, has_names=checks.boolean("names", names)).types)

    def _table(self, by: str, *, has_names: bool) -> LeadRows:
        if by not in self._rows:
            raise InvalidRequestError(f"by must be 'name' or 'key', got {by!r}")
        return (self._rows_with_names if has_names else self._rows)[by]

    def _write(self, name: str, value: Any) -> Json:
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
                    f"no custom field is named {name!r}: {suggest(name, known)}"
                )
            case several:
                names = listed(self._names.best[key] for key in several)
                raise InvalidRequestError(
                    f"several custom fields are named {name!r}: write one of {names}, or its key"
                )


def _is_custom(field: LeadField) -> bool:
    checks.instance("each of fields", field, LeadField)
    return is_custom_field(field.key, field.extra)


def _candidates(key: str, name: str) -> list[str]:
    distinct = [f"{name} ({key[:8]})", key]
    # A name that looks like a key is not used: it could be the key of another field.
    return distinct if is_custom_field_key(name) else [name, *distinct]
