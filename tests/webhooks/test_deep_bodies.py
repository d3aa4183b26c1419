"""Test that no part of a webhook is nested too deeply for the parser, or it is refused."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from pipedrive_leads_async import DecodeError, InvalidRequestError
from pipedrive_leads_async.webhooks import LeadCreated, parse_event
from tests.webhooks.bodies import LEAD

KEY: Final = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"
META: Final = {
    "action": "change",
    "entity": "lead",
    "version": "2.0",
    "entity_id": LEAD["id"],
    "user_id": "1",
    "id": "b18fa830-6c0d-11ed-9826-a53d0eb706a5",
    "timestamp": "2026-11-23T10:00:00.000Z",
}
DEEP: Final = "<deep>"

FIELDS: Final[list[Any]] = [
    DEEP,
    {"type": DEEP, "value": 5},
    {"type": "set", "values": DEEP},
    {"type": "set", "values": [DEEP]},
    {"type": "set", "values": [{"id": DEEP}]},
    {"type": "enum", "id": DEEP},
    {"type": "monetary", "value": DEEP, "currency": DEEP},
]

BODIES: Final[list[dict[str, Any]]] = [
    *({"meta": META | {name: DEEP}} for name in (*META, "unknown")),
    *({"data": LEAD | {name: DEEP}} for name in (*LEAD, "unknown")),
    *({"previous": LEAD | {name: DEEP}} for name in (*LEAD, "unknown")),
    *({"data": LEAD | {"custom_fields": {KEY: field}}} for field in FIELDS),
    *({"previous": {"custom_fields": {KEY: field}}} for field in FIELDS),
]


def nested(levels: int, *, is_object: bool) -> str:
    if is_object:
        return '{"id":' * levels + "5" + "}" * levels
    return "[" * levels + "5" + "]" * levels


@pytest.mark.parametrize("is_object", [False, True])
@pytest.mark.parametrize("levels", [300, 900, 990, 996, 1000, 1015, 1024, 50_000])
def test_deep_part_of_a_body_is_an_event_or_an_error(levels: int, *, is_object: bool) -> None:
    deep = nested(levels, is_object=is_object)
    for changes in BODIES:
        whole = {"data": LEAD, "previous": {}, "meta": META} | changes
        body = json.dumps(whole).replace(f'"{DEEP}"', deep)
        try:
            parse_event(body)
        except (InvalidRequestError, DecodeError):
            continue


def test_deep_version_is_refused_as_a_version() -> None:
    body = json.dumps({"data": LEAD, "previous": {}, "meta": META | {"version": DEEP}})
    with pytest.raises(InvalidRequestError, match=r"^body is not of version 2: "):
        parse_event(body.replace(f'"{DEEP}"', nested(300, is_object=False)))


@pytest.mark.parametrize("option", [[5], {"name": "Hot"}, {"id": [5]}, 5.5])
def test_options_of_an_unknown_form_stay_as_they_are(option: Any) -> None:
    fields = {KEY: {"type": "set", "values": [1, option]}}
    meta = META | {"action": "create"}
    event = parse_event({"data": LEAD | {"custom_fields": fields}, "previous": {}, "meta": meta})
    assert isinstance(event, LeadCreated)
    assert event.lead.custom_fields == {KEY: [1, option]}
