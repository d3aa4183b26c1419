"""Test the models of persons and organizations, with responses recorded in March 2026."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipedrive_leads_async import (
    ContactDetail,
    DecodeError,
    Organization,
    OrganizationSearchResult,
    Person,
    PersonSearchResult,
    PostalAddress,
    from_dict,
    to_dict,
)
from pipedrive_leads_async._codec.decode_exact import decode_exactly
from tests.operations.contacts.recorded import RECORDED

RECORDED_ROWS = [(Person, row) for row in RECORDED["persons"]] + [
    (Organization, row) for row in RECORDED["organizations"]
]


@pytest.mark.parametrize(("cls", "row"), RECORDED_ROWS, ids=lambda each: str(each)[:12])
def test_recorded_contact_is_the_same_after_decoding_and_encoding(
    cls: type[Any], row: dict[str, Any]
) -> None:
    contact = from_dict(cls, row)
    assert contact.extra == {}
    assert to_dict(contact) == row
    assert decode_exactly(cls, row, "$") == contact


def test_person_has_the_names_of_this_library() -> None:
    person = from_dict(Person, RECORDED["persons"][0])
    assert (person.id, person.name, person.organization_id) == (9, "Jane Smith", 301)
    assert person.add_time == dt.datetime(2025, 5, 1, 19, 25, 55, tzinfo=dt.UTC)
    assert person.emails == (
        ContactDetail(value="jane.smith@example.com", label="work", primary=True),
    )
    assert person.custom_fields is not None
    assert person.custom_fields["a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0"] == 100


# The example of Pipedrive's OpenAPI file.
DOCUMENTED: dict[str, Any] = {
    "id": 1,
    "name": "Person Name",
    "first_name": "Person",
    "last_name": "Name",
    "owner_id": 1,
    "org_id": 1,
    "add_time": "2021-01-01T00:00:00Z",
    "update_time": "2021-01-01T00:00:00Z",
    "emails": [{"value": "email1@email.com", "primary": True, "label": "work"}],
    "phones": [{"value": "12345", "primary": True, "label": "work"}],
    "is_deleted": False,
    "visible_to": 7,
    "label_ids": [1, 2, 3],
    "picture_id": 1,
    "custom_fields": {},
    "notes": "Notes from contact sync",
    "im": [{"value": "skypeusername", "primary": True, "label": "skype"}],
    "birthday": "2000-12-31",
    "job_title": "Manager",
    "postal_address": {"value": "123 Main St", "country": "USA", "admin_area_level_1": "CA"},
    "marketing_status": "subscribed",
}


def test_documented_person_is_decoded() -> None:
    person = from_dict(Person, DOCUMENTED)
    assert person.label_ids == (1, 2, 3)
    assert person.birthday == dt.date(2000, 12, 31)
    assert person.postal_address == PostalAddress(
        value="123 Main St", country="USA", admin_area_level_1="CA"
    )
    assert str(person.postal_address) == "123 Main St"
    assert to_dict(person) == DOCUMENTED
    assert decode_exactly(Person, DOCUMENTED, "$") == person


@pytest.mark.parametrize("value", ["0000-00-00", "", 5])
def test_impossible_birthday_is_read_as_none(value: object) -> None:
    assert from_dict(Person, {"id": 1, "name": "Ann", "birthday": value}).birthday is None


def test_address_is_a_text_or_an_object() -> None:
    row = {"id": 1, "name": "Acme"}
    assert from_dict(Organization, row | {"address": "Pikk 1"}).address == "Pikk 1"
    address = from_dict(Organization, row | {"address": {"value": "Pikk 1"}}).address
    assert address == PostalAddress(value="Pikk 1")
    assert str(PostalAddress(country="Estonia")) == ""
    for wrong, path in ((5, "$.address"), ({"value": 5}, "$.address.value")):
        with pytest.raises(DecodeError) as caught:
            from_dict(Organization, row | {"address": wrong})
        assert caught.value.paths[0].startswith(f"{path}: expected ")


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("label_ids", ["1"], "$.label_ids[0]: expected int, got str"),
        ("custom_fields", [], "$.custom_fields: expected dict, got list"),
        ("emails", [{"value": None}], "$.emails[0].value: expected str, got NoneType"),
        ("visible_to", "3", "$.visible_to: expected int, got str"),
    ],
)
def test_value_of_another_type_is_an_error(name: str, value: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_dict(Person, {"id": 1, "name": "Ann", name: value})
    assert caught.value.paths == (path,)


def test_time_with_a_fraction_keeps_it() -> None:
    row = {"id": 1, "name": "Ann", "add_time": "2025-05-01T19:25:55.500000Z"}
    assert to_dict(from_dict(Person, row))["add_time"] == row["add_time"]
    assert to_dict(Person(id=1, name="Ann"))["add_time"] is None


def test_contacts_are_hashed_by_their_ids() -> None:
    assert hash(Person(id=1, name="Ann")) == hash(Person(id=1, name="Bo", custom_fields={}))
    assert hash(Organization(id=1, name="Acme")) == hash(Organization(id=1, name="Bo"))
    results = PersonSearchResult(id=1, name="Ann"), OrganizationSearchResult(id=1, name="Acme")
    assert hash(results)
