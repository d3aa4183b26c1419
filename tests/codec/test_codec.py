"""Test how models are decoded from JSON and encoded, and the errors of both."""

from __future__ import annotations

import collections
import copy
import datetime as dt
import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from pipedrive_leads_async import (
    DecodeError,
    Lead,
    LeadField,
    LeadLabel,
    LeadPage,
    LeadValue,
    VisibleTo,
    from_dict,
    to_dict,
)
from pipedrive_leads_async._codec.codec import Rows, decode, decode_list
from pipedrive_leads_async._codec.fields import json_fields
from pipedrive_leads_async.models._base import KEY
from tests.codec.lead_classes import (
    ID,
    KEYS,
    Defaulted,
    DictLead,
    MyLead,
    PlainInit,
    PlainLead,
    Rank,
    Stage,
    row,
)

DATA = Path(__file__).parents[1] / "data"
SECRET = "Jane Doe, +372 5555 5555"


def recorded(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def test_missing_key_is_encoded_as_null() -> None:
    data = to_dict(from_dict(Lead, row()))

    assert data.pop("label_ids") == []
    assert {k: v for k, v in data.items() if v is not None} == row()
    assert set(data) == {field.key for field in json_fields(Lead)} - {"label_ids"}


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC), "2024-10-15T09:33:33.213Z"),
        (dt.datetime(2024, 10, 15, 9, 33, 33, 213456, dt.UTC), "2024-10-15T09:33:33.213456Z"),
        (dt.datetime(2024, 10, 15, 9, tzinfo=dt.UTC), "2024-10-15T09:00:00.000Z"),
        (
            dt.datetime(2024, 10, 15, 9, tzinfo=ZoneInfo("Europe/Tallinn")),
            "2024-10-15T06:00:00.000Z",
        ),
        (
            dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
            "2023-12-31T19:30:00.000Z",
        ),
    ],
)
def test_times_are_encoded_in_utc_without_losing_microseconds(time: dt.datetime, text: str) -> None:
    lead = Lead(id=ID, title="Big order", add_time=time)
    assert to_dict(lead)["add_time"] == text
    assert from_dict(Lead, to_dict(lead)) == lead


@pytest.mark.parametrize(
    "text",
    ["2024-10-15T09:33:33Z", "2024-10-15 09:33:33", "2024-10-15T11:33:33+02:00"],
)
def test_other_time_formats_are_decoded_in_utc(text: str) -> None:
    lead = from_dict(Lead, row(add_time=text))
    assert lead.add_time == dt.datetime(2024, 10, 15, 9, 33, 33, tzinfo=dt.UTC)


async def test_recorded_page_is_decoded() -> None:
    data = recorded("leads.json")["data"]
    page = await decode_list(Lead, lambda: copy.deepcopy(data), path="$.data")

    assert page == [
        Lead(
            id="8ba414d0-8ad8-11ef-9e9e-07879dd74146",
            title="Sample lead",
            owner_id=20580207,
            creator_id=20580207,
            person_id=2,
            organization_id=2,
            is_archived=False,
            source_name="Manually created",
            origin="ManuallyCreated",
            was_seen=True,
            add_time=dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC),
            update_time=dt.datetime(2024, 10, 15, 9, 33, 33, 213000, dt.UTC),
            visible_to=VisibleTo.LEVEL_3,
            cc_email="sandbox+13313052+leadif7ZKQ7mhWz28LivD9BmE3@pipedrivemail.com",
        )
    ]


@pytest.mark.parametrize(
    ("name", "cls"),
    [("lead_with_custom_fields.json", Lead), ("lead_label.json", LeadLabel)],
)
def test_recorded_response_is_encoded_with_the_same_values(name: str, cls: type[Any]) -> None:
    data = recorded(name)
    encoded = to_dict(from_dict(cls, data))

    assert encoded | data == encoded
    assert all(encoded[key] is None for key in encoded.keys() - data.keys())


def test_recorded_custom_fields_are_separated_from_other_keys() -> None:
    lead = from_dict(Lead, recorded("lead_with_custom_fields.json"))

    assert lead.value == LeadValue(amount=3333, currency="USD")
    assert lead.expected_close_date == dt.date(2023, 4, 29)
    assert lead.custom_fields == {
        "befdcfc4f54b8410b8d9105ba6d44658fd5965b9": 10,
        "3ce5b1409718d65a8adc965be1f0da8821d8b9ab": "Test",
    }
    assert lead.extra == {}


def test_typed_custom_field_is_an_attribute_and_is_encoded() -> None:
    lead = from_dict(MyLead, row(**{KEYS[0]: 5, "f" * 40: 6}))

    assert lead.number == 5
    assert lead.custom_fields == {"f" * 40: 6}
    assert to_dict(lead)[KEYS[0]] == 5


# Classes whose constructor does more than store its arguments.


def doubled(value: int | None) -> int | None:
    return None if value is None else value * 2


def not_negative(_: object, __: object, value: int | None) -> None:
    if value is not None and value < 0:
        raise ValueError(f"{SECRET} is negative")


@attrs.frozen(kw_only=True)
class Hooked(Lead):
    number: int | None = attrs.field(
        default=None, converter=doubled, validator=not_negative, metadata={KEY: KEYS[0]}
    )
    seen: list[str] = attrs.field(init=False, factory=list[str])

    def __attrs_post_init__(self) -> None:
        self.seen.append(self.title)


def test_validators_converters_and_post_init_run() -> None:
    lead = from_dict(Hooked, row(**{KEYS[0]: 21, "new_key": 1}))

    assert lead.number == 42
    assert lead.seen == ["Big order"]
    assert lead.extra == {"new_key": 1}
    with pytest.raises(DecodeError, match=r"\$\S*: rejected with ValueError$") as caught:
        from_dict(Hooked, row(**{KEYS[0]: -1}))
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.paths}"


def test_constructor_of_a_subclass_is_called() -> None:
    assert vars(from_dict(PlainInit, row())) == {"made": True}


def test_default_replaces_a_missing_key_and_null() -> None:
    assert from_dict(Defaulted, row()).number == 5
    assert from_dict(Defaulted, row(**{KEYS[0]: None})).number == 5
    assert from_dict(Defaulted, row(**{KEYS[0]: 6})).number == 6


def test_closed_enum_accepts_only_its_values() -> None:
    lead = from_dict(MyLead, row(**{KEYS[10]: 0}))
    assert lead.rank is Rank.NONE

    for other in (2, True, "1", 1.0):
        with pytest.raises(DecodeError, match="expected one of Rank, got another value"):
            from_dict(MyLead, row(**{KEYS[10]: other}))


def test_unknown_value_of_an_open_enum_stays_a_str_and_is_encoded() -> None:
    lead = from_dict(MyLead, row(visible_to="9", **{KEYS[7]: "2"}))

    assert (lead.visible_to, type(lead.visible_to)) == ("9", str)
    assert lead.stage is Stage.COLD
    assert to_dict(lead)["visible_to"] == "9"
    assert to_dict(lead)[KEYS[7]] == "2"
    assert type(to_dict(lead)[KEYS[7]]) is str


@pytest.mark.parametrize("cls", [int, dict, Any, Stage, "Lead"])
def test_from_dict_refuses_classes_that_are_not_models(cls: Any) -> None:
    with pytest.raises(TypeError, match="cls must be Lead or another model of this library, got"):
        from_dict(cls, {})


@pytest.mark.parametrize("model", [5, {}, "x", None, Lead])
def test_to_dict_refuses_objects_that_are_not_models(model: Any) -> None:
    with pytest.raises(TypeError, match="model must be a model or a request of this library, got"):
        to_dict(model)


# The input is not changed.


@pytest.mark.parametrize("cls", [Lead, Hooked, Defaulted])
def test_from_dict_copies_its_input(cls: type[Lead]) -> None:
    data = row(value={"amount": 1, "currency": "EUR", "x": []}, new_key={"deep": [1]})
    before = copy.deepcopy(data)
    lead = from_dict(cls, data)
    assert data == before

    data["new_key"]["deep"].append(2)
    data["value"]["x"].append(2)
    assert lead.extra == {"new_key": {"deep": [1]}}
    assert lead.value == LeadValue(amount=1, currency="EUR", extra={"x": []})


@pytest.mark.parametrize("kind", [types.MappingProxyType, collections.UserDict])
def test_from_dict_accepts_any_mapping(kind: Callable[[Any], Any]) -> None:
    assert from_dict(Lead, kind(row(x=1))) == Lead(id=ID, title="Big order", extra={"x": 1})


def test_to_dict_does_not_share_the_mappings_of_the_model() -> None:
    lead = from_dict(Lead, row(x=1))
    to_dict(lead).clear()
    assert lead.extra == {"x": 1}


# Both decoders.


def once(data: Any) -> Callable[[], Any]:
    """Return a `parse` that fails when it is called again."""
    return iter([data]).__next__


@pytest.mark.parametrize("cls", [Lead, MyLead, DictLead, PlainLead])
def test_valid_lead_is_decoded_by_the_fast_decoder(cls: type[Lead]) -> None:
    data = row(owner_id=1)
    assert decode(cls, once(data), path="$").owner_id == 1
    assert data == {}  # consumed


def test_decode_uses_the_exact_decoder_after_a_failure() -> None:
    data = row(owner_id="x")
    with pytest.raises(DecodeError, match=r"\$\.data\.owner_id: expected int, got str"):
        decode(Lead, lambda: copy.deepcopy(data), path="$.data")
    assert decode(Lead, row, path="$.data").id == ID


def test_rows_are_parsed_again_at_most_once() -> None:
    parsed: list[list[Any]] = []

    def parse() -> list[Any]:
        rows = [row(owner_id="x" if i in (300, 700) else 1) for i in range(800)]
        parsed.append(rows)
        return rows

    rows = Rows(Lead, parse, path="$.data")
    decoded = list(rows.batches())

    # The batch with the first malformed row is parsed again, and decoded in smaller batches.
    assert [len(leads) for leads, _ in decoded[:5]] == [250, 0, 0, 25, 25]
    assert [len(leads) for leads, _ in decoded if len(leads) == 24] == [24, 24]
    assert sum(len(leads) for leads, _ in decoded) == 798
    assert [error.paths for _, errors in decoded for error in errors.values()] == [
        ("$.data[300].owner_id: expected int, got str",),
        ("$.data[700].owner_id: expected int, got str",),
    ]
    assert len(parsed) == 2


async def test_list_is_decoded_up_to_the_batch_of_its_first_malformed_row() -> None:
    with pytest.raises(DecodeError) as caught:
        await decode_list(Lead, lambda: [row(), *({} for _ in range(1000))], path="$.data")
    assert caught.value.paths == ("$.data[1].id: missing", "$.data[1].title: missing")


def test_list_of_objects_is_decoded_up_to_the_first_malformed_one() -> None:
    options = [{"id": 1, "label": "Hot"}, {"id": 2}, {}, 5]
    with pytest.raises(DecodeError) as caught:
        from_dict(LeadField, {"key": "x", "name": "Stage", "options": options})
    assert caught.value.paths == ("$.options[1].label: missing",)


def test_page_can_be_encoded() -> None:
    page = LeadPage(
        leads=[Lead(id=ID, title="Big order")], start=0, limit=100, more_items_in_collection=False
    )
    assert to_dict(page)["leads"][0]["title"] == "Big order"
