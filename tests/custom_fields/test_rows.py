"""Test that all leads become rows with the same typed columns."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import types
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    InvalidRequestError,
    Lead,
    LeadNames,
    LeadValue,
    from_dict,
    to_dict,
)
from pipedrive_leads_async.custom_fields import CustomFields
from pipedrive_leads_async.custom_fields._rows import LEAD_COLUMNS, NAME_COLUMNS
from tests.custom_fields.account import (
    EMPTY,
    FULL,
    ID,
    NOW,
    MyLead,
    field,
    key_of,
    lead_with,
    one_of_each,
)

FIELDS = one_of_each()
FULL_ROW: dict[str, Any] = {
    "id": ID,
    "title": "Big order",
    "owner_id": 1,
    "creator_id": 2,
    "label_ids": ["hot", "cold"],
    "person_id": 3,
    "organization_id": 4,
    "source_name": "API",
    "origin": "API",
    "origin_id": "order-1",
    "channel": 5,
    "channel_id": "campaign",
    "source_deal_id": 6,
    "is_archived": True,
    "archive_time": NOW,
    "was_seen": True,
    "value": 1200.0,
    "currency": "EUR",
    "expected_close_date": dt.date(2024, 12, 24),
    "next_activity_id": 7,
    "add_time": NOW,
    "update_time": NOW,
    "visible_to": "3",
    "cc_email": "x@pipedrivemail.com",
    "varchar": "x",
    "varchar_auto": "x",
    "text": "x",
    "phone": "x",
    "double": 5.0,
    "monetary": 5.0,
    "monetary currency": "USD",
    "enum": "Hot",
    "set": ["Cold", "Hot"],
    "user": 8,
    "org": 8,
    "people": 8,
    "date": dt.date(2024, 1, 1),
    "daterange": dt.date(2024, 1, 1),
    "daterange until": dt.date(2024, 1, 31),
    "time": dt.time(9),
    "time timezone id": 327,
    "timerange": dt.time(9),
    "timerange until": dt.time(11),
    "timerange timezone id": 304,
    "address": "value",
    "address subpremise": "subpremise",
    "address street number": "street number",
    "address route": "route",
    "address sublocality": "sublocality",
    "address locality": "locality",
    "address admin area level 1": "admin area level 1",
    "address admin area level 2": "admin area level 2",
    "address country": "country",
    "address postal code": "postal code",
    "address formatted address": "formatted address",
    "hologram": '{"depth": 3}',
    "extra": '{"new_time": "2024-10-15 09:33:33"}',
}


def described(row: dict[str, Any]) -> list[tuple[str, Any, type]]:
    """Return a form of a row that compares types and order too: 5 differs from 5.0."""
    return [(name, cell, type(cell)) for name, cell in row.items()]


def test_row_has_each_value_in_its_column() -> None:
    assert described(FIELDS.row(FULL)) == described(FULL_ROW)


def test_row_by_key_has_the_cells_of_the_row_by_name() -> None:
    by_key = FIELDS.row(FULL, by="key")
    assert list(by_key.values()) == list(FIELDS.row(FULL).values())
    assert by_key[f"{key_of('monetary')}_currency"] == "USD"
    assert by_key[key_of("address")] == "value"


@attrs.frozen(kw_only=True)
class LeadWithAnyTime(Lead):
    """A lead class with a str instead of a time."""

    add_time: Any = None


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("yesterday", "yesterday"),
        (dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=9))), "0001-01-01 00:00:00"),
    ],
    ids=["another type", "before all times"],
)
def test_lead_class_with_other_attribute_types_has_rows(time: Any, expected: str) -> None:
    row = FIELDS.row(LeadWithAnyTime(id=ID, title="Big order", add_time=time))
    assert row["add_time"] is None
    assert expected in json.loads(row["extra"])["add_time"]


def test_empty_lead_has_all_columns_with_none() -> None:
    row = FIELDS.row(EMPTY)
    assert list(row) == list(FULL_ROW)
    assert {name: cell for name, cell in row.items() if cell is not None} == {
        "id": ID,
        "title": "Big order",
        "label_ids": [],
    }


@pytest.mark.parametrize("by", ["name", "key"])
def test_columns_returns_the_columns_of_a_row_with_their_types(by: Any) -> None:
    row, columns = FIELDS.row(FULL, by=by), FIELDS.columns(by=by)
    assert list(columns) == list(row)
    for name, kind in columns.items():
        assert type(row[name]) is (list if isinstance(kind, types.GenericAlias) else kind)


def test_every_attribute_of_a_lead_has_a_column() -> None:
    attributes = {attribute.name for attribute in attrs.fields(Lead)}
    assert attributes - FIELDS.columns().keys() == {"custom_fields"}


def test_result_of_columns_is_a_copy() -> None:
    FIELDS.columns().clear()
    assert list(FIELDS.columns()) == list(FULL_ROW)


def test_account_without_custom_fields_has_rows() -> None:
    assert list(CustomFields([]).row(EMPTY)) == [*list(FULL_ROW)[:24], "extra"]


@pytest.mark.parametrize("wrong", ["names", "", None])
def test_columns_refuses_by_other_than_name_or_key(wrong: Any) -> None:
    with pytest.raises(InvalidRequestError, match="by must be 'name' or 'key', got"):
        FIELDS.row(EMPTY, by=wrong)
    with pytest.raises(InvalidRequestError, match="by must be 'name' or 'key', got"):
        FIELDS.columns(by=wrong)


def test_columns_of_one_name_get_distinct_names() -> None:
    one, two, three, four, five = (digit * 40 for digit in "abcde")
    fields = CustomFields(
        [
            field("value", "monetary", key=one),
            field("Budget", "monetary", key=two),
            field("Budget currency", key=three),
            field("extra", key=four),
            field("Free", key=five),
        ]
    )
    lead = lead_with({one: 5, f"{one}_currency": "EUR", f"{two}_currency": "USD", three: "x"})

    row = fields.row(lead)
    assert list(row)[24:] == [
        "value (aaaaaaaa)",
        "value currency",
        "Budget",
        "Budget currency (bbbbbbbb)",
        "Budget currency (cccccccc)",
        "extra (dddddddd)",
        "Free",
        "extra",
    ]
    assert row["value (aaaaaaaa)"] == 5
    assert row["Budget currency (bbbbbbbb)"] == "USD"
    assert fields.read(lead)["value"] == LeadValue(amount=5, currency="EUR")


# Values in the column `extra`.


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("double", "5"),
        ("double", 2**53 + 1),
        ("double", 10**400),
        ("monetary", "5"),
        ("user", 2**63),
        ("user", {"id": 5}),
        ("enum", "999"),
        ("set", "1,999"),
        ("date", "soon"),
        ("text", 5),
    ],
)
def test_value_that_does_not_fit_its_column_is_in_extra(name: str, raw: Any) -> None:
    row = FIELDS.row(lead_with({key_of(name): raw}))
    assert row[name] is None
    assert json.loads(row["extra"]) == {key_of(name): raw}


def test_unknown_keys_are_in_extra() -> None:
    unknown = "a" * 40
    lead = attrs.evolve(lead_with({unknown: "ü"}), extra={"note": "x", "gone": None})
    assert FIELDS.row(lead)["extra"] == f'{{"note": "x", "{unknown}": "ü"}}'


def test_amount_without_currency_is_in_its_column() -> None:
    row = FIELDS.row(lead_with({key_of("monetary"): 5, f"{key_of('monetary')}_currency": None}))
    assert (row["monetary"], row["monetary currency"], row["extra"]) == (5.0, None, None)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (LeadValue(amount=2**53 + 1, currency="EUR"), None),
        (LeadValue(amount=5, currency="EUR", extra={"rate": 2}), 5.0),
    ],
)
def test_lead_value_that_does_not_fit_is_whole_in_extra(
    value: LeadValue, amount: float | None
) -> None:
    row = FIELDS.row(attrs.evolve(EMPTY, value=value))
    assert (row["value"], row["currency"]) == (amount, "EUR")
    assert json.loads(row["extra"]) == {
        "value": {"amount": value.amount, "currency": "EUR", **value.extra}
    }


@pytest.mark.parametrize("name", [name for name, kind in LEAD_COLUMNS.items() if kind is int])
def test_lead_number_beyond_the_column_range_is_in_extra(name: str) -> None:
    for kept in (-(2**63), 2**63 - 1):
        assert FIELDS.row(from_dict(Lead, to_dict(EMPTY) | {name: kept}))[name] == kept
    for lost in (-(2**63) - 1, 2**70):
        row = FIELDS.row(from_dict(Lead, to_dict(EMPTY) | {name: lost}))
        assert row[name] is None
        assert json.loads(row["extra"]) == {name: lost}


def test_time_without_a_zone_is_read_as_utc() -> None:
    lead = attrs.evolve(EMPTY, add_time=NOW.replace(tzinfo=None))
    assert FIELDS.row(lead)["add_time"] == NOW


def test_row_includes_attributes_of_a_lead_class() -> None:
    lead = MyLead(id=ID, title="Big order", stage="1", start=dt.date(2024, 1, 1), note="x")
    row = FIELDS.row(lead)
    assert row["enum"] == "Hot"
    assert row["date"] == dt.date(2024, 1, 1)
    assert row["extra"] == '{"note": "x"}'


def test_lead_class_without_own_attributes_has_the_same_rows() -> None:
    class PlainLead(Lead):
        pass

    kept = {field.name: getattr(FULL, field.name) for field in attrs.fields(Lead)}
    assert FIELDS.row(PlainLead(**kept)) == FULL_ROW


# Columns of names.

NAMES = LeadNames(
    owners={1: "Aino"},
    persons={3: "Ann"},
    organizations={4: "Acme"},
    channels={5: "Fair"},
    labels={"hot": "Hot", "cold": "Cold"},
)
NAME_CELLS: dict[str, Any] = {
    "owner_name": "Aino",
    "person_name": "Ann",
    "organization_name": "Acme",
    "label_names": ["Hot", "Cold"],
    "channel_name": "Fair",
}


@pytest.mark.parametrize("by", ["name", "key"])
def test_row_with_names_has_their_columns_before_extra(by: Any) -> None:
    plain = FIELDS.row(FULL, by=by)
    extra = plain.pop("extra")
    row = FIELDS.row(FULL, by=by, names=NAMES)
    assert described(row) == described({**plain, **NAME_CELLS, "extra": extra})
    columns = FIELDS.columns(by=by, names=True)
    assert list(columns) == list(row)
    assert {name: columns[name] for name in NAME_COLUMNS} == NAME_COLUMNS


def test_unknown_names_are_none() -> None:
    row = FIELDS.row(FULL, names=LeadNames())
    assert {name: row[name] for name in NAME_COLUMNS} == {
        **dict.fromkeys(NAME_COLUMNS),
        "label_names": [],
    }


def test_columns_of_names_keep_theirs_if_custom_fields_have_the_same() -> None:
    fields = CustomFields([field("owner_name", key="a" * 40), field("label_names", "double")])
    lead = attrs.evolve(lead_with({"a" * 40: "x", key_of("label_names"): 5}), owner_id=1)
    row = fields.row(lead, names=NAMES)
    assert (row["owner_name"], row["owner_name (aaaaaaaa)"]) == ("Aino", "x")
    assert (row["label_names"], row[f"label_names ({key_of('label_names')[:8]})"]) == ([], 5.0)
    assert list(fields.columns(names=True)) == list(row)
    assert (fields.row(lead)["owner_name"], fields.row(lead)["label_names"]) == ("x", 5.0)
    restored = pickle.loads(pickle.dumps(fields))
    assert restored.row(lead, names=NAMES) == row


def test_names_of_another_type_are_refused() -> None:
    wrong: Any = {1: "Aino"}
    with pytest.raises(TypeError, match="names must be a LeadNames, got dict"):
        FIELDS.row(EMPTY, names=wrong)
    with pytest.raises(TypeError, match="names must be a bool, got dict"):
        FIELDS.columns(names=wrong)
