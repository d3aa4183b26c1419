"""Test the sandbox's lead fields, and the values of custom fields of leads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving

FLAGS = {
    "active_flag",
    "edit_flag",
    "json_column_flag",
    "projects_detail_visible_flag",
    "details_visible_flag",
    "add_visible_flag",
    "important_flag",
    "bulk_edit_allowed",
    "searchable_flag",
    "filtering_allowed",
    "sortable_flag",
    "mandatory_flag",
}

RECORDED = {
    *FLAGS,
    "id",
    "key",
    "name",
    "group_id",
    "order_nr",
    "field_type",
    "add_time",
    "update_time",
    "last_updated_by_user_id",
    "restriction_settings",
    "user_restrictions",
    "description",
    "created_by_user_id",
    "show_in_pipelines",
}
"""The keys of a deal field that Pipedrive returned in March 2026, without `options`."""

# The format of the values of each custom field of the seeded account, by type and suffix.
FORMATS: dict[str, dict[str, str]] = {
    "varchar": {"": "[A-Z].+"},
    "varchar_auto": {"": ".+"},
    "text": {"": "[A-Z].+"},
    "phone": {"": r"\+44 20 7946 0\d{3}"},
    "double": {"": r"\d+"},
    "monetary": {"": r"\d+", "_currency": "EUR|USD|GBP"},
    "enum": {"": "190|191|192"},
    "set": {"": r"20[123](,20[123])*"},
    "user": {"": r"1188436\d"},
    "org": {"": r"\d+"},
    "people": {"": r"\d+"},
    "date": {"": r"2026-\d\d-\d\d"},
    "daterange": {"": r"2026-\d\d-01", "_until": r"2026-\d\d-28"},
    "time": {"": r"\d\d:\d\d:00", "_timezone_id": r"\d+"},
    "timerange": {"": r"\d\d:00:00", "_until": r"\d\d:30:00", "_timezone_id": r"\d+"},
    "address": {
        "": r"\D+ \d+, \w+",
        "_subpremise": r"\d",
        "_street_number": r"\d+",
        "_route": ".+",
        "_sublocality": ".+",
        "_locality": ".+",
        "_admin_area_level_1": ".+",
        "_admin_area_level_2": ".+",
        "_country": ".+",
        "_postal_code": ".+",
        "_formatted_address": ".+",
    },
}
NUMBERS = {"double", "monetary", "user", "org", "people"}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


async def fields(api: Api) -> list[Any]:
    """Return all fields that are not parts of other fields."""
    data = (await api.get("/leadFields", limit="500")).data
    return [field for field in data if "is_subfield" not in field]


async def custom_fields(api: Api) -> list[Any]:
    return [field for field in await fields(api) if field["edit_flag"]]


async def test_field_has_the_documented_properties(api: Api) -> None:
    numbers: list[int] = []
    for field in await fields(api):
        assert type(field["id"]) is int
        assert field["order_nr"] == field["id"]
        numbers.append(field["id"])
        assert all(isinstance(field[name], str) for name in ("key", "name", "field_type"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", field["add_time"])
        assert all(type(field[flag]) is bool for flag in FLAGS)
        assert {"update_time", "last_updated_by_user_id", "created_by_user_id"} <= set(field)
        assert set(field) - {"options"} == RECORDED
        assert field.get("options") != []
        for option in field.get("options", ()):
            assert {"id", "label"} <= set(option)
    assert numbers == sorted(set(numbers))


async def test_default_fields_come_first_and_are_not_editable(api: Api) -> None:
    default = {field["key"]: field for field in await fields(api) if not field["edit_flag"]}
    assert list(default)[:2] == ["title", "owner_id"]
    assert default["title"]["mandatory_flag"] is True
    types = {key: field["field_type"] for key, field in default.items()}
    assert types["title"] == "varchar"
    assert types["owner_id"] == "user"
    assert types["deal_value"] == "monetary"
    assert types["expected_close_date"] == "date"
    assert types["person_id"] == "people"
    assert types["organization_id"] == "org"
    assert types["visible_to"] == "visible_to"
    assert types["archive_time"] == "date"
    assert "options" not in default["title"]
    assert set(default) - {"deal_value"} <= set(api.sandbox.add_lead())


async def test_options_of_default_fields_have_ids_of_several_types(api: Api) -> None:
    options = {
        field["key"]: field["options"]
        for field in await fields(api)
        if not field["edit_flag"] and "options" in field
    }
    assert set(options) == {"label_ids", "origin", "channel", "visible_to", "is_archived"}
    assert [option["label"] for option in options["label_ids"]] == ["Hot", "Warm", "Cold"]
    assert options["label_ids"][0]["id"] == (await api.get("/leadLabels")).data[0]["id"]
    assert options["visible_to"][0] == {"id": 1, "label": "Item owner"}
    assert {"id": "API", "label": "API"} in options["origin"]
    assert len(options["origin"]) == 13
    assert {"LeadSuggestion", "Chatbot", "WebVisitors", "Campaigns", "MessagingInbox"} <= {
        option["id"] for option in options["origin"]
    }
    assert options["channel"][7] == {"id": 8, "label": "Marketplace", "alt_id": "marketplace"}
    assert {"id": True, "label": "Archived"} in options["is_archived"]


async def test_new_account_has_a_custom_field_of_every_type(api: Api) -> None:
    custom = await custom_fields(api)
    assert {field["field_type"] for field in custom} == set(FORMATS)
    assert len({field["key"] for field in custom}) == len({field["name"] for field in custom}) == 16
    assert all(re.fullmatch("[0-9a-f]{40}", field["key"]) for field in custom)
    user = (await api.get("/users/me")).data["id"]
    assert {field["created_by_user_id"] for field in custom} == {user}
    options = {field["name"]: field["options"] for field in custom if "options" in field}
    assert options["Customer type"] == [
        {"id": 190, "label": "Private person"},
        {"id": 191, "label": "Company"},
        {"id": 192, "label": "Government"},
    ]
    assert set(options) == {"Customer type", "Interests"}


async def test_parts_of_a_field_are_listed_after_it(api: Api) -> None:
    parts: dict[Any, list[Any]] = {}
    last: dict[str, Any] = {}
    for field in (await api.get("/leadFields")).data:
        if "is_subfield" not in field:
            last = field
            continue
        assert field["id"] is None
        assert field["is_subfield"] is True
        assert field["parent_id"] == last["id"]
        assert field["key"] == f"{last['key']}_{field['id_suffix']}"
        assert last["name"] in field["name"]
        parts.setdefault(last["field_type"], []).append(f"_{field['id_suffix']}")
    for field_type in set(FORMATS):
        assert ["", *sorted(parts.get(field_type, []))] == sorted(FORMATS[field_type])


async def test_fields_are_listed_in_pages(api: Api) -> None:
    for number in range(100):
        api.sandbox.add_custom_field(f"Field {number}", "varchar")
    first = await api.get("/leadFields")
    assert len(first.data) == 100
    assert first.pagination == {
        "start": 0,
        "limit": 100,
        "more_items_in_collection": True,
        "next_start": 100,
    }
    second = await api.get("/leadFields", start="100")
    assert second.pagination["more_items_in_collection"] is False
    assert second.data[-1]["name"] == "Field 99"
    assert first.data + second.data == (await api.get("/leadFields", limit="500")).data
    assert_refused(await api.get("/leadFields", limit="501"), "limit")


# Added fields


async def test_added_field_is_the_last(api: Api) -> None:
    key = api.sandbox.add_custom_field("Budget", "monetary")
    assert re.fullmatch("[0-9a-f]{40}", key)
    *_, field = await custom_fields(api)
    assert (field["key"], field["name"], field["field_type"]) == (key, "Budget", "monetary")
    assert field["add_time"] > "2026"
    parts = (await api.get("/leadFields")).data[-1]
    assert (parts["key"], parts["name"]) == (f"{key}_currency", "Currency of Budget")


async def test_several_fields_may_have_the_same_name(api: Api) -> None:
    keys = {api.sandbox.add_custom_field("Budget", "double") for _ in range(2)}
    named = {field["key"] for field in await custom_fields(api) if field["name"] == "Budget"}
    assert keys < named
    assert len(named) == 3


async def test_added_options_have_unique_ids(api: Api) -> None:
    api.sandbox.add_custom_field("Stage", "enum", ["Hot", "Cold"])
    api.sandbox.add_custom_field("Moods", "set", ("Good", "Bad", "Good"))
    *_, stage, moods = await custom_fields(api)
    assert [option["label"] for option in stage["options"]] == ["Hot", "Cold"]
    assert [option["label"] for option in moods["options"]] == ["Good", "Bad", "Good"]
    options = [
        option["id"] for field in await custom_fields(api) for option in field.get("options", ())
    ]
    assert len(set(options)) == len(options) == 11


async def test_added_field_can_be_set_and_cleared(api: Api) -> None:
    key = api.sandbox.add_custom_field("Discount", "double")
    lead = (await api.post("/leads", {"title": "x", "person_id": 1, key: 12.5})).data
    assert lead[key] == 12.5
    assert key not in (await api.patch(f"/leads/{lead['id']}", {key: None})).data


def test_keys_of_added_fields_depend_on_the_seed() -> None:
    first, second, other = (Sandbox(leads=0, seed=seed) for seed in (1, 1, 2))
    key = first.add_custom_field("Budget", "double")
    assert key == second.add_custom_field("Budget", "double")
    assert key != other.add_custom_field("Budget", "double")


# Values of leads


async def test_leads_have_values_of_every_type_in_its_format(api: Api) -> None:
    types = {field["key"]: field["field_type"] for field in await custom_fields(api)}
    seen: set[str] = set()
    for lead in Sandbox(leads=300).leads:
        values_by_key: dict[str, dict[str, Any]] = {}
        for name, value in lead.items():
            if len(name) >= 40:
                values_by_key.setdefault(name[:40], {})[name[40:]] = value
        for key, values in values_by_key.items():
            field_type = types[key]
            seen.add(field_type)
            formats = FORMATS[field_type]
            assert set(values) == set(formats)
            for suffix, pattern in formats.items():
                assert re.fullmatch(pattern, str(values[suffix]), re.DOTALL)
            assert isinstance(values[""], int) is (field_type in NUMBERS)
    assert seen == set(FORMATS)


async def test_leads_link_to_existing_persons_and_organizations(api: Api) -> None:
    keys = {field["field_type"]: field["key"] for field in await custom_fields(api)}
    for lead in Sandbox(leads=100).leads:
        for field_type, path in (("people", "persons"), ("org", "organizations")):
            if keys[field_type] in lead:
                assert (await api.get(f"/api/v2/{path}/{lead[keys[field_type]]}")).status == 200
