"""Test that the sandbox changes persons and organizations, and which values it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_violates_schema, serving

PERSONS: Final = "/api/v2/persons"
ORGANIZATIONS: Final = "/api/v2/organizations"
KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"


REFUSED: Final[list[tuple[str, str, list[Any]]]] = [
    (PERSONS, "owner_id", [1, "11884360", None]),
    (PERSONS, "org_id", [10_000, "1", None]),
    (PERSONS, "visible_to", ["3", 2, True]),
    (PERSONS, "label_ids", ["1", [True]]),
    (PERSONS, "custom_fields", [[], {KEY: []}]),
    (PERSONS, "emails", ["a@b.example", ["a@b.example"], [{"label": "work"}], [{"value": 1}]]),
    (PERSONS, "phones", [[{"value": "1", "type": "work"}]]),
    (PERSONS, "postal_address", ["Pikk 1", {"country": "Estonia"}]),
    (PERSONS, "birthday", ["31.12.2000", "2000-02-30", 5]),
    (PERSONS, "notes", [None, 5]),
    (PERSONS, "marketing_status", ["maybe"]),
    (PERSONS, "first_name", [5]),
    (ORGANIZATIONS, "address", ["Pikk 1", {"value": "Pikk 1", "country": None}]),
    (ORGANIZATIONS, "website", [5]),
    (ORGANIZATIONS, "annual_revenue", ["100", 1.5]),
]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


async def test_changed_person_keeps_its_other_properties(api: Api) -> None:
    person = (await api.get(f"{PERSONS}/1")).data
    assert person["update_time"] is None
    changed = (await api.patch(f"{PERSONS}/1", {"name": "Zora Neale Hurston"})).data
    assert changed["update_time"] >= person["add_time"]
    assert changed == (await api.get(f"{PERSONS}/1")).data
    assert changed == person | {
        "name": "Zora Neale Hurston",
        "first_name": "Zora",
        "last_name": "Neale Hurston",
        "update_time": changed["update_time"],
    }


async def test_email_addresses_of_a_change_replace_all(api: Api) -> None:
    new = [{"value": "z@example.com", "label": "home", "primary": True}]
    changed = (await api.patch(f"{PERSONS}/1", {"emails": new})).data
    assert changed["emails"] == new
    assert changed["phones"]
    assert (await api.patch(f"{PERSONS}/1", {"emails": []})).data["emails"] == []


@pytest.mark.parametrize("path", [PERSONS, ORGANIZATIONS])
async def test_custom_fields_of_a_change_are_merged(api: Api, path: str) -> None:
    other = f"{'0' * 39}1"
    await api.patch(f"{path}/1", {"custom_fields": {KEY: 1, other: 2}})
    changed = await api.patch(f"{path}/1", {"custom_fields": {other: None}})
    assert changed.data["custom_fields"] == {KEY: 1, other: None}


async def test_address_of_an_organization_is_returned_as_a_text(api: Api) -> None:
    address = {"value": "Pikk 12, Tallinn", "country": "Estonia"}
    body: dict[str, Any] = {"name": "Nemo", "address": address, "website": "https://nemo.ee"}
    added = (await api.post(ORGANIZATIONS, body)).data
    assert (added["address"], added["website"]) == ("Pikk 12, Tallinn", "https://nemo.ee")
    changed = (await api.patch(f"{ORGANIZATIONS}/{added['id']}", {"website": None})).data
    assert (changed["address"], changed["website"]) == ("Pikk 12, Tallinn", None)


async def test_creation_time_of_a_new_contact_is_kept(api: Api) -> None:
    body = {"name": "Nemo", "add_time": "2020-01-31T12:00:00+02:00"}
    for path in (PERSONS, ORGANIZATIONS):
        assert (await api.post(path, body)).data["add_time"] == "2020-01-31T10:00:00Z"
    assert api.sandbox.add_person(add_time="yesterday")["add_time"] == "yesterday"


@pytest.mark.parametrize(("path", "name", "values"), REFUSED, ids=str)
async def test_invalid_value_is_refused(api: Api, path: str, name: str, values: list[Any]) -> None:
    for value in values:
        assert_violates_schema(await api.post(path, {"name": "Nemo", name: value}), f"{name} must")
        assert_violates_schema(await api.patch(f"{path}/1", {name: value}), f"{name} must be")


@pytest.mark.parametrize("value", ["yesterday", "2020-01-31T12:00:00", 5])
async def test_invalid_creation_time_is_refused(api: Api, value: object) -> None:
    reply = await api.post(PERSONS, {"name": "Nemo", "add_time": value})
    assert_violates_schema(reply, "add_time must be a time")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "at least one property"),
        ({"name": " "}, "Name must be given"),
        ({"add_time": "2020-01-31T12:00:00Z"}, "add_time"),
        ({"email": "a@b.example"}, "Parameter 'email' is not allowed"),
    ],
    ids=str,
)
async def test_invalid_change_is_refused(api: Api, body: Any, word: str) -> None:
    assert_violates_schema(await api.patch(f"{PERSONS}/1", body), word)
    assert_violates_schema(await api.patch(f"{ORGANIZATIONS}/1", body), word)


async def test_missing_contact_cannot_be_changed(api: Api) -> None:
    for path in (PERSONS, ORGANIZATIONS):
        assert (await api.patch(f"{path}/10000", {"name": "Nemo"})).status == 404
