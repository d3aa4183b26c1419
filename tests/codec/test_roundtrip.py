"""Test that models survive a round trip through JSON, and that both decoders agree."""

from __future__ import annotations

import collections
import copy
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipedrive_leads_async import (
    Lead,
    LeadLabel,
    LeadSource,
    LeadValue,
    VisibleTo,
    from_dict,
    to_dict,
)
from pipedrive_leads_async._codec.codec import decode
from pipedrive_leads_async._codec.fields import json_fields
from tests.codec.lead_classes import ID, Address, DictLead, MyLead, PlainLead, Rank, Stage

# Strategies: the values that Pipedrive can send and a lead can have.

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
custom_keys = st.builds(
    str.__add__,
    st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
    st.sampled_from(["", "_currency", "_until", "_timezone_id", "_admin_area_level_1"]),
)
known_keys = {field.key for field in json_fields(MyLead)}
extra_keys = st.sampled_from(["note", "new_time", "custom_fields", "extra"]) | st.text(
    max_size=8
).filter(lambda key: key not in known_keys)
custom_fields = st.dictionaries(custom_keys, values, max_size=3)
extras = st.dictionaries(extra_keys, values, max_size=3)

zones = st.builds(dt.timezone, st.timedeltas(-dt.timedelta(hours=23), dt.timedelta(hours=23)))
# Not the first and last years: in another time zone they would be out of range.
times = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001 - bounds are naive
amounts = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
ids = st.integers(1, 2**63 - 1)

lead_values = st.builds(
    LeadValue,
    amount=amounts,
    currency=st.text(),
    extra=st.dictionaries(
        st.text(max_size=5).filter(lambda key: key not in ("amount", "currency")), values
    ),
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: ids,
    float: amounts,
    bool: st.booleans(),
    dt.date: st.dates(),
    dt.datetime: times,
    tuple[str, ...]: st.lists(st.text(max_size=5), max_size=3).map(tuple),
    LeadValue: lead_values,
    VisibleTo | str: st.sampled_from(VisibleTo) | st.text(max_size=3),
    Stage | str: st.sampled_from(Stage) | st.text(max_size=3),
    Address: st.builds(Address, street=st.text(max_size=3), city=maybe(st.text(max_size=3))),
    Any: values,
    Rank: st.sampled_from(Rank),
    int | str: ids | st.text(max_size=3),
}


def leads(cls: type[Lead]) -> st.SearchStrategy[Lead]:
    kinds = {field.name: (field.kind, field.nullable) for field in json_fields(cls)}
    fields = {
        name: maybe(STRATEGIES[kind]) if nullable else STRATEGIES[kind]
        for name, (kind, nullable) in kinds.items()
    }
    typed = {field.key for field in json_fields(cls)}
    mine = custom_fields.map(lambda found: {k: v for k, v in found.items() if k not in typed})
    return st.builds(cls, **fields, custom_fields=mine, extra=extras)


def merged(known: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    return dict(collections.ChainMap(known, *others))


milliseconds = st.datetimes(
    dt.datetime(1970, 1, 1),  # noqa: DTZ001 - bounds are naive
    dt.datetime(2100, 1, 1),  # noqa: DTZ001 - bounds are naive
).map(lambda time: time.isoformat(timespec="milliseconds") + "Z")
complete_rows: st.SearchStrategy[dict[str, Any]] = st.builds(
    merged,
    st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "title": st.text(),
            "label_ids": st.lists(st.uuids().map(str), max_size=3),
            "value": maybe(
                st.fixed_dictionaries(
                    {"amount": amounts, "currency": st.sampled_from(["EUR", "USD"])}
                )
            ),
            "expected_close_date": maybe(st.dates().map(str)),
            "archive_time": maybe(milliseconds),
            "add_time": maybe(milliseconds),
            "update_time": maybe(milliseconds),
            "visible_to": maybe(st.sampled_from(["1", "3", "5", "7", "9"])),
        }
        | dict.fromkeys(("is_archived", "was_seen"), maybe(st.booleans()))
        | dict.fromkeys(
            ("source_name", "origin", "origin_id", "channel_id", "cc_email"), maybe(st.text())
        )
        | dict.fromkeys(
            (
                "owner_id",
                "creator_id",
                "person_id",
                "organization_id",
                "channel",
                "source_deal_id",
                "next_activity_id",
            ),
            maybe(ids),
        )
    ),
    custom_fields,
    extras,
)


@pytest.mark.parametrize("cls", [Lead, MyLead, DictLead, PlainLead])
@settings(max_examples=30)
@given(data=st.data())
def test_model_is_the_same_after_encoding_and_decoding(
    cls: type[Lead], data: st.DataObject
) -> None:
    lead = data.draw(leads(cls))
    assert from_dict(cls, to_dict(lead)) == lead
    assert from_dict(cls, json.loads(json.dumps(to_dict(lead)))) == lead


@given(complete_rows)
def test_complete_json_is_the_same_after_decoding_and_encoding(data: dict[str, Any]) -> None:
    assert to_dict(from_dict(Lead, data)) == data


# The fast and the exact decoder agree.


def outcome(decode: Callable[[], Any]) -> str:
    """Return the repr of the result, which shows its types, or "refused"."""
    try:
        return repr(decode())
    except Exception:  # noqa: BLE001 - the fast decoder raises any exception
        return "refused"


def assert_decoders_agree(cls: type[Any], data: Any) -> None:
    fast = outcome(lambda: decode(cls, iter([copy.deepcopy(data)]).__next__, path="$"))
    exact = outcome(lambda: decode(cls, iter([None, data]).__next__, path="$"))
    assert fast == exact


ODD = [
    None,
    True,
    False,
    0,
    1,
    7.0,
    7.9,
    -1,
    "",
    "1",
    "false",
    "None",
    "2024-01-31",
    "2024-01-31T10:00:00Z",
    "20240131",
    "2024-W05-3",
    [],
    ["a"],
    [None],
    [1],
    {},
    {"amount": 5, "currency": "EUR"},
    {"amount": True, "currency": "EUR"},
    {"amount": None, "currency": "EUR"},
    {"street": "x", "unknown": 1},
    {"street": None},
]


@pytest.mark.parametrize("cls", [MyLead, LeadLabel, LeadSource, LeadValue, DictLead])
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_decoders_agree_on_odd_values_of_each_field(cls: type[Any], value: object) -> None:
    good = {
        "id": ID,
        "title": "Big order",
        "name": "Hot",
        "amount": 5,
        "currency": "EUR",
    }
    for field in json_fields(cls):
        assert_decoders_agree(cls, good | {field.key: value})


@settings(max_examples=50)
@given(complete_rows, st.data())
def test_decoders_agree_on_altered_rows(good: dict[str, Any], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(good.keys() | known_keys))
    altered = good | data.draw(st.dictionaries(keys, values, max_size=3))
    for key in data.draw(st.sets(keys, max_size=2)):
        altered.pop(key, None)
    assert_decoders_agree(Lead, altered)
    assert_decoders_agree(MyLead, altered)


@given(values)
def test_decoders_agree_on_any_json(data: Any) -> None:
    assert_decoders_agree(Lead, data)
