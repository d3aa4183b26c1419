"""Test that pydantic reads, writes and describes models, requests and results."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from pipedrive_leads_async import (
    AddLeadRequest,
    AddLeadResult,
    AddWebhookRequest,
    ConfigurationError,
    EnsuredLead,
    LabelNames,
    Lead,
    LeadLabel,
    LeadNames,
    LeadPage,
    OutcomeUnknownError,
    Person,
    Webhook,
    custom_field,
    from_dict,
    to_dict,
)

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
ROW: Final[dict[str, Any]] = {
    "id": ID,
    "title": "Big order",
    "value": {"amount": 5, "currency": "EUR"},
    "add_time": "2026-01-31T12:00:00.000Z",
    KEY: 7,
    "new_in_pipedrive": [1],
}


@attrs.frozen(kw_only=True)
class ShopLead(Lead):
    size: int | None = custom_field(KEY)


@attrs.frozen(kw_only=True)
class BadLead(Lead):
    tags: set[int] | None = custom_field(KEY)


LEAD: Final = from_dict(Lead, ROW)
SHOP_LEAD: Final = from_dict(ShopLead, ROW)
PAGE: Final = LeadPage(leads=[SHOP_LEAD], start=0, limit=1, more_items_in_collection=False)


class Form(BaseModel):
    lead: Lead
    leads: list[ShopLead] = []
    page: LeadPage[ShopLead] | None = None
    request: AddLeadRequest | None = None


@pytest.mark.parametrize(
    "model",
    [
        LEAD,
        SHOP_LEAD,
        PAGE,
        LeadLabel(id=ID, name="Hot", color="red"),
        from_dict(
            Person, {"id": 1, "name": "Ann", "org_id": 7, "emails": [{"value": "a@b.example"}]}
        ),
        AddLeadRequest(title="New", person_id=42, custom_fields={KEY: 5}),
        EnsuredLead(lead=SHOP_LEAD, created=True),
        AddLeadResult(key="1", lead=SHOP_LEAD, error=OutcomeUnknownError("unknown")),
        LeadNames(owners={1: "Ann"}, labels=LabelNames({ID: "Hot"})),
    ],
    ids=lambda model: type(model).__name__,
)
def test_objects_are_written_as_to_dict_writes_them(model: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(model.__class__)
    assert adapter.dump_python(model) == to_dict(model)
    assert json.loads(adapter.dump_json(model)) == json.loads(json.dumps(to_dict(model)))


def test_lead_is_written_with_the_fields_of_its_own_class() -> None:
    assert TypeAdapter(Lead).dump_python(SHOP_LEAD)[KEY] == 7
    assert TypeAdapter(list[Lead]).dump_python([SHOP_LEAD]) == [to_dict(SHOP_LEAD)]


def test_lead_is_written_without_what_the_caller_leaves_out() -> None:
    adapter = TypeAdapter(Lead)
    assert adapter.dump_python(LEAD, include={"id", "title"}) == {"id": ID, "title": "Big order"}
    assert "title" not in adapter.dump_python(LEAD, exclude={"title"})
    assert adapter.dump_python(LEAD, exclude_none=True) == {**ROW, "label_ids": []}


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (Lead, LEAD),
        (ShopLead, SHOP_LEAD),
        (LeadPage[ShopLead], PAGE),
        (LeadPage, LeadPage(leads=[LEAD], start=0, limit=1, more_items_in_collection=True)),
        (EnsuredLead[ShopLead], EnsuredLead(lead=SHOP_LEAD, created=True)),
        (AddLeadResult, AddLeadResult(key="1", lead=LEAD)),
        (LeadNames, LeadNames(owners={1: "Ann"}, labels=LabelNames({ID: "Hot"}))),
        (AddLeadRequest, AddLeadRequest(title="New", person_id=42, custom_fields={KEY: 5})),
    ],
    ids=str,
)
def test_objects_are_read_from_their_json(kind: Any, model: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    assert adapter.validate_json(adapter.dump_json(model)) == model
    assert adapter.validate_python(model) is model


def test_reading_changes_no_input() -> None:
    row = {**ROW, "value": dict(ROW["value"])}
    TypeAdapter(Lead).validate_python(row)
    assert row == ROW


def test_pydantic_model_has_models_as_fields() -> None:
    request = AddLeadRequest(title="New", person_id=42)
    form = Form(lead=LEAD, leads=[SHOP_LEAD], page=PAGE, request=request)
    assert form.model_dump()["page"] == to_dict(PAGE)
    assert form.model_dump_json(include={"request"}) == '{"request":{"title":"New","person_id":42}}'
    assert Form.model_validate_json(form.model_dump_json()) == form


def errors(kind: Any, value: Any) -> list[Any]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return [(error["loc"], error["type"], error["input"]) for error in caught.value.errors()]


def test_errors_of_models_have_the_places_of_all_values() -> None:
    row = {"id": 5, "label_ids": [ID, 3], "value": {"amount": "5"}}
    assert errors(Lead, row) == [
        (("id",), "value_error", 5),
        (("title",), "missing", row),
        (("label_ids", 1), "value_error", 3),
        (("value", "amount"), "value_error", "5"),
        (("value", "currency"), "missing", {"amount": "5"}),
    ]


def test_errors_of_requests_have_the_places_of_all_values() -> None:
    value = {"amount": 5, "currency": "Euro"}
    row = {"titel": "x", "person_id": "5", "value": value, "label_ids": ["Hot"], KEY: {5: {5}}}
    assert errors(AddLeadRequest, row) == [
        (("titel",), "value_error", "x"),
        (("label_ids", 0), "value_error", "Hot"),
        (("value", "currency"), "value_error", "Euro"),
        (("person_id",), "value_error", "5"),
        ((KEY,), "value_error", {5: {5}}),
        (("title",), "missing", row),
    ]


def test_errors_of_nested_objects_have_the_whole_place() -> None:
    assert errors(Form, {"lead": LEAD, "page": {"leads": [LEAD, {**ROW, "title": None}]}})[:2] == [
        (("page", "leads", 0), "value_error", LEAD),
        (("page", "leads", 1, "title"), "value_error", None),
    ]


def test_error_of_an_item_has_its_index_in_the_whole_list() -> None:
    emails = [{"value": "a@b.example"}, {"value": "c@d.example"}, {"value": 5}]
    row = {"id": 1, "name": "Ann", "emails": emails}
    assert errors(Person, row) == [(("emails", 2, "value"), "value_error", 5)]


def test_large_body_has_a_hundred_errors() -> None:
    assert len(errors(AddLeadRequest, {f"key_{i}": i for i in range(20_000)})) == 100


def test_error_of_several_keys_has_the_place_of_the_object() -> None:
    assert errors(AddLeadRequest, {"title": "New"}) == [((), "value_error", {"title": "New"})]
    assert errors(Lead, 5) == [((), "value_error", 5)]


def test_error_of_renamed_attribute_is_placed_at_its_object() -> None:
    assert errors(Person, {"id": 1, "name": "Ann", "org_id": "7"})[0][1] == "value_error"


def test_message_of_error_can_contain_braces() -> None:
    with pytest.raises(ValidationError, match=r"got '\{reason\}'"):
        TypeAdapter(AddLeadRequest).validate_python(
            {"title": "New", "person_id": 1, "label_ids": ["{reason}"]}
        )


def test_no_error_repeats_a_password() -> None:
    row = {"subscription_url": "https://app.example", "http_auth_password": "secret"}
    assert errors(AddWebhookRequest, row) == [
        ((), "value_error", {**row, "http_auth_password": "***"})
    ]
    row["http_auth_password"] = ["secret"]  # type: ignore[assignment]  # the case
    assert "secret" not in str(errors(AddWebhookRequest, row))
    assert "secret" not in str(errors(Webhook, row))


def test_error_of_a_result_cannot_be_read() -> None:
    assert errors(AddLeadResult, {"key": "1", "error": "x"}) == [(("error",), "value_error", "x")]
    error = ValueError("x")
    assert TypeAdapter(AddLeadResult).validate_python({"key": "1", "error": error}).error is error


def test_lead_class_that_cannot_be_read_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"tags is annotated as set\[int\]"):
        TypeAdapter(BadLead)
