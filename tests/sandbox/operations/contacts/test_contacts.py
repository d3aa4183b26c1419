"""Test the sandbox's operations on persons, organizations and the current user."""

from __future__ import annotations

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
    assert added.status == 200
    assert (await api.get(f"/api/v2/{kind}s/{added.data['id']}")).data == added.data
    lead = await api.post("/leads", {"title": "x", f"{kind}_id": added.data["id"]})
    assert lead.status == 201


@pytest.mark.parametrize("kind", ["person", "organization"])
async def test_contact_requires_a_name_and_an_existing_id(api: Api, kind: str) -> None:
    bodies: list[Any] = [{}, {"name": " "}, {"name": 1}]
    for body in bodies:
        assert_violates_schema(await api.post(f"/api/v2/{kind}s", body), "Name must be given.")
    for contact_id in ("10000", "x"):
        reply = await api.get(f"/api/v2/{kind}s/{contact_id}")
        assert (reply.status, reply.body["error"]) == (404, f"requested {kind} not found")


@pytest.mark.parametrize(
    ("emails", "values"),
    [
        ("ada@example.com", ["ada@example.com"]),
        (["a@example.com", "b@example.com"], ["a@example.com", "b@example.com"]),
        ([{"value": "ada@example.com", "primary": True}], ["ada@example.com"]),
        ([], []),
    ],
    ids=str,
)
async def test_email_addresses_are_returned_in_one_format(
    api: Api, emails: Any, values: list[str]
) -> None:
    person = (await api.post(PERSONS, {"name": "Ada", "emails": emails})).data
    assert [entry["value"] for entry in person["emails"]] == values
    assert "phones" not in person


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
