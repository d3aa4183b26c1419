"""Test that requests take values of other libraries, and objects instead of their ids."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    AddNoteRequest,
    AddPersonRequest,
    EnsuredPerson,
    InvalidRequestError,
    Lead,
    LeadLabel,
    LeadsClient,
    LeadValue,
    Organization,
    Person,
    UpdateLeadRequest,
    User,
    to_dict,
)
from pipedrive_leads_async.config import RetryPolicy, Timeouts

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
PERSON = Person(id=42, name="Ann Lee")
ORGANIZATION = Organization(id=7, name="Acme")
USER = User(id=3, name="Bo")
MIDNIGHT = dt.datetime.fromisoformat("2026-01-31")
LABEL = LeadLabel(id=ID, name="Hot", color="red")


def sent(**values: Any) -> dict[str, Any]:
    """Return the body that adds a lead with these values."""
    arguments: dict[str, Any] = {"title": "New", "person_id": 1} | values
    return to_dict(AddLeadRequest(**arguments))


@pytest.mark.parametrize(
    ("argument", "value", "stored"),
    [
        ("person_id", np.int64(5), 5),
        ("person_id", np.uint8(5), 5),
        ("person_id", PERSON, 42),
        ("organization_id", ORGANIZATION, 7),
        ("owner_id", USER, 3),
        ("owner_id", np.int32(3), 3),
        ("channel", np.int16(3), 3),
        ("label_ids", [LABEL, uuid.UUID(ID), ID], [ID, ID, ID]),
        ("label_ids", np.array([ID]), [ID]),
        ("expected_close_date", MIDNIGHT, "2026-01-31"),
        ("expected_close_date", pd.Timestamp("2026-01-31"), "2026-01-31"),
        ("value", LeadValue(5, "EUR"), {"amount": 5, "currency": "EUR"}),
        ("value", LeadValue(Decimal("19.90"), "EUR"), {"amount": 19.9, "currency": "EUR"}),
        ("value", LeadValue(np.float64(0.5), "EUR"), {"amount": 0.5, "currency": "EUR"}),
        ("value", LeadValue(np.int64(7), "EUR"), {"amount": 7, "currency": "EUR"}),
    ],
    ids=repr,
)
def test_value_of_another_library_is_sent_as_json(
    argument: str, value: object, stored: object
) -> None:
    # Compared as texts: the encoder of JSON could write a subclass in another form.
    assert json.dumps(sent(**{argument: value})[argument]) == json.dumps(stored)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("person_id", True, "person_id must be an int, got bool"),
        ("person_id", np.True_, "person_id must be an int or a Person, got numpy.bool"),
        ("person_id", 5.0, "person_id must be an int or a Person, got float"),
        ("person_id", "5", "person_id must be an int or a Person, got str"),
        ("person_id", ORGANIZATION, "person_id must be an int or a Person, got Organization"),
        (
            "person_id",
            EnsuredPerson(person=PERSON, created=True),
            "person_id must be an int or a Person, got EnsuredPerson: pass its .person",
        ),
        ("organization_id", PERSON, "organization_id must be an int or an Organization, got Perso"),
        ("was_seen", np.True_, "was_seen must be a bool, got numpy.bool"),
        ("label_ids", [PERSON], r"label_ids\[0\] must be a str \(a UUID\), got Person: pass a Lea"),
        ("label_ids", ID, "label_ids must be a list of labels or their ids, got str"),
        ("value", True, r"value must be a LeadValue, got bool: write value=LeadValue\(amount=5"),
        (
            "value",
            LeadValue(cast("Any", np.float32(0.1)), "EUR"),
            r"value.amount must be a number \(int",
        ),
        ("expected_close_date", np.datetime64("2026-01-31"), r".*datetime64: .* with \.item\(\)"),
    ],
    ids=repr,
)
def test_value_of_another_kind_is_refused(argument: str, value: object, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        sent(**{argument: value})


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (Decimal("0.5"), "float()"),
        (dt.date(2026, 1, 31), ".isoformat()"),
        (dt.time(12), ".isoformat()"),
        ((1, 2), "list()"),
        (uuid.UUID(ID), "str()"),
        (np.int64(5), ".item()"),
        (LeadValue(5, "EUR"), "CustomFields.write"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_custom_field_that_is_not_json_is_refused_with_advice(value: object, advice: str) -> None:
    key = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
    with pytest.raises(
        TypeError, match=re.escape(f"{type(value).__name__}: convert it with {advice}")
    ):
        sent(custom_fields={key: value})


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("expected_close_date", MIDNIGHT.replace(hour=1), "expected_close_date has a time of d"),
        (
            "expected_close_date",
            pd.Timestamp("2026-01-31", tz="UTC"),
            "expected_close_date has a time of day or a time zone: pass its date",
        ),
        ("expected_close_date", pd.NaT, "expected_close_date is NaT"),
        ("value", LeadValue(5, "eur"), "value.currency must be three capital letters, such as EUR"),
        ("value", LeadValue(5, "EURO"), "value.currency must be three capital letters"),
        (
            "value",
            LeadValue(cast("Any", Decimal("0.1234567890123456789")), "EUR"),
            "value.amount has more dig",
        ),
        ("label_ids", ["Hot"], r"label_ids\[0\] must be a UUID such as .*get_lead_labels\(\)"),
    ],
    ids=repr,
)
def test_value_that_pipedrive_refuses_is_named(argument: str, value: object, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        sent(**{argument: value})


def test_missing_time_of_pandas_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match=r"^updated_since is NaT"):
        LeadsClient("api-token").get_leads(updated_since=cast("Any", pd.NaT))


def test_lead_value_is_made_by_position() -> None:
    assert LeadValue(5, "EUR") == LeadValue(amount=5, currency="EUR")


@pytest.mark.parametrize(
    ("amount", "stored"),
    [(Decimal("19.90"), 19.9), (np.int64(5), 5), (np.float64(0.5), 0.5), (10**400, 10**400)],
    ids=["decimal", "numpy int", "numpy float", "huge"],
)
def test_amount_is_stored_as_int_or_float(amount: float | Decimal, stored: float) -> None:
    value = LeadValue(amount, "EUR")
    assert value == LeadValue(stored, "EUR")
    assert type(value.amount) is type(stored)


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("0.1234567890123456789"), True, "5"])
def test_amount_that_cannot_be_converted_is_kept_for_the_refusal(amount: Any) -> None:
    assert LeadValue(amount, "EUR").amount is amount


def types_of_objects_as_ids(client: LeadsClient) -> None:
    """Check types with mypy and pyright, without running: objects are ids."""
    lead = Lead(id=ID, title="New")
    AddLeadRequest(
        title="New", person_id=PERSON, label_ids=[LABEL, uuid.UUID(ID), ID], visible_to=3
    )
    client.get_leads(person_id=PERSON, organization_id=ORGANIZATION, owner_id=np.int64(3))
    AddNoteRequest(content="x", lead_id=lead, person_id=PERSON)


def test_update_takes_objects_and_none() -> None:
    request = UpdateLeadRequest(person_id=PERSON, organization_id=None, owner_id=USER)
    assert to_dict(request) == {"person_id": 42, "organization_id": None, "owner_id": 3}
    assert UpdateLeadRequest(person_id=None).person_id is None
    assert UpdateLeadRequest(organization_id=ORGANIZATION).organization_id == 7


def test_person_takes_objects() -> None:
    request = AddPersonRequest(name="Ann", organization_id=ORGANIZATION, owner_id=USER)
    assert to_dict(request) == {"name": "Ann", "org_id": 7, "owner_id": 3}


def test_options_are_stored_as_numbers_of_python() -> None:
    five: Any = np.int64(5)
    seconds: Any = Decimal("2.5")
    assert type(RetryPolicy(attempts=five).attempts) is int
    deadline = Timeouts(deadline=seconds).deadline
    assert (deadline, type(deadline)) == (2.5, float)
