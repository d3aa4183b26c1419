"""Requests refuse, when they are made, what Pipedrive would refuse."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
import re
import threading
import types
from typing import Any, cast

import attrs
import pytest

from pipedrive_leads_async import (
    UNSET,
    AddLeadLabelRequest,
    AddLeadRequest,
    InvalidRequestError,
    LabelColor,
    LeadValue,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
    VisibleTo,
    to_dict,
)

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
KEY = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"

# The least that a request takes besides the argument in question.
LEAST: dict[type[Any], dict[str, Any]] = {
    AddLeadRequest: {"title": "Big order", "person_id": 42},
    UpdateLeadRequest: {},
    AddLeadLabelRequest: {"name": "Hot", "color": "red"},
    UpdateLeadLabelRequest: {},
}

# https://developers.pipedrive.com/docs/api/v1/Leads and LeadLabels: what takes null.
NULLABLE = {
    AddLeadRequest: {"value", "origin_id", "channel", "channel_id"},
    UpdateLeadRequest: {
        "person_id",
        "organization_id",
        "value",
        "expected_close_date",
        "channel",
        "channel_id",
    },
    AddLeadLabelRequest: set[str](),
    UpdateLeadLabelRequest: set[str](),
}

GOOD: dict[str, Any] = {
    "title": "Other",
    "owner_id": 7,
    "label_ids": (ID,),
    "person_id": 7,
    "organization_id": 7,
    "value": LeadValue(amount=12.5, currency="EUR"),
    "expected_close_date": dt.date(2024, 1, 31),
    "visible_to": VisibleTo.LEVEL_7,
    "was_seen": False,
    "is_archived": False,
    "origin_id": "order-1",
    "channel": 7,
    "channel_id": "spring",
    "custom_fields": {KEY: None, f"{KEY}_currency": "EUR"},
    "name": "Cold",
    "color": LabelColor.BLUE,
}

WRONG_TYPES: dict[str, list[Any]] = {
    "title": [5, b"x", ["x"]],
    "owner_id": [True, "7", 7.0],
    "label_ids": [ID, 5, {ID: 1}, [5], [None]],
    "person_id": [True, "7", 7.0],
    "organization_id": [True, "7", 7.0],
    "value": [5, {"amount": 5, "currency": "EUR"}, "5 EUR"],
    "expected_close_date": ["2024-01-31", dt.datetime(2024, 1, 31, tzinfo=dt.UTC), 5],
    "visible_to": [3, True],
    "was_seen": [0, 1, "true"],
    "is_archived": [0, 1, "true"],
    "origin_id": [5],
    "channel": [True, "7", 7.0],
    "channel_id": [5],
    "custom_fields": [[(KEY, 1)], KEY, 5, {KEY: dt.date(2026, 1, 31)}],
    "name": [5],
    "color": [5],
}

REFUSED: dict[str, list[Any]] = {
    "title": ["", "  "],
    "owner_id": [0, -1],
    "label_ids": [["hot"], [""], [ID, "../x"]],
    "person_id": [0, -1],
    "organization_id": [0, -1],
    "value": [
        LeadValue(amount=math.nan, currency="EUR"),
        LeadValue(amount=math.inf, currency="EUR"),
        LeadValue(amount=5, currency=""),
        LeadValue(amount=5, currency=" "),
    ],
    "visible_to": [""],
    "origin_id": ["", " "],
    "channel": [0],
    "channel_id": [""],
    "custom_fields": [{"budget": 1}, {KEY.upper(): 1}, {5: 1}, {"": 1}, {"title": "x"}],
    "name": ["", " "],
    "color": [""],
}


# An argument to give where the one in question is left out.
ANOTHER = dict.fromkeys(GOOD, "owner_id") | {
    "owner_id": "title",
    "name": "color",
    "color": "name",
}


def every_argument() -> list[tuple[type[Any], str]]:
    return [(cls, field.name) for cls in LEAST for field in attrs.fields(cls)]


def made(cls: type[Any], name: str, value: Any) -> Any:
    return cls(**LEAST[cls] | {name: value})


@pytest.mark.parametrize(("cls", "name"), every_argument())
def test_every_argument_takes_a_good_value(cls: type[Any], name: str) -> None:
    request = made(cls, name, GOOD[name])
    assert getattr(request, name) == GOOD[name]


@pytest.mark.parametrize(("cls", "name"), every_argument())
def test_none_is_taken_where_pipedrive_takes_null_and_refused_elsewhere(
    cls: type[Any], name: str
) -> None:
    if name in NULLABLE[cls]:
        request = made(cls, name, None)
        assert getattr(request, name) is None
        assert to_dict(request)[name] is None
    else:
        with pytest.raises(InvalidRequestError, match=f"^{name} cannot be None, Pipedrive"):
            made(cls, name, None)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, name in every_argument() for value in WRONG_TYPES[name]],
)
def test_another_type_is_a_type_error_that_names_the_argument(
    cls: type[Any], name: str, value: object
) -> None:
    with pytest.raises(TypeError, match=rf"^{name}(\[.+\])? must be "):
        made(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, name in every_argument() for value in REFUSED.get(name, [])],
)
def test_what_pipedrive_refuses_is_refused_in_a_sentence_that_names_the_argument(
    cls: type[Any], name: str, value: object
) -> None:
    with pytest.raises(InvalidRequestError, match=rf"^{name}(\[\d\]|\.\w+)? (must be|is|has) "):
        made(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, name in every_argument() if name not in LEAST[cls]]
)
def test_what_is_left_out_is_unset_and_not_sent(cls: type[Any], name: str) -> None:
    request = cls(**LEAST[cls] or {ANOTHER[name]: GOOD[ANOTHER[name]]})
    assert getattr(request, name) is UNSET or getattr(request, name) == {}
    assert name not in to_dict(request)
    assert attrs.evolve(request, **{name: UNSET}) == request


def test_the_arguments_are_those_of_the_reference() -> None:
    shared = set(NULLABLE[UpdateLeadRequest]) | {
        "title",
        "owner_id",
        "label_ids",
        "visible_to",
        "was_seen",
        "custom_fields",
    }
    names = {cls: {name for of, name in every_argument() if of is cls} for cls in LEAST}
    assert names == {
        AddLeadRequest: shared | {"origin_id"},
        UpdateLeadRequest: shared | {"is_archived"},
        AddLeadLabelRequest: {"name", "color"},
        UpdateLeadLabelRequest: {"name", "color"},
    }


def test_a_required_argument_is_not_to_be_left_out() -> None:
    with pytest.raises(InvalidRequestError, match=r"^title cannot be None, .*: give one$"):
        AddLeadRequest(title=None, person_id=42)  # type: ignore[arg-type]  # the case
    with pytest.raises(InvalidRequestError, match=r"^person_id cannot be None, .*: leave it out$"):
        AddLeadRequest(title="Big order", person_id=None)  # type: ignore[arg-type]  # the case
    with pytest.raises(TypeError, match="title"):
        AddLeadRequest(person_id=42)  # type: ignore[call-arg]  # the case


def test_a_new_lead_is_linked_to_a_person_or_an_organization() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^person_id and organization_id are both left out: a lead is"
    ):
        AddLeadRequest(title="Big order")
    assert AddLeadRequest(title="Big order", organization_id=7).person_id is UNSET


def test_a_lead_stays_linked_to_a_person_or_an_organization() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^person_id and organization_id are both None: a lead stays"
    ):
        UpdateLeadRequest(person_id=None, organization_id=None)
    request = UpdateLeadRequest(person_id=None, organization_id=7)
    assert to_dict(request) == {"person_id": None, "organization_id": 7}


@pytest.mark.parametrize("cls", [UpdateLeadRequest, UpdateLeadLabelRequest])
def test_an_update_changes_something(cls: type[Any]) -> None:
    with pytest.raises(
        InvalidRequestError, match=f"^{cls.__name__} is empty: name what shall change$"
    ):
        cls()


def test_no_custom_fields_are_no_change() -> None:
    with pytest.raises(InvalidRequestError, match="is empty"):
        UpdateLeadRequest(custom_fields={})


def test_custom_fields_are_those_at_the_time_of_the_check() -> None:
    fields: dict[Any, Any] = {KEY: [1]}
    for given in (fields, types.MappingProxyType(fields)):
        request = UpdateLeadRequest(custom_fields=given)
        fields["title"] = "unchecked"
        fields[KEY].append("unchecked")
        assert to_dict(request) == {KEY: [1]}
        del fields["title"], fields[KEY][1]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (math.nan, InvalidRequestError),
        ([math.inf], InvalidRequestError),
        ("half a pair: \ud800", InvalidRequestError),
        ([{1, 2}], TypeError),
        ([threading.Lock()], TypeError),
        ({"at": dt.date(2026, 1, 31)}, TypeError),
    ],
)
def test_what_is_in_a_custom_field_must_be_sendable(value: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=rf"^custom_fields\['{KEY}'\] cannot be sent as JSON: "):
        AddLeadRequest(title="Big order", person_id=42, custom_fields={KEY: value})


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"label_ids": []}, {"label_ids": []}),
        ({"value": None}, {"value": None}),
        ({"was_seen": False}, {"was_seen": False}),
        ({"custom_fields": {KEY: None}}, {KEY: None}),
    ],
)
def test_falsy_values_are_changes_too(change: dict[str, Any], sent: dict[str, Any]) -> None:
    assert to_dict(UpdateLeadRequest(**change)) == sent


def test_the_fields_of_a_value_are_named() -> None:
    for amount, sentence in (
        (True, r"value.amount must be a number (int or float), got bool"),
        ("5", r"value.amount must be a number (int or float), got str"),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
            UpdateLeadRequest(value=LeadValue(amount=amount, currency="EUR"))  # type: ignore[arg-type]  # the case
    with pytest.raises(TypeError, match=r"^value\.currency must be a str, got NoneType$"):
        UpdateLeadRequest(value=LeadValue(amount=5, currency=None))  # type: ignore[arg-type]  # the case


def test_a_built_in_property_among_the_custom_fields_is_sent_to_its_argument() -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^custom_fields has the key 'title', .* are arguments of the request$",
    ):
        UpdateLeadRequest(custom_fields={"title": "x"})


def test_labels_are_kept_as_a_tuple() -> None:
    ids = [ID]
    request = UpdateLeadRequest(label_ids=ids)
    ids.clear()
    assert request.label_ids == (ID,)


@pytest.mark.parametrize(
    "request_",
    [
        AddLeadRequest(title="Big order", person_id=42, custom_fields={KEY: [1]}),
        UpdateLeadRequest(value=None),
        AddLeadLabelRequest(name="Hot", color=LabelColor.RED),
        UpdateLeadLabelRequest(name="Cold"),
    ],
    ids=lambda request: type(request).__name__,
)
def test_a_request_is_frozen_and_survives_copies_and_pickles(request_: Any) -> None:
    twins = (copy.copy(request_), copy.deepcopy(request_), pickle.loads(pickle.dumps(request_)))
    for twin in twins:
        assert twin == request_
        assert to_dict(twin) == to_dict(request_)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request_.name = request_.title = "Other"


def test_a_request_is_what_was_given_and_no_more() -> None:
    request = AddLeadRequest(
        title="Big order",
        person_id=42,
        label_ids=[ID],
        value=LeadValue(amount=1200, currency="EUR"),
        expected_close_date=dt.date(2024, 1, 31),
        visible_to=VisibleTo.LEVEL_3,
        was_seen=False,
        origin_id=None,
        custom_fields={KEY: 5, f"{KEY}_currency": "EUR"},
    )
    data = to_dict(request)
    assert data == {
        "title": "Big order",
        "person_id": 42,
        "label_ids": [ID],
        "value": {"amount": 1200, "currency": "EUR"},
        "expected_close_date": "2024-01-31",
        "visible_to": "3",
        "was_seen": False,
        "origin_id": None,
        KEY: 5,
        f"{KEY}_currency": "EUR",
    }
    assert json.loads(json.dumps(data)) == data


def test_none_is_sent_and_unset_is_not() -> None:
    assert to_dict(UpdateLeadRequest(value=None, custom_fields={KEY: None})) == {
        "value": None,
        KEY: None,
    }


def test_what_is_put_into_a_request_later_stands_for_nothing_that_was_checked() -> None:
    request = AddLeadRequest(title="Checked", person_id=1)
    cast("dict[str, Any]", request.custom_fields).update(title="Not checked")
    assert to_dict(request)["title"] == "Checked"


def test_a_changed_copy_is_checked_too() -> None:
    request = AddLeadRequest(title="Big order", person_id=42)
    with pytest.raises(InvalidRequestError, match=r"^title is empty"):
        attrs.evolve(request, title="")
