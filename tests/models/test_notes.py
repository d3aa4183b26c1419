"""Test the models of notes, and the requests that add and update them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import attrs
import pytest

from pipedrive_leads_async import (
    UNSET,
    AddNoteRequest,
    InvalidRequestError,
    Lead,
    Note,
    Organization,
    Person,
    UpdateNoteRequest,
    User,
    from_dict,
    to_dict,
)
from tests.support.calls import ID

NAIVE: Final = dt.datetime(2026, 1, 2, tzinfo=dt.UTC).replace(tzinfo=None)

RECORDED: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "recorded_notes.json").read_text(encoding="utf-8")
)

PROPERTIES: Final[dict[str, Any]] = {
    "content": "x",
    "lead_id": ID,
    "deal_id": 1,
    "person_id": 2,
    "org_id": 3,
    "project_id": 4,
    "task_id": 5,
    "user_id": 6,
    "add_time": "2026-01-02 03:04:05",
    "pinned_to_lead_flag": 1,
    "pinned_to_deal_flag": 0,
    "pinned_to_organization_flag": 1,
    "pinned_to_person_flag": 0,
    "pinned_to_project_flag": 1,
    "pinned_to_task_flag": 0,
}
"""Every property of the bodies in Pipedrive's OpenAPI file."""

ARGUMENTS: Final[dict[str, Any]] = {
    **{name: bool(value) if "flag" in name else value for name, value in PROPERTIES.items()},
    "organization_id": 3,
    "add_time": dt.datetime(2026, 1, 2, 3, 4, 5, 6789, dt.UTC),
}
del ARGUMENTS["org_id"]


@pytest.mark.parametrize("row", RECORDED, ids=["added", "updated", "listed"])
def test_every_key_of_a_recorded_note_is_an_attribute(row: dict[str, Any]) -> None:
    note = from_dict(Note, row)
    names = ("project_id", "task_id", "pinned_to_project_flag", "pinned_to_task_flag")
    absent = dict.fromkeys((*names, "project", "task"))

    assert note.extra == {}
    assert to_dict(note) == absent | row
    assert from_dict(Note, to_dict(note)) == note


def test_note_has_the_ids_and_names_of_its_items() -> None:
    note = from_dict(Note, RECORDED[0])
    assert (note.id, note.organization_id, note.lead_id) == (5, 1, None)
    assert note.organization is not None
    assert note.deal is not None
    assert (note.organization.name, note.organization.title) == ("Acme Corp", None)
    assert (note.deal.name, note.deal.title) == (None, "Acme Corp - Enterprise License")
    assert note.add_time == dt.datetime(2026, 5, 15, 10, 11, 59, tzinfo=dt.UTC)
    assert hash(note) == hash(attrs.evolve(note, content="Other"))


@pytest.mark.parametrize("request_class", [AddNoteRequest, UpdateNoteRequest])
def test_request_has_every_property_of_the_reference(request_class: Any) -> None:
    assert to_dict(request_class(**ARGUMENTS)) == PROPERTIES
    assert len(attrs.fields(request_class)) == len(PROPERTIES)


def test_property_that_is_left_out_is_not_sent() -> None:
    assert to_dict(AddNoteRequest(content="x", deal_id=1)) == {"content": "x", "deal_id": 1}
    assert to_dict(UpdateNoteRequest(content="x")) == {"content": "x"}
    assert UpdateNoteRequest(content="x").lead_id is UNSET


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("lead_id", UUID(ID), ID),
        ("lead_id", Lead(id=ID, title="x"), ID),
        ("person_id", Person(id=2, name="x"), 2),
        ("organization_id", Organization(id=3, name="x"), 3),
        ("user_id", User(id=6, name="x"), 6),
        ("pinned_to_lead_flag", 1, 1),
        ("add_time", dt.datetime.fromisoformat("2026-01-02T03:04:05+02:00"), "2026-01-02 01:04:05"),
    ],
)
def test_value_is_converted(name: str, value: object, sent: object) -> None:
    changes: dict[str, Any] = {name: value}
    key = "org_id" if name == "organization_id" else name
    assert to_dict(UpdateNoteRequest(**changes)) == {key: sent}


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Called", "Called"),
        ("<b>5 & 6</b>", "&lt;b&gt;5 &amp; 6&lt;/b&gt;"),
        ('say "it\'s"', 'say "it\'s"'),
        ("a\nb\r\nc\rd\n\ne", "a<br>b<br>c<br>d<br><br>e"),
        ("a\u2028b", "a<br>b"),
        ("&lt;<br>", "&amp;lt;&lt;br&gt;"),
    ],
)
@pytest.mark.parametrize("request_class", [AddNoteRequest, UpdateNoteRequest])
def test_plain_text_is_escaped_and_keeps_its_line_breaks(
    request_class: Any, text: str, content: str
) -> None:
    arguments = ARGUMENTS.copy()
    del arguments["content"]
    request = request_class.from_text(text, **arguments)
    assert request == request_class(**ARGUMENTS | {"content": content})


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"content": ""}, InvalidRequestError, "^content is empty"),
        ({"content": " \n"}, InvalidRequestError, "^content is empty"),
        ({"content": None}, InvalidRequestError, "^content cannot be None"),
        ({"content": b"x"}, TypeError, "^content must be a str"),
        ({"lead_id": "5"}, InvalidRequestError, "^lead_id must be a UUID"),
        ({"lead_id": None}, InvalidRequestError, "^lead_id cannot be None.*leave it out"),
        ({"lead_id": 5}, TypeError, "^lead_id must be a str"),
        ({"deal_id": 0}, InvalidRequestError, "^deal_id must be at least 1"),
        ({"person_id": True}, TypeError, "^person_id must be an int"),
        ({"organization_id": "3"}, TypeError, "^organization_id must be an int"),
        ({"user_id": 6.0}, TypeError, "^user_id must be an int"),
        ({"add_time": "2026-01-02"}, TypeError, "^add_time must be a datetime"),
        ({"add_time": NAIVE}, InvalidRequestError, "^add_time has no time zone"),
        ({"pinned_to_lead_flag": 2}, InvalidRequestError, "^pinned_to_lead_flag must be from 0"),
        ({"pinned_to_lead_flag": "1"}, TypeError, "^pinned_to_lead_flag must be a bool"),
        ({"pinned_to_task_flag": None}, InvalidRequestError, "^pinned_to_task_flag cannot be"),
    ],
    ids=str,
)
@pytest.mark.parametrize("request_class", [AddNoteRequest, UpdateNoteRequest])
def test_invalid_value_is_refused_by_name(
    request_class: Any, arguments: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        request_class(**ARGUMENTS | arguments)


def test_note_without_content_or_item_is_refused() -> None:
    new: Any = AddNoteRequest
    with pytest.raises(TypeError, match="content"):
        new(lead_id=ID)
    with pytest.raises(InvalidRequestError, match=r"^lead_id, .* are all left out: pass at least"):
        new(content="x", user_id=6)
    with pytest.raises(InvalidRequestError, match=r"^text is empty"):
        new.from_text(" ", lead_id=ID)
    with pytest.raises(InvalidRequestError, match=r"^UpdateNoteRequest has no changes"):
        UpdateNoteRequest()


@pytest.mark.parametrize("item", ["lead", "deal", "person", "organization", "project", "task"])
def test_note_cannot_be_pinned_to_an_item_that_it_does_not_belong_to(item: str) -> None:
    pin: dict[str, Any] = {f"pinned_to_{item}_flag": True}
    other = {"deal_id": 1} if item == "lead" else {"lead_id": ID}
    message = f"^pinned_to_{item}_flag needs {item}_id: pass {item}_id too"
    with pytest.raises(InvalidRequestError, match=message):
        AddNoteRequest(content="x", **other, **pin)
    UpdateNoteRequest(**pin)
    AddNoteRequest(content="x", lead_id=ID, pinned_to_deal_flag=False)
