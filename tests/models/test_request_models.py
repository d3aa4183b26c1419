"""Test that requests check their values when they are created, and their JSON."""

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

# The arguments that each request needs.
LEAST: dict[type[Any], dict[str, Any]] = {
    AddLeadRequest: {"title": "Big order", "person_id": 42},
    UpdateLeadRequest: {},
    AddLeadLabelRequest: {"name": "Hot", "color": "red"},
    UpdateLeadLabelRequest: {},
}

# The properties for which Pipedrive allows null:
# https://developers.pipedrive.com/docs/api/v1/Leads and LeadLabels
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
    "expected_close_date": ["2024-01-31", 5],
    "visible_to": [True, 3.0],
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
    "visible_to": ["", 0, -1, 9, "8", "03", 10**30],
    "origin_id": ["", " "],
    "channel": [0],
    "channel_id": [""],
    "custom_fields": [{"budget": 1}, {KEY.upper(): 1}, {5: 1}, {"": 1}, {"title": "x"}],
    "name": ["", " "],
    "color": [""],
}


@pytest.mark.parametrize("level", [3, VisibleTo.LEVEL_3, "3"], ids=["int", "enum", "text"])
def test_visibility_level_can_be_a_number(level: int | str) -> None:
    assert to_dict(UpdateLeadRequest(visible_to=level)) == {"visible_to": "3"}


def test_unknown_keys_of_a_value_are_not_sent_back() -> None:
    value = LeadValue(amount=5, currency="EUR", extra={"new": 1})
    assert to_dict(UpdateLeadRequest(value=value)) == {"value": {"amount": 5, "currency": "EUR"}}


# Another argument of the same request, for tests that leave one out.
ANOTHER = dict.fromkeys(GOOD, "owner_id") | {
    "owner_id": "title",
    "name": "color",
    "color": "name",
}


def all_arguments() -> list[tuple[type[Any], str]]:
    return [(cls, field.name) for cls in LEAST for field in attrs.fields(cls)]


def create(cls: type[Any], name: str, value: Any) -> Any:
    return cls(**LEAST[cls] | {name: value})


@pytest.mark.parametrize(("cls", "name"), all_arguments())
def test_every_argument_accepts_a_valid_value(cls: type[Any], name: str) -> None:
    request = create(cls, name, GOOD[name])
    assert getattr(request, name) == GOOD[name]


@pytest.mark.parametrize(("cls", "name"), all_arguments())
def test_none_is_accepted_only_where_pipedrive_allows_null(cls: type[Any], name: str) -> None:
    if name in NULLABLE[cls]:
        request = create(cls, name, None)
        assert getattr(request, name) is None
        assert to_dict(request)[name] is None
    else:
        with pytest.raises(InvalidRequestError, match=f"^{name} cannot be None, because Pipedrive"):
            create(cls, name, None)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, name in all_arguments() for value in WRONG_TYPES[name]],
)
def test_value_of_another_type_is_a_type_error_naming_the_argument(
    cls: type[Any], name: str, value: object
) -> None:
    with pytest.raises(TypeError, match=rf"^{name}(\[.+\])? must be "):
        create(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, name in all_arguments() for value in REFUSED.get(name, [])],
)
def test_invalid_value_is_refused_with_an_error_naming_the_argument(
    cls: type[Any], name: str, value: object
) -> None:
    with pytest.raises(InvalidRequestError, match=rf"^{name}(\[\d\]|\.\w+)? (must be|is|has) "):
        create(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, name in all_arguments() if name not in LEAST[cls]]
)
def test_argument_that_is_left_out_is_unset_and_not_sent(cls: type[Any], name: str) -> None:
    request = cls(**LEAST[cls] or {ANOTHER[name]: GOOD[ANOTHER[name]]})
    assert getattr(request, name) is UNSET or getattr(request, name) == {}
    assert name not in to_dict(request)
    assert attrs.evolve(request, **{name: UNSET}) == request


def test_arguments_are_those_of_the_reference() -> None:
    shared = set(NULLABLE[UpdateLeadRequest]) | {
        "title",
        "owner_id",
        "label_ids",
        "visible_to",
        "was_seen",
        "custom_fields",
    }
    names = {cls: {name for of, name in all_arguments() if of is cls} for cls in LEAST}
    assert names == {
        AddLeadRequest: shared | {"origin_id"},
        UpdateLeadRequest: shared | {"is_archived"},
        AddLeadLabelRequest: {"name", "color"},
        UpdateLeadLabelRequest: {"name", "color"},
    }


def test_required_argument_cannot_be_none_or_left_out() -> None:
    with pytest.raises(InvalidRequestError, match=r"^title cannot be None, .*: pass a value$"):
        AddLeadRequest(title=None, person_id=42)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(InvalidRequestError, match=r"^person_id cannot be None, .*: leave it out$"):
        AddLeadRequest(title="Big order", person_id=None)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError, match="title"):
        AddLeadRequest(person_id=42)  # type: ignore[call-arg]  # deliberately wrong


def test_new_lead_needs_a_person_or_an_organization() -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^person_id and organization_id are both left out: pass at least one",
    ):
        AddLeadRequest(title="Big order")
    assert AddLeadRequest(title="Big order", organization_id=7).person_id is UNSET


def test_update_cannot_unlink_both_person_and_organization() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^person_id and organization_id are both None: keep or set one"
    ):
        UpdateLeadRequest(person_id=None, organization_id=None)
    request = UpdateLeadRequest(person_id=None, organization_id=7)
    assert to_dict(request) == {"person_id": None, "organization_id": 7}


@pytest.mark.parametrize("cls", [UpdateLeadRequest, UpdateLeadLabelRequest])
def test_update_without_changes_is_refused(cls: type[Any]) -> None:
    with pytest.raises(
        InvalidRequestError, match=f"^{cls.__name__} has no changes: set at least one field$"
    ):
        cls()


def test_update_with_an_empty_mapping_of_custom_fields_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="has no changes"):
        UpdateLeadRequest(custom_fields={})


def test_custom_fields_are_copied_before_they_are_checked() -> None:
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
def test_custom_field_that_cannot_be_sent_as_json_is_refused(
    value: Any, kind: type[Exception]
) -> None:
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
def test_falsy_values_are_sent_as_changes(change: dict[str, Any], sent: dict[str, Any]) -> None:
    assert to_dict(UpdateLeadRequest(**change)) == sent


def test_amount_and_currency_of_a_value_are_checked_by_name() -> None:
    for amount, sentence in (
        (True, "value.amount must be a number (int, float or Decimal), got bool"),
        ("5", "value.amount must be a number (int, float or Decimal), got str"),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(sentence)}"):
            UpdateLeadRequest(value=LeadValue(amount=amount, currency="EUR"))  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError, match=r"^value\.currency must be a str, got NoneType$"):
        UpdateLeadRequest(value=LeadValue(amount=5, currency=None))  # type: ignore[arg-type]  # deliberately wrong


def test_custom_fields_refuse_the_name_of_a_built_in_property() -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^custom_fields has the key 'title', .* are arguments of the request$",
    ):
        UpdateLeadRequest(custom_fields={"title": "x"})


def test_label_ids_are_copied_to_a_tuple() -> None:
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
def test_request_is_frozen_and_can_be_copied_and_pickled(request_: Any) -> None:
    twins = (copy.copy(request_), copy.deepcopy(request_), pickle.loads(pickle.dumps(request_)))
    for twin in twins:
        assert twin == request_
        assert to_dict(twin) == to_dict(request_)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request_.name = request_.title = "Other"


def test_request_is_encoded_with_the_given_values_only() -> None:
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


def test_none_is_sent_as_null() -> None:
    assert to_dict(UpdateLeadRequest(value=None, custom_fields={KEY: None})) == {
        "value": None,
        KEY: None,
    }


def test_custom_field_added_later_does_not_replace_a_checked_value() -> None:
    request = AddLeadRequest(title="Checked", person_id=1)
    cast("dict[str, Any]", request.custom_fields).update(title="Unchecked")
    assert to_dict(request)["title"] == "Checked"


def test_evolved_request_is_checked() -> None:
    request = AddLeadRequest(title="Big order", person_id=42)
    with pytest.raises(InvalidRequestError, match=r"^title is empty"):
        attrs.evolve(request, title="")
