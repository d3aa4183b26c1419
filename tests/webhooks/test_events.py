"""Test that webhooks are parsed into events, and that other bodies are refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any, assert_type

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import Lead, LeadValue, from_dict
from pipedrive_leads_async.errors import DecodeError, InvalidRequestError, PipedriveError
from pipedrive_leads_async.webhooks import (
    LeadChanged,
    LeadCreated,
    LeadDeleted,
    parse_event,
)
from tests.custom_fields.account import MyLead, key_of
from tests.webhooks.bodies import EVENT_ID, ID, LEAD, META, PLAIN_LEAD, body, changed

KEY = key_of("monetary")


def types_of_an_event() -> None:
    """Check, by the type checkers only, that events keep a user's lead class."""
    assert_type(parse_event(b""), LeadCreated[Lead] | LeadChanged[Lead] | LeadDeleted[Lead])
    match parse_event(b"", lead_type=MyLead):
        case LeadCreated(lead=lead):
            assert_type(lead, MyLead)
        case LeadChanged(lead=lead, previous=previous):
            assert_type((lead, previous), tuple[MyLead, MyLead])
        case LeadDeleted(previous=previous):
            assert_type(previous.budget, float | None)


# The three kinds of event


def test_created_event_has_all_values_of_the_webhook() -> None:
    event = parse_event(body("create"))
    assert event == LeadCreated(
        id=EVENT_ID,
        lead_id=ID,
        timestamp=dt.datetime(2022, 11, 24, 15, 37, 20, 391000, tzinfo=dt.UTC),
        attempt=2,
        company_id=8087566,
        user_id=12415231,
        is_bulk_edit=False,
        change_source="app",
        host="pd-us.pipedrive.com",
        webhook_id=4710827,
        webhook_owner_id=12094821,
        extra={
            "correlation_id": "98178c1e-766b-4e39-80e5-3fada2f15841",
            "permitted_user_ids": ["12415231", "12094821"],
            "type": "general",
        },
        lead=PLAIN_LEAD,
    )


def test_changed_event_has_the_lead_before_and_after() -> None:
    event = changed(
        {
            "is_archived": True,
            "next_activity_id": None,
            "update_time": "2022-11-24T15:35:58.675Z",
            "value": {"amount": 300, "currency": "EUR"},
        }
    )
    assert event.lead == PLAIN_LEAD
    assert event.previous == from_dict(
        Lead,
        {
            **{key: LEAD[key] for key in LEAD if key != "custom_fields"},
            "is_archived": True,
            "update_time": "2022-11-24T15:35:58.675Z",
            "value": {"amount": 300, "currency": "EUR"},
        },
    )
    assert event.changed == {"is_archived", "update_time", "value"}


def test_deleted_event_has_the_lead_before_the_deletion() -> None:
    event = parse_event(body("delete", None, LEAD))
    assert isinstance(event, LeadDeleted)
    assert event.lead_id == ID
    assert event.previous == PLAIN_LEAD


@pytest.mark.parametrize("previous", [None, {}])
def test_event_without_previous_values_has_no_changes(previous: Any) -> None:
    event = changed(previous)
    assert event.previous == event.lead
    assert event.changed == frozenset()


def test_bytes_str_and_mapping_parse_to_the_same_event() -> None:
    mapping = body(previous={"title": "\N{SNOWMAN}"})
    text = json.dumps(mapping, ensure_ascii=False)
    before = copy.deepcopy(mapping)
    assert parse_event(mapping) == parse_event(text) == parse_event(text.encode())
    assert mapping == before


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    mapping = body("change", {**LEAD, "title": "cut \ud83d"}, {"title": "\ude00"})
    text = json.dumps(mapping, ensure_ascii=False)
    for each in (mapping, json.dumps(mapping), text, text.encode(errors="surrogatepass")):
        event = parse_event(each)
        assert isinstance(event, LeadChanged)
        assert (event.lead.title, event.previous.title) == ("cut \ufffd", "\ufffd")


def test_byte_order_mark_is_skipped() -> None:
    text = "\ufeff" + json.dumps(body())
    assert parse_event(text) == parse_event(text.encode()) == parse_event(body())


def test_repeated_delivery_has_the_same_id() -> None:
    first, again = (parse_event(body("create", attempt=attempt)) for attempt in (1, 2))
    assert (first.id, first.attempt) == (EVENT_ID, 1)
    assert (again.id, again.attempt) == (EVENT_ID, 2)


def test_unknown_keys_of_an_event_are_kept() -> None:
    event = parse_event(
        body("change", {**LEAD, "mood": "good"}, {"mood": "bad"}, merged_from_id="5")
    )
    assert isinstance(event, LeadChanged)
    assert event.extra["merged_from_id"] == "5"
    assert event.lead.extra == {"mood": "good"}
    assert event.previous.extra == {"mood": "bad"}
    assert event.changed == {"mood"}


def test_event_with_the_required_keys_only_is_parsed() -> None:
    keys = ("id", "entity_id", "timestamp", "action", "entity", "version")
    whole = {"data": {"id": ID, "title": "x"}, "meta": {key: META[key] for key in keys}}
    event = parse_event(whole)
    assert (event.attempt, event.user_id, event.host, event.extra) == (None, None, None, {})


# Refused bodies

SECRET = "Jane Roe's secret"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "body is not JSON"),
        (f'"{SECRET}', "body is not JSON"),
        (f'{{"{SECRET}": NaN}}', "body is not JSON"),
        (f"\udc80{SECRET}", "body is not JSON"),
        (f'{{"\udc80": {SECRET}}}', "body is not JSON"),
        (b"\xff\xfe" + SECRET.encode(), "body is not JSON"),
        ("[" * 5_000, "body is not JSON"),
        ("[" * 30_000, "body has more than 20,000 values"),
        ({"meta": float("nan")}, "body is not JSON"),
        ("[]", "body has no meta"),
        ("null", "body has no meta"),
        (json.dumps(SECRET), "body has no meta"),
        ({}, "body has no meta"),
        ({"meta": [SECRET]}, "body has no meta"),
        (
            {"v": 1, "event": SECRET, "meta": {"v": 1, "object": "deal"}},
            "version 1 does not report leads",
        ),
        (body(version="1.0"), "version 1 does not report leads"),
        (body(version=1), "version 1 does not report leads"),
        (body(version=None), "version 1 does not report leads"),
        (body(entity="deal", entity_id=SECRET), "not an event of a lead"),
        (body(entity=[SECRET]), "not an event of a lead"),
        (body(action=SECRET), "an unknown action"),
        (body(action={}), "an unknown action"),  # type: ignore[arg-type]  # a wrong type, on purpose
    ],
)
def test_body_that_is_no_lead_event_is_refused_without_repeating_it(text: Any, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason) as caught:
        parse_event(text)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_recursive_mapping_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["meta"] = endless
    with pytest.raises(InvalidRequestError, match="body is not JSON"):
        parse_event(endless)


@pytest.mark.parametrize(
    ("malformed", "path"),
    [
        (body(id=None), "$.meta.id: expected str, got NoneType"),
        (body(user_id="x"), "$.meta.user_id: expected int, got str"),
        (body(attempt="1"), "$.meta.attempt: expected int, got str"),
        (body(timestamp=1669304389), "$.meta.timestamp: expected a time in ISO 8601, got int"),
        (body(data=None), "$.data: expected an object, got NoneType"),
        (body(data=[LEAD]), "$.data: expected an object, got list"),
        (body(data={**LEAD, "title": 3}), "$.data.title: expected str, got int"),
        (body(previous=[1]), "$.previous: expected an object, got list"),
        (body(previous={"value": {"amount": 3}}), "$.previous.value.currency: missing"),
        (body("delete", None, None), "$.previous: expected an object, got NoneType"),
        (body("delete", LEAD, {"id": ID}), "$.previous.title: missing"),
        (body("create", {"id": ID}), "$.data.title: missing"),
    ],
)
def test_error_of_a_malformed_event_has_the_path_and_the_lead_id(malformed: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_event(malformed)
    assert caught.value.paths == (path,)
    assert caught.value.lead_id == ID


@pytest.mark.parametrize("entity_id", [None, 42])
def test_malformed_event_without_a_lead_id_is_refused(entity_id: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_event(body(entity_id=entity_id))
    assert caught.value.lead_id is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "value", "id", "from", "values"]), inner)
    ),
    max_leaves=3,
)


@given(
    action=st.sampled_from(["create", "change", "delete"]),
    data=st.dictionaries(st.sampled_from([*LEAD, KEY]), JSON, max_size=2).map(LEAD.__or__),
    nested=st.dictionaries(st.sampled_from([KEY, "title"]), JSON) | JSON,
    previous=st.dictionaries(st.sampled_from([*LEAD, KEY]), JSON, max_size=2) | JSON,
    meta=st.dictionaries(st.sampled_from([*META]), JSON, max_size=1),
)
def test_any_body_is_an_event_or_a_pipedrive_error(
    action: str, data: Any, nested: Any, previous: Any, meta: Any
) -> None:
    whole = {
        "data": {**data, "custom_fields": nested},
        "previous": previous,
        "meta": {**META, "action": action, **meta},
    }
    try:
        event = parse_event(whole, lead_type=MyLead)
    except PipedriveError:
        return
    assert event.lead_id == whole["meta"]["entity_id"]


@pytest.mark.parametrize("wrong", [None, 5, ["{}"], bytearray(b"{}")])
def test_body_of_another_type_is_named(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^body must be bytes, a str or a mapping, got "):
        parse_event(wrong)


@pytest.mark.parametrize("wrong", [dict, "Lead", None, LeadValue])
def test_lead_type_that_is_no_lead_class_is_named(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^lead_type must be Lead or a subclass of it, got "):
        parse_event(body(), lead_type=wrong)
