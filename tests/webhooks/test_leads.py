"""Test that leads of webhooks equal leads of the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipedrive_leads_async import Lead, LeadValue, from_dict
from pipedrive_leads_async.webhooks import LeadChanged, parse_event
from tests.custom_fields.account import MyLead, key_of, one_of_each
from tests.webhooks.bodies import ADDRESS, LEAD, PLAIN_LEAD, body, changed, lead_with

KEY = key_of("monetary")

MORNING = {"from": "09:00:00", "until": "12:00:00", "timezone_id": 310}

# The form of webhooks, and the form of the API.
FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "varchar": ({"value": "short"}, {"": "short"}),
    "varchar_auto": ({"value": "Hello there"}, {"": "Hello there"}),
    "text": ({"value": "long"}, {"": "long"}),
    "phone": ({"value": "1234-5678"}, {"": "1234-5678"}),
    "double": ({"value": 12.5}, {"": 12.5}),
    "monetary": ({"value": 200, "currency": "EUR"}, {"": 200, "_currency": "EUR"}),
    "enum": ({"id": 1}, {"": "1"}),
    "set": ({"values": [{"id": 1}, {"id": 30}]}, {"": "1,30"}),
    "user": ({"id": 13075973}, {"": 13075973}),
    "org": ({"id": 1}, {"": 1}),
    "people": ({"id": 17818}, {"": 17818}),
    "date": ({"value": "2023-06-27"}, {"": "2023-06-27"}),
    "daterange": (
        {"from": "2023-06-06", "until": "2023-06-14"},
        {"": "2023-06-06", "_until": "2023-06-14"},
    ),
    "time": (
        {"value": "00:45:00", "timezone_id": 310},
        {"": "00:45:00", "_timezone_id": 310},
    ),
    "timerange": (MORNING, {"": "09:00:00", "_until": "12:00:00", "_timezone_id": 310}),
    "address": (
        {"value": "Mustamäe tee 3a, Tallinn", **ADDRESS},
        {"": "Mustamäe tee 3a, Tallinn", **{f"_{part}": ADDRESS[part] for part in ADDRESS}},
    ),
    "hologram": ({"value": [1, 2], "depth": 3}, {"": [1, 2], "_depth": 3}),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_custom_field_of_a_webhook_equals_that_of_the_api(kind: str) -> None:
    nested, root = FIELDS[kind]
    key = key_of(kind)
    lead = lead_with({key: {"type": kind, **nested}})
    from_api = from_dict(
        Lead,
        {
            **{name: LEAD[name] for name in LEAD if name != "custom_fields"},
            **{key + suffix: raw for suffix, raw in root.items()},
        },
    )
    assert lead == from_api
    assert one_of_each().read(lead) == one_of_each().read(from_api)
    assert kind in one_of_each().read(lead)


def test_custom_fields_without_a_value_are_absent() -> None:
    nested: dict[str, Any] = {
        key_of("double"): None,
        key_of("set"): {"type": "set", "values": []},
        key_of("time"): {"type": "time", "value": "00:45:00", "timezone_id": None},
    }
    assert lead_with(nested).custom_fields == {key_of("time"): "00:45:00"}


@pytest.mark.parametrize("none", [None, {}, []])
def test_lead_without_custom_fields_has_none(none: Any) -> None:
    assert lead_with(none) == PLAIN_LEAD


def test_custom_fields_become_attributes_of_a_lead_class() -> None:
    nested = {
        key_of("enum"): {"type": "enum", "id": 30},
        KEY: {"type": "monetary", "value": 5, "currency": "EUR"},
        key_of("date"): {"type": "date", "value": "2023-06-27"},
    }
    previous = {"custom_fields": {KEY: None}}
    event = parse_event(
        body("change", {**LEAD, "custom_fields": nested}, previous), lead_type=MyLead
    )
    assert isinstance(event, LeadChanged)
    assert (event.lead.stage, event.lead.budget) == ("30", 5)
    assert event.lead.start == dt.date(2023, 6, 27)
    assert event.previous.budget is None
    assert event.previous.stage == "30"
    assert event.changed == {"budget", f"{KEY}_currency"}


def test_changed_custom_field_has_all_previous_parts() -> None:
    now = {
        KEY: {"type": "monetary", "value": 5, "currency": "EUR"},
        key_of("enum"): {"type": "enum", "id": 1},
    }
    was = {KEY: {"type": "monetary", "value": 5, "currency": "USD"}, key_of("enum"): None}
    event = changed({"custom_fields": was}, {**LEAD, "custom_fields": now})
    fields = one_of_each()
    assert fields.read(event.lead) == {
        "monetary": LeadValue(amount=5, currency="EUR"),
        "enum": "Hot",
    }
    assert fields.read(event.previous) == {"monetary": LeadValue(amount=5, currency="USD")}
    assert event.changed == {f"{KEY}_currency", key_of("enum")}


@pytest.mark.parametrize("previous", [{}, {"custom_fields": None}, {"custom_fields": {}}], ids=str)
def test_change_of_another_property_keeps_custom_fields(previous: Any) -> None:
    nested = {KEY: {"type": "monetary", "value": 5, "currency": "EUR"}}
    event = changed({"title": "Old", **previous}, {**LEAD, "custom_fields": nested})
    assert event.previous.custom_fields == event.lead.custom_fields != {}
    assert event.changed == {"title"}


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("plain", "plain"),
        ({"type": "new", "shape": 1}, {"type": "new", "shape": 1}),
        ({"type": "enum", "id": "7"}, "7"),
        ({"type": "set", "values": [7, {"id": 8}]}, "7,8"),
        ({"type": "set", "values": "7,8"}, "7,8"),
    ],
)
def test_custom_field_of_an_unknown_form_is_kept(field: Any, kept: Any) -> None:
    assert lead_with({KEY: field}).custom_fields == {KEY: kept}


def test_custom_fields_of_an_unknown_form_are_kept() -> None:
    assert lead_with([1]).extra == {"custom_fields": [1]}
    assert changed({"custom_fields": [1]}).previous.extra == {"custom_fields": [1]}


def test_custom_field_cannot_replace_a_property_of_the_lead() -> None:
    assert lead_with({"title": {"type": "varchar", "value": "forged"}}) == PLAIN_LEAD
