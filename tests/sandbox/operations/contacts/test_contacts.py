"""Test the sandbox's operations on persons, organizations and the current user."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_violates_schema, serving

PERSONS: Final = "/api/v2/persons"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_added_contact_can_be_linked(api: Api, kind: str) -> None:
    added = await api.post(f"/api/v2/{kind}s", {"name": "Ada"})
    assert added.status == 201
    assert (await api.get(f"/api/v2/{kind}s/{added.data['id']}")).data == added.data
    lead = await api.post("/leads", {"title": "x", f"{kind}_id": added.data["id"]})
    assert lead.status == 201


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_contact_requires_a_name_and_an_existing_id(api: Api, kind: str) -> None:
    bodies: list[Any] = [{}, {"name": " "}, {"name": 1}]
    for body in bodies:
        reply = await api.post(f"/api/v2/{kind}s", body)
        assert_violates_schema(reply, "Validation failed: name: Name must be given.")
    for contact_id in ("10000", "x"):
        reply = await api.get(f"/api/v2/{kind}s/{contact_id}")
        assert (reply.status, reply.body["error"]) == (404, f"requested {kind} not found")


@pytest.mark.parametrize("kind", ["person", "organization"])
@pytest.mark.parametrize("key", ["id", "email", "f" * 40])
async def test_unknown_property_of_a_contact_is_refused(api: Api, kind: str, key: str) -> None:
    reply = await api.post(f"/api/v2/{kind}s", {"name": "Ada", key: "x"})
    assert reply.body == {
        "success": False,
        "error": f"Validation failed: {key}: Parameter '{key}' is not allowed for this request",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
    }


async def test_email_addresses_are_returned_in_one_format(api: Api) -> None:
    emails = [{"value": "a@example.com"}, {"value": "b@example.com", "label": "home"}]
    person = (await api.post(PERSONS, {"name": "Ada", "emails": emails})).data
    assert person["emails"] == [
        {"label": "work", "value": "a@example.com", "primary": True},
        {"label": "home", "value": "b@example.com", "primary": False},
    ]
    assert person["phones"] == []
    assert api.sandbox.add_person(emails=["a@example.com"])["emails"] == person["emails"][:1]


async def test_current_user_has_the_company_and_owns_new_leads(api: Api) -> None:
    user = (await api.get("/users/me")).data
    assert user["company_domain"] == "sandbox"
    lead = (await api.post("/leads", {"title": "x", "person_id": 1})).data
    assert (lead["owner_id"], lead["creator_id"]) == (user["id"], user["id"])


async def test_new_person_belongs_to_the_current_user(api: Api) -> None:
    user = (await api.get("/users/me")).data["id"]
    added = (await api.post(PERSONS, {"name": "Ada"})).data
    assert (added["owner_id"], added["org_id"], added["visible_to"]) == (user, None, 3)


async def test_add_person_accepts_any_properties(api: Api) -> None:
    first = api.sandbox.add_person(name="Ann Lee", emails=["ann@lee.example"], org_id=3)
    second = api.sandbox.add_person()
    assert second["id"] == first["id"] + 1
    for person in (first, second):
        assert (await api.get(f"{PERSONS}/{person['id']}")).data == person
    assert (first["org_id"], first["emails"][0]["value"]) == (3, "ann@lee.example")
    lead = await api.post("/leads", {"title": "x", "person_id": second["id"]})
    assert lead.status == 201


async def test_changing_a_returned_person_does_not_change_the_sandbox(api: Api) -> None:
    person = api.sandbox.add_person(phones="1")
    person["phones"].clear()
    assert (await api.get(f"{PERSONS}/{person['id']}")).data["phones"]


RECORDED: Final = {
    "person": "id name first_name last_name add_time update_time visible_to custom_fields "
    "owner_id label_ids org_id is_deleted picture_id phones emails",
    "organization": "id name add_time update_time visible_to custom_fields owner_id label_ids "
    "website linkedin industry annual_revenue employee_count is_deleted address",
}
"""The keys of persons and organizations that Pipedrive returned in March 2026."""


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_contact_has_the_recorded_properties(api: Api, kind: str) -> None:
    added = (await api.post(f"/api/v2/{kind}s", {"name": "Ada Lee"})).data
    seeded = (await api.get(f"/api/v2/{kind}s/1")).data
    for contact in (added, seeded):
        assert set(contact) == set(RECORDED[kind].split())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", contact["add_time"])
    if kind == "person":
        assert (added["first_name"], added["last_name"]) == ("Ada", "Lee")


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_deleted_contact_is_gone_and_its_id_is_not_used_again(api: Api, kind: str) -> None:
    added = (await api.post(f"/api/v2/{kind}s", {"name": "Ada"})).data
    path = f"/api/v2/{kind}s/{added['id']}"
    bodies = [(await api.delete(path)), (await api.delete(path))]
    assert [reply.status for reply in bodies] == [200, 410]
    assert bodies[0].body == bodies[1].body == {"success": True, "data": {"id": added["id"]}}
    assert (await api.get(path)).status == 404
    lead = await api.post("/leads", {"title": "x", f"{kind}_id": added["id"]})
    assert lead.status == 400
    assert (await api.post(f"/api/v2/{kind}s", {"name": "Bo"})).data["id"] == added["id"] + 1


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_deleting_an_unknown_contact_gets_a_404(api: Api, kind: str) -> None:
    reply = await api.delete(f"/api/v2/{kind}s/10000")
    assert (reply.status, reply.body["error"]) == (404, f"requested {kind} not found")


async def test_lead_keeps_the_id_of_a_deleted_person(api: Api) -> None:
    lead = api.sandbox.add_lead(person_id=1)
    await api.delete(f"{PERSONS}/1")
    assert (await api.get(f"/leads/{lead['id']}")).data == lead


async def test_person_that_v1_deletes_is_gone_in_both_versions(api: Api) -> None:
    replies = [await api.delete(path) for path in ("/persons/1", "/persons/1", f"{PERSONS}/1")]
    assert [reply.status for reply in replies] == [200, 410, 410]
    assert {str(reply.body) for reply in replies} == {str({"success": True, "data": {"id": 1}})}


async def test_controls_work_after_all_persons_are_deleted(api: Api) -> None:
    for number in range(1, 81):
        assert (await api.delete(f"{PERSONS}/{number}")).status == 200
    assert api.sandbox.add_lead()["person_id"] is None
    assert api.sandbox.add_deal()["person_id"] is None


async def test_controls_return_add_and_delete_contacts(api: Api) -> None:
    organization = api.sandbox.add_organization(name="Nemo", address="Pikk 12")
    assert api.sandbox.organizations[-1] == organization
    path = f"/api/v2/organizations/{organization['id']}"
    assert (await api.get(path)).data == organization
    person = api.sandbox.add_person(name="Ada", org_id=organization["id"])
    assert api.sandbox.persons[-1] == person

    api.sandbox.delete_person(person["id"])
    assert person not in api.sandbox.persons
    reply = await api.delete(f"{PERSONS}/{person['id']}")
    assert reply.status == 410
    with pytest.raises(LookupError, match=rf"has no person {person['id']}"):
        api.sandbox.delete_person(person["id"])
    wrong: Any = "1"
    with pytest.raises(TypeError, match="id must be an int"):
        api.sandbox.delete_person(wrong)
    with pytest.raises(ValueError, match="id is set by the sandbox"):
        api.sandbox.add_organization(id=7)
