"""Test how the fields of an attrs class are matched with the keys of a JSON object."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from pipedrive_leads_async import VisibleTo
from pipedrive_leads_async._codec.fields import (
    JsonField,
    aware,
    json_fields,
    open_enum,
    options_of,
    split_rest,
)
from tests.codec.lead_classes import KEYS, Computed, MyLead, Rank, Stage


def test_json_fields_have_the_key_type_and_default_of_each_attribute() -> None:
    fields = {field.name: field for field in json_fields(MyLead)}

    assert fields["id"] == JsonField("id", "id", str, nullable=False, default=attrs.NOTHING)
    assert fields["number"] == JsonField("number", KEYS[0], int, nullable=True, default=None)
    assert fields["label_ids"].kind == tuple[str, ...]
    assert fields["visible_to"].kind == VisibleTo | str
    assert {"extra", "custom_fields"}.isdisjoint(fields)
    assert "number" not in {field.name for field in json_fields(Computed)}


@pytest.mark.parametrize(
    ("key", "is_custom"),
    [
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9ab", True),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9ab_currency", True),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9ab_admin_area_level_1", True),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9ab_", False),
        ("3CE5B1409718D65A8ADC965BE1F0DA8821D8B9AB", False),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9a", False),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9abc", False),
        ("3ce5b1409718d65a8adc965be1f0da8821d8b9ab\n", False),
        ("note", False),
        ("", False),
    ],
)
def test_split_rest_separates_custom_fields_from_unknown_keys(key: str, *, is_custom: bool) -> None:
    custom, extra = split_rest({key: 1, KEYS[0]: None, "new_time": None})

    assert custom == {KEYS[0]: None} | ({key: 1} if is_custom else {})
    assert extra == {"new_time": None} | ({} if is_custom else {key: 1})
    assert split_rest({KEYS[0]: 2}) == ({KEYS[0]: 2}, {})


def test_split_rest_works_when_its_set_of_known_keys_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_keys: set[str] = set()
    monkeypatch.setattr("pipedrive_leads_async._codec.fields._known_custom_field_keys", known_keys)
    assert split_rest({KEYS[0]: 1, "x": 2}) == ({KEYS[0]: 1}, {"x": 2})
    assert known_keys == {KEYS[0]}

    monkeypatch.setattr("pipedrive_leads_async._codec.fields._MOST_KNOWN_KEYS", 1)
    for _ in range(2):
        assert split_rest({KEYS[1]: 1, "x": 2}) == ({KEYS[1]: 1}, {"x": 2})
        assert split_rest({KEYS[0]: 1}) == ({KEYS[0]: 1}, {})
    assert known_keys == {KEYS[0]}


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        (Stage | str, Stage),
        (str | Stage, Stage),
        (Stage, None),
        (str, None),
        (int | str, None),
        (Stage | str | int, None),
        (Rank | str, None),
        (list[str] | str, None),
    ],
    ids=str,
)
def test_open_enum_is_the_enum_in_a_union_with_str(kind: object, members: object) -> None:
    assert open_enum(kind) is members


def test_options_of_returns_the_types_of_a_union() -> None:
    assert options_of(int | None) == (int, type(None))
    assert options_of(list[str]) == (list[str],)


def test_aware_takes_a_time_without_a_zone_as_utc() -> None:
    assert aware(dt.datetime(2024, 1, 31, 10)) == dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC)  # noqa: DTZ001 - the case
    zoned = dt.datetime(2024, 1, 31, 10, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert aware(zoned) is zoned
