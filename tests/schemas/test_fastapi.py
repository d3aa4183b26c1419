"""Test models and requests as the types of bodies and responses in FastAPI."""

from __future__ import annotations

from typing import Annotated, Any, Final

import attrs
import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient

from pipedrive_leads_async import (
    AddLeadRequest,
    AddPersonRequest,
    Lead,
    LeadPage,
    UpdateLeadRequest,
    custom_field,
    from_dict,
    to_dict,
)

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"


@attrs.frozen(kw_only=True)
class ShopLead(Lead):
    size: int | None = custom_field(KEY)


LEAD: Final = from_dict(
    ShopLead, {"id": ID, "title": "New", KEY: 5, "add_time": "2026-01-31T12:00:00.000Z"}
)

app = FastAPI()
browser = TestClient(app)


@app.get("/lead")
async def get_lead() -> Lead:
    return LEAD


@app.get("/leads")
async def get_leads() -> list[ShopLead]:
    return [LEAD]


@app.get("/page", response_model_exclude_none=True)
async def get_page() -> LeadPage[ShopLead]:
    return LeadPage(leads=[LEAD], start=0, limit=1, more_items_in_collection=False)


@app.post("/leads")
async def add_lead(request: Annotated[AddLeadRequest, Body()]) -> AddLeadRequest:
    return request


@app.patch("/leads/{id}")
async def update_lead(id: str, request: Annotated[UpdateLeadRequest, Body()]) -> Lead:
    return attrs.evolve(LEAD, title=str(request.title))


@app.post("/both")
async def add_both(
    lead: Annotated[AddLeadRequest, Body()], person: Annotated[AddPersonRequest, Body()]
) -> dict[str, Any]:
    return {"lead": to_dict(lead), "person": to_dict(person)}


def test_lead_is_a_response() -> None:
    assert browser.get("/lead").json() == to_dict(LEAD)


def test_list_of_leads_is_a_response() -> None:
    assert browser.get("/leads").json() == [to_dict(LEAD)]


def test_page_of_leads_is_a_response_without_nulls() -> None:
    lead = {key: value for key, value in to_dict(LEAD).items() if value is not None}
    page = {"leads": [lead], "start": 0, "limit": 1, "more_items_in_collection": False}
    assert browser.get("/page").json() == page


def test_request_is_a_body_and_a_response() -> None:
    body = {"title": "New", "person_id": 42, "expected_close_date": "2026-01-31", KEY: [1]}
    assert browser.post("/leads", json=body).json() == body
    assert browser.patch(f"/leads/{ID}", json={"title": "Other"}).json()["title"] == "Other"


def test_two_requests_are_parts_of_a_body() -> None:
    parts = {"lead": {"title": "New", "person_id": 42}, "person": {"name": "Ann"}}
    assert browser.post("/both", json=parts).json() == parts
    refused = browser.post("/both", json={**parts, "person": {"name": ""}})
    assert refused.json()["detail"][0]["loc"] == ["body", "person", "name"]


@pytest.mark.parametrize(
    ("wrong", "loc", "message"),
    [
        ({"person_id": "42"}, ["person_id"], "person_id must be an int or a Person, got str"),
        ({"title": " "}, ["title"], "title is empty: pass a text"),
        ({"label_ids": [ID, 5]}, ["label_ids", 1], "label_ids[1] must be a str (a UUID), got int"),
        ({"value": {"amount": "5"}}, ["value", "amount"], "expected float, got str"),
        ({"value": {"amount": 5}}, ["value", "currency"], "Field required"),
        ({KEY[1:]: 5}, [KEY[1:]], "unknown key"),
        (
            {"value": {"amount": 5, "currency": "EUR", "foo": 1}},
            ["value", "foo"],
            "unknown key",
        ),
        ({"visible_to": "9"}, ["visible_to"], "visible_to must be 1, 3, 5 or 7, got '9'"),
        ({"expected_close_date": "soon"}, ["expected_close_date"], "expected a date in ISO 8601"),
    ],
    ids=["id", "text", "item", "nested", "missing", "unknown", "nested unknown", "level", "date"],
)
def test_wrong_value_is_a_422_that_names_it(
    wrong: dict[str, Any], loc: list[Any], message: str
) -> None:
    response = browser.post("/leads", json={"title": "New", "person_id": 42, **wrong})
    assert response.status_code == 422
    detail = {tuple(each["loc"]): each["msg"] for each in response.json()["detail"]}
    assert detail[("body", *loc)].startswith(message)


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "1e999", '[[NaN], "x"]'])
def test_value_that_json_has_not_is_a_422(text: str) -> None:
    body = f'{{"title": "New", "person_id": {text}}}'
    headers = {"Content-Type": "application/json"}
    response = browser.post("/leads", content=body, headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "person_id"]


def test_body_without_a_content_type_is_a_422_that_names_the_header() -> None:
    response = browser.post("/leads", content=b'{"title": "New"}')
    assert response.status_code == 422
    assert "Content-Type: application/json" in response.json()["detail"][0]["msg"]


def test_cross_check_of_a_request_is_a_422() -> None:
    response = browser.post("/leads", json={"title": "New"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body"]


def test_openapi_has_the_fields_of_models_and_requests() -> None:
    assert browser.get("/docs").status_code == 200
    schemas = browser.get("/openapi.json").json()["components"]["schemas"]
    assert {"Lead", "ShopLead", "UpdateLeadRequest"} < set(schemas)
    assert schemas["UpdateLeadRequest"]["properties"]["title"]["type"] == "string"
    assert schemas["ShopLead"]["properties"][KEY]["anyOf"][0] == {"type": "integer"}
    (page,) = [schemas[name] for name in schemas if name.startswith("LeadPage")]
    assert page["properties"]["leads"]["items"] == {"$ref": "#/components/schemas/ShopLead"}
    (posted, returned) = (schemas[f"AddLeadRequest-{mode}"] for mode in ("Input", "Output"))
    assert posted["required"] == returned["required"] == ["title"]
