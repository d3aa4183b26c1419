"""Test the JSON schemas of models and requests."""

from __future__ import annotations

import enum
import re
from typing import Any, Final

import attrs
import pytest
from pydantic import TypeAdapter

import pipedrive_leads_async
from pipedrive_leads_async import (
    AddLeadRequest,
    AddLeadResult,
    AddPersonRequest,
    AddWebhookRequest,
    Lead,
    LeadNames,
    LeadPage,
    Person,
    UpdateLeadRequest,
    custom_field,
    to_dict,
)
from pipedrive_leads_async._pydantic.properties import Mode

KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
MODES: Final[list[Mode]] = ["validation", "serialization"]


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


@attrs.frozen
class Box:
    width: int


@attrs.frozen(kw_only=True)
class ShopLead(Lead):
    """A lead of the shop.

    Attributes:
        size: The size
            of the box.
    """

    size: Size | None = custom_field(KEY)
    box: Box | None = custom_field("4ce5b1409718d65a8adc965be1f0da8821d8b9ab")
    code: int | str | None = custom_field("5ce5b1409718d65a8adc965be1f0da8821d8b9ab")


def schema_of(kind: Any, mode: Mode = "validation") -> dict[str, Any]:
    return TypeAdapter(kind).json_schema(mode=mode)


CLASSES: Final = [
    name
    for name in pipedrive_leads_async.__all__
    if hasattr(getattr(pipedrive_leads_async, name), "__get_pydantic_core_schema__")
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_schema_whose_properties_are_described(name: str, mode: Mode) -> None:
    schema = schema_of(getattr(pipedrive_leads_async, name), mode)
    assert schema["title"] == name
    assert schema["description"]
    assert schema["properties"]
    undescribed = [key for key, each in schema["properties"].items() if "description" not in each]
    assert undescribed == []


def test_number_of_classes_with_a_schema() -> None:
    assert len(CLASSES) == 40


def test_schema_of_a_request_has_types_and_required_keys() -> None:
    schema = schema_of(AddLeadRequest)
    assert schema["required"] == ["title"]
    assert schema["properties"]["title"]["type"] == "string"
    assert schema["properties"]["person_id"]["type"] == "integer"
    assert schema["properties"]["expected_close_date"]["format"] == "date"
    assert schema["properties"]["label_ids"]["items"] == {"type": "string"}
    value, null = schema["properties"]["value"]["anyOf"]
    assert null == {"type": "null"}
    assert value["required"] == ["amount", "currency"]
    level = schema["properties"]["visible_to"]
    assert level["type"] == "string"
    assert level["enum"] == ["1", "3", "5", "7"]


def test_schema_of_a_request_allows_its_keys_and_custom_fields_only() -> None:
    schema = schema_of(AddLeadRequest)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["custom_fields"]["type"] == "object"
    (pattern,) = schema["patternProperties"]
    assert re.search(pattern, KEY)
    assert re.search(pattern, f"{KEY}_currency")
    assert not re.search(pattern, KEY[1:])
    assert "custom_fields" not in schema_of(AddLeadRequest, "serialization")["properties"]
    assert schema_of(Lead)["additionalProperties"] is True


@pytest.mark.parametrize("mode", MODES)
def test_schema_of_a_value_in_a_request_allows_its_keys_only(mode: Mode) -> None:
    def allows_more(kind: Any, key: str) -> bool:
        schema = schema_of(kind, mode)["properties"][key]
        while not schema.get("properties"):
            schema = schema["anyOf"][0] if "anyOf" in schema else schema["items"]
        return bool(schema["additionalProperties"])

    assert not allows_more(AddLeadRequest, "value")
    assert not allows_more(AddPersonRequest, "emails")
    assert not allows_more(AddPersonRequest, "postal_address")
    assert allows_more(Lead, "value")
    assert allows_more(Person, "emails")


@pytest.mark.parametrize("name", CLASSES)
def test_descriptions_are_for_readers_of_the_json(name: str) -> None:
    properties = schema_of(getattr(pipedrive_leads_async, name))["properties"]
    for key, each in properties.items():
        text = each["description"].partition(" In Python, ")[0]
        found = re.findall(r"`\w+`|\b(?:str|int|dict|bool|None|True|False)\b", text)
        python = {f"`{each}`" for each in pipedrive_leads_async.__all__ if "Error" not in each}
        assert not [each for each in found if each in python or "`" not in each], f"{key}: {text}"


def test_schema_of_a_written_request_requires_no_left_out_key() -> None:
    assert schema_of(UpdateLeadRequest, "serialization")["required"] == []
    assert schema_of(AddLeadRequest, "serialization")["required"] == ["title"]


def test_schema_of_a_password_is_write_only() -> None:
    properties = schema_of(AddWebhookRequest)["properties"]
    assert properties["http_auth_password"]["anyOf"][0]["writeOnly"]
    assert properties["event_object"]["default"] == "lead"


def test_schema_has_the_keys_of_the_json() -> None:
    properties = schema_of(AddPersonRequest)["properties"]
    assert "org_id" in properties
    assert "organization_id" not in properties


def test_written_lead_has_all_required_keys() -> None:
    schema = schema_of(Lead, "serialization")
    assert schema_of(Lead)["required"] == ["id", "title"]
    assert set(schema["required"]) == set(to_dict(Lead(id="1", title="New")))


def test_schema_of_a_users_lead_has_its_fields() -> None:
    properties = schema_of(ShopLead)["properties"]
    size, box, code = (properties[KEY.replace("3", first, 1)] for first in "345")
    assert size == {
        "anyOf": [{"enum": [1, 2]}, {"type": "null"}],
        "description": "The size of the box.",
    }
    assert box["anyOf"][0]["properties"] == {"width": {"type": "integer"}}
    assert code == {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}
    assert properties["title"]["description"] == "The title."


@pytest.mark.parametrize("mode", MODES)
def test_page_refers_to_the_schema_of_its_leads(mode: Mode) -> None:
    schema = schema_of(LeadPage[ShopLead], mode)
    assert schema["properties"]["leads"]["items"] == {"$ref": "#/$defs/ShopLead"}
    assert schema["$defs"]["ShopLead"]["description"] == "A lead of the shop."
    assert schema_of(LeadPage)["properties"]["leads"]["items"] == {"$ref": "#/$defs/Lead"}


def test_written_page_has_all_required_keys() -> None:
    page = to_dict(LeadPage(leads=[], start=0, limit=1, more_items_in_collection=False))
    assert set(schema_of(LeadPage, "serialization")["required"]) == set(page)
    assert "checkpoint" not in schema_of(LeadPage)["required"]


def test_error_of_a_result_is_a_text_in_its_schema() -> None:
    error = schema_of(AddLeadResult, "serialization")["properties"]["error"]
    assert {"type": "string"} in error["anyOf"]


def test_names_by_number_are_an_object_in_their_schema() -> None:
    owners = schema_of(LeadNames)["properties"]["owners"]
    assert owners["additionalProperties"] == {"type": "string"}
