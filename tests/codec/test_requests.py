"""Test `from_dict` for requests: it makes the checks of the constructors."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import attrs
import pytest

from pipedrive_leads_async import (
    AddLeadLabelRequest,
    AddLeadRequest,
    AddNoteRequest,
    AddOrganizationRequest,
    AddPersonRequest,
    AddWebhookRequest,
    InvalidRequestError,
    LabelColor,
    Lead,
    LeadValue,
    PostalAddress,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
    UpdateNoteRequest,
    UpdateOrganizationRequest,
    UpdatePersonRequest,
    custom_field,
    from_dict,
    to_dict,
)

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
NOON: Final = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)

REQUESTS: Final[dict[str, Any]] = {
    "a lead": AddLeadRequest(title="New", person_id=42),
    "a lead with everything": AddLeadRequest(
        title="New",
        person_id=42,
        organization_id=7,
        owner_id=1,
        label_ids=[ID],
        value=LeadValue(12.5, "EUR"),
        expected_close_date=dt.date(2026, 1, 31),
        visible_to=3,
        was_seen=True,
        origin_id="order-1",
        channel=None,
        channel_id="spring",
        custom_fields={KEY: [1, 2], f"{KEY}_currency": None},
    ),
    "nulls of a lead": UpdateLeadRequest(
        value=None, person_id=None, expected_close_date=None, is_archived=False
    ),
    "a custom field of a lead": UpdateLeadRequest(custom_fields={KEY: None}),
    "a label": AddLeadLabelRequest(name="Hot", color=LabelColor.RED),
    "a change of a label": UpdateLeadLabelRequest(color="beige"),
    "a note": AddNoteRequest(content="x", lead_id=ID, add_time=NOON, pinned_to_lead_flag=True),
    "a change of a note": UpdateNoteRequest(organization_id=3),
    "a person": AddPersonRequest(
        name="Ann Lee",
        emails=["ann@lee.example", {"value": "a@b.example", "label": "home", "primary": True}],
        phones=[],
        label_ids=[3],
        organization_id=7,
        postal_address=PostalAddress(value="Main Street 1", country="EE"),
        birthday=dt.date(2000, 1, 31),
        add_time=NOON,
        custom_fields={KEY: {"value": 5, "currency": "EUR"}},
    ),
    "a change of a person": UpdatePersonRequest(postal_address="Main Street 1"),
    "an organization": AddOrganizationRequest(
        name="Acme", address="Main Street 1", annual_revenue=0
    ),
    "a change of an organization": UpdateOrganizationRequest(website=None),
    "a webhook": AddWebhookRequest("https://app.example/webhooks"),
}

LEAST: Final = {"title": "New", "person_id": 42}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_read_from_its_own_json(name: str) -> None:
    request = REQUESTS[name]
    cls: Any = request.__class__
    json = to_dict(request)
    assert from_dict(cls, json) == request
    assert json == to_dict(request)  # it is not changed


def test_custom_fields_of_leads_are_read_from_an_object_too() -> None:
    at_root = from_dict(AddLeadRequest, {**LEAST, KEY: 5, f"{KEY}_currency": "EUR"})
    nested = {"custom_fields": {KEY: 5}, f"{KEY}_currency": "EUR"}
    assert from_dict(AddLeadRequest, {**LEAST, **nested}) == at_root
    assert at_root.custom_fields == {KEY: 5, f"{KEY}_currency": "EUR"}


def test_password_of_webhook_is_read_and_hidden() -> None:
    secret: dict[str, Any] = {"http_auth_user": "me", "http_auth_password": "secret"}
    request = from_dict(
        AddWebhookRequest, {"subscription_url": "https://app.example/webhooks", **secret}
    )
    assert request == AddWebhookRequest("https://app.example/webhooks", **secret)
    assert "'secret'" not in repr(request)


@pytest.mark.parametrize(
    ("cls", "json", "message"),
    [
        pytest.param(AddLeadRequest, {"person_id": 42}, "title: missing", id="missing key"),
        pytest.param(
            AddLeadRequest, {**LEAST, "titel": "x"}, "titel: unknown key", id="unknown key"
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, KEY[:-1]: 5},
            f"{KEY[:-1]}: unknown key",
            id="key of 39 digits",
        ),
        pytest.param(AddLeadRequest, {**LEAST, "extra": {}}, "extra: unknown key", id="extra"),
        pytest.param(
            AddLeadRequest, {**LEAST, "title": " "}, "title is empty: pass a text", id="empty text"
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "person_id": "42"},
            "person_id must be an int or a Person, got str: .*",
            id="wrong type",
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "person_id": None},
            "person_id cannot be None, because Pipedrive refuses null: leave it out",
            id="null",
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "value": {"amount": "5", "currency": "EUR"}},
            "value.amount: expected float, got str",
            id="nested type",
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "value": {"amount": 5, "currency": "Euro"}},
            "value.currency must be three capital letters, such as EUR, got 'Euro'",
            id="nested value",
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "expected_close_date": "31.1.2026"},
            "expected_close_date: expected a date in ISO 8601, got a str in another format",
            id="date",
        ),
        pytest.param(
            AddNoteRequest,
            {"content": "x", "deal_id": 1, "add_time": "0000-00-00 00:00:00"},
            "add_time: expected a time in ISO 8601, got a str in another format",
            id="impossible time",
        ),
        pytest.param(
            AddLeadRequest,
            {**LEAST, "custom_fields": [KEY]},
            "custom_fields must be a dict, got list",
            id="custom fields",
        ),
        pytest.param(
            AddLeadRequest,
            {"title": "New"},
            "person_id and organization_id are both left out: .*",
            id="neither person nor organization",
        ),
        pytest.param(
            UpdateLeadRequest,
            {},
            "UpdateLeadRequest has no changes: set at least one field",
            id="no change",
        ),
        pytest.param(
            AddPersonRequest,
            {"name": "Ann", "organization_id": 7},
            "organization_id: unknown key: write org_id",
            id="name of an attribute",
        ),
        pytest.param(
            AddPersonRequest,
            {"name": "Ann", "org_id": "7"},
            "org_id: organization_id must be an int or an Organization, got str: .*",
            id="key of an attribute",
        ),
        pytest.param(
            AddPersonRequest,
            {"name": "Ann", "emails": [{"mail": "x"}]},
            r"emails\[0\] has the key .*",
            id="key of an item",
        ),
    ],
)
def test_refused_json_names_the_key(cls: type[Any], json: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}$"):
        from_dict(cls, json)


@pytest.mark.parametrize("json", ['{"title": "New"}', b"{}"], ids=["text", "bytes"])
@pytest.mark.parametrize("cls", [AddLeadRequest, Lead])
def test_json_that_is_not_parsed_is_refused(cls: type[Any], json: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^data must be a dict, got \w+: parse it with json\.loads$"
    ):
        from_dict(cls, json)


@pytest.mark.parametrize("json", [[], None, 5])
def test_json_that_is_no_object_is_refused(json: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^expected an object, got "):
        from_dict(AddLeadRequest, json)


def test_all_problems_are_in_one_error() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        from_dict(AddLeadRequest, {"titel": "New", "person_id": True, "label_ids": [ID, "Hot"]})
    subjects = [text.split()[0] for text in str(caught.value).split("; ")]
    assert subjects == ["titel:", "label_ids[1]", "person_id", "title:"]


def test_message_has_at_most_ten_problems() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        from_dict(AddLeadRequest, LEAST | {f"key_{i}": i for i in range(1000)})
    assert str(caught.value).count("unknown key") == 10


@attrs.frozen(kw_only=True)
class ShopRequest(AddLeadRequest):
    size: int | None = custom_field(KEY)


def test_attribute_without_checks_of_its_own_is_checked_by_its_type() -> None:
    assert from_dict(ShopRequest, {**LEAST, KEY: 5}).size == 5
    assert from_dict(ShopRequest, LEAST).size is None
    with pytest.raises(InvalidRequestError, match=f"^{KEY}: expected int, got str$"):
        from_dict(ShopRequest, {**LEAST, KEY: "5"})
