"""Test that rows become polars and pandas DataFrames without loss."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import attrs
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import Lead
from pipedrive_leads_async.custom_fields import CustomFields
from tests.custom_fields.account import EMPTY, FULL, TYPES, key_of, lead_with, one_of_each

FIELDS: Final = one_of_each()

UTC: Final = pl.Datetime(time_zone="UTC")

PANDAS: Final[dict[Any, str]] = {
    str: "string",
    int: "Int64",
    float: "Float64",
    bool: "boolean",
    dt.datetime: "datetime64[us, UTC]",
}

LONG: Final = attrs.evolve(FULL, owner_id=2**53 + 1)
"""A lead with an id that a float cannot represent."""

LATE: Final = [*[EMPTY] * 600, LONG]
"""More leads than a DataFrame library reads to infer types."""


def rows_of(leads: list[Lead]) -> list[dict[str, Any]]:
    return [FIELDS.row(lead) for lead in leads]


def to_polars(leads: list[Lead], fields: CustomFields = FIELDS) -> pl.DataFrame:
    """Return a DataFrame as the docstring of `row` shows."""
    rows = [fields.row(lead) for lead in leads]
    schema = {name: UTC if kind is dt.datetime else kind for name, kind in fields.columns().items()}
    return pl.DataFrame(rows, schema=schema)


def to_pandas(leads: list[Lead]) -> pd.DataFrame:
    """Return a DataFrame as the docstring of `columns` shows."""
    columns = FIELDS.columns()
    types = {name: PANDAS[kind] for name, kind in columns.items() if kind in PANDAS}
    return pd.DataFrame(rows_of(leads), columns=list(columns), dtype=object).astype(types)


whatever_leads = pytest.mark.parametrize(
    "leads",
    [[], [EMPTY], [FULL], [EMPTY, FULL], LATE],
    ids=["none", "empty", "full", "both", "late"],
)


@whatever_leads
def test_polars_schema_and_cells_do_not_depend_on_the_leads(
    leads: list[Lead],
) -> None:
    frame = to_polars(leads)
    assert frame.to_dicts() == rows_of(leads)
    assert frame.schema == to_polars([FULL]).schema
    assert frame.schema["add_time"] == UTC
    assert not {pl.Object, pl.Null} & set(frame.dtypes)


def test_columns_are_a_polars_schema_with_times_in_utc() -> None:
    frame = pl.DataFrame(rows_of(LATE), schema=FIELDS.columns())
    aware = pl.col("archive_time", "add_time", "update_time").dt.replace_time_zone("UTC")
    assert frame.with_columns(aware).equals(to_polars(LATE))


def test_polars_tables_of_pages_concatenate() -> None:
    pages = [to_polars([EMPTY]), to_polars([]), to_polars([FULL])]
    assert pl.concat(pages).to_dicts() == rows_of([EMPTY, FULL])


def test_account_without_custom_fields_has_a_table() -> None:
    frame = to_polars([EMPTY], CustomFields([]))
    assert frame.width == 25
    assert pl.Null not in frame.dtypes


@whatever_leads
def test_pandas_types_and_cells_do_not_depend_on_the_leads(
    leads: list[Lead],
) -> None:
    frame = to_pandas(leads)
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == rows_of(leads)
    assert frame.dtypes.equals(to_pandas([FULL]).dtypes)
    assert str(frame.dtypes["owner_id"]) == "Int64"


def test_pandas_tables_of_pages_concatenate() -> None:
    frame = pd.concat([to_pandas([EMPTY]), to_pandas([]), to_pandas([LONG])])
    assert frame.dtypes.equals(to_pandas([FULL]).dtypes)
    assert list(frame["owner_id"].dropna()) == [LONG.owner_id]


def test_pandas_without_types_turns_ids_into_floats() -> None:
    frame = pd.DataFrame(rows_of(LATE))
    assert str(frame.dtypes["owner_id"]) == "float64"
    assert int(frame["owner_id"].max()) != LONG.owner_id


# Any lead that Pipedrive can send.
junk: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["1", "1,30", "2024-01-01", "09:00:00"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=3,
)
keys = st.sampled_from([*FIELDS.columns(by="key")][23:-1]) | st.builds(
    "{}_{}".format, st.sampled_from([*map(key_of, TYPES), "a" * 40]), st.sampled_from(["lat", "x"])
)


@given(st.lists(st.dictionaries(keys, junk, max_size=8), max_size=3))
def test_dataframe_keeps_every_value_of_any_lead(found: list[Any]) -> None:
    columns = FIELDS.columns(by="key")
    rows = [FIELDS.row(lead_with(custom), by="key") for custom in found]

    frame = pl.DataFrame(rows, schema=columns).to_dicts()
    assert [list(row) for row in rows] == [list(columns)] * len(rows)
    for custom, row in zip(found, frame, strict=True):
        rest = json.loads(row["extra"] or "{}")
        for key, raw in custom.items():
            if raw is not None:
                assert (row.get(key) is not None) != (key in rest)
                assert rest.get(key, raw) == raw
