"""Test the sandbox's search for persons, and its search index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, Reply, assert_violates_schema, serving

PERSONS: Final = "/api/v2/persons"
ORGANIZATIONS: Final = "/api/v2/organizations"
SEARCH: Final = f"{PERSONS}/search"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


def names(reply: Reply) -> list[str]:
    return [entry["item"]["name"] for entry in reply.data["items"]]


def next_cursor(reply: Reply) -> Any:
    return reply.body["additional_data"]["next_cursor"]


async def test_search_result_has_the_documented_format(api: Api) -> None:
    organization = await api.post(
        ORGANIZATIONS, {"name": "Organization name", "address": {"value": "Pikk 12, Tallinn"}}
    )
    person = api.sandbox.add_person(
        name="Jane Doe",
        phones="+372 555555555",
        emails=["jane@pipedrive.com"],
        org_id=organization.data["id"],
    )
    reply = await api.get(SEARCH, term="jane doe")
    assert reply.body == {
        "success": True,
        "data": {
            "items": [
                {
                    "result_score": 1.0,
                    "item": {
                        "id": person["id"],
                        "type": "person",
                        "name": "Jane Doe",
                        "phones": ["+372 555555555"],
                        "emails": ["jane@pipedrive.com"],
                        "primary_email": "jane@pipedrive.com",
                        "visible_to": 3,
                        "owner": {"id": person["owner_id"]},
                        "organization": {
                            "id": organization.data["id"],
                            "name": "Organization name",
                            "address": "Pikk 12, Tallinn",
                        },
                        "custom_fields": [],
                        "notes": [],
                        "update_time": person["add_time"][:19].replace("T", " "),
                    },
                }
            ]
        },
        "additional_data": {"next_cursor": None},
    }


async def test_person_with_only_a_name_is_found(api: Api) -> None:
    await api.post(PERSONS, {"name": "Zoe"})
    item = (await api.get(SEARCH, term="zo")).data["items"][0]["item"]
    assert (item["organization"], item["emails"], item["phones"]) == (None, [], [])


async def test_person_with_wrong_types_is_found(api: Api) -> None:
    api.sandbox.add_person(name=12345, emails=None, org_id=["x"], visible_to="everyone")
    item = (await api.get(SEARCH, term="12345")).data["items"][0]["item"]
    assert (item["name"], item["organization"], item["visible_to"]) == (12345, None, "everyone")


async def test_search_finds_the_term_anywhere_ignoring_case(api: Api) -> None:
    api.sandbox.add_person(name="Zora Neale", emails="z@hurston.example")
    api.sandbox.add_person(name="Zadie", emails="zora@smith.example")
    api.sandbox.add_person(name="Azzo", phones="+44 20 7946 0123")
    assert sorted(names(await api.get(SEARCH, term=" ZORA "))) == ["Zadie", "Zora Neale"]
    assert names(await api.get(SEARCH, term="7946")) == ["Azzo"]
    assert names(await api.get(SEARCH, term="no such person")) == []


async def test_exact_match_compares_the_whole_text_ignoring_case(api: Api) -> None:
    api.sandbox.add_person(name="Zora")
    api.sandbox.add_person(name="Zora Neale", emails=["a@b.example", "ZORA@b.example"])
    api.sandbox.add_person(name="Q")
    assert names(await api.get(SEARCH, term="ZORA", exact_match="true")) == ["Zora"]
    assert names(await api.get(SEARCH, term="zora@b.example", exact_match="1")) == ["Zora Neale"]
    assert names(await api.get(SEARCH, term="q", exact_match="true")) == ["Q"]


async def test_search_looks_only_in_the_given_fields(api: Api) -> None:
    api.sandbox.add_person(name="by name 77777")
    api.sandbox.add_person(name="by email", emails="77777@b.example")
    api.sandbox.add_person(name="by phone", phones="77777")
    for fields, found in (
        ("name", ["by name 77777"]),
        ("email", ["by email"]),
        ("phone", ["by phone"]),
        ("notes,custom_fields", []),
        ("phone,email", ["by phone", "by email"]),
    ):
        assert names(await api.get(SEARCH, term="77777", fields=fields)) == found
    assert len(names(await api.get(SEARCH, term="77777"))) == 3


async def test_search_filters_by_organization(api: Api) -> None:
    api.sandbox.add_person(name="Zora", org_id=1)
    api.sandbox.add_person(name="Zora", org_id=2)
    reply = await api.get(SEARCH, term="zora", organization_id="2")
    assert [each["item"]["organization"]["id"] for each in reply.data["items"]] == [2]


async def test_search_by_cursor_returns_every_person_once(api: Api) -> None:
    for number in range(45):
        api.sandbox.add_person(name=f"Zora {number}")
    reply = await api.get(SEARCH, term="zora", limit="20")
    found = names(reply)
    while cursor := next_cursor(reply):
        reply = await api.get(SEARCH, term="zora", limit="20", cursor=cursor)
        found += names(reply)
    assert len(found) == 45
    assert set(found) == {f"Zora {number}" for number in range(45)}


async def test_phone_number_is_found_by_its_digits(api: Api) -> None:
    api.sandbox.add_person(name="Zora", phones="+44 (20) 7946-0123")
    for term in ("442079460123", "+44 (20) 7946-0123", "79460123"):
        assert names(await api.get(SEARCH, term=term, fields="phone")) == ["Zora"]
    assert names(await api.get(SEARCH, term="+442079460123")) == []


async def test_organizations_are_found_by_name_and_address(api: Api) -> None:
    address = {"value": "Pikk 12, Tallinn"}
    organization = await api.post(ORGANIZATIONS, {"name": "Nemo Divers", "address": address})
    reply = await api.get(f"{ORGANIZATIONS}/search", term="nemo divers", exact_match="true")
    assert reply.data["items"] == [
        {
            "result_score": 1.0,
            "item": {
                "id": organization.data["id"],
                "type": "organization",
                "name": "Nemo Divers",
                "address": "Pikk 12, Tallinn",
                "visible_to": 3,
                "owner": {"id": organization.data["owner_id"]},
                "custom_fields": [],
                "notes": [],
            },
        }
    ]
    assert reply.body["additional_data"] == {"next_cursor": None}
    by_address = await api.get(f"{ORGANIZATIONS}/search", term="pikk 12", fields="address")
    assert names(by_address) == ["Nemo Divers"]
    wrong = await api.get(f"{ORGANIZATIONS}/search", term="pikk", fields="email")
    assert_violates_schema(wrong, "fields")


async def test_stalled_index_has_no_newer_organization(api: Api) -> None:
    api.sandbox.stall_search_index()
    await api.post(ORGANIZATIONS, {"name": "Nemo Divers"})
    path = f"{ORGANIZATIONS}/search"
    assert names(await api.get(path, term="nemo")) == []
    api.sandbox.update_search_index()
    assert names(await api.get(path, term="nemo")) == ["Nemo Divers"]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({}, "term"),
        ({"term": "x"}, "term"),
        ({"term": " ", "exact_match": "true"}, "term"),
        ({"term": "xx", "exact_match": "yes"}, "exact_match"),
        ({"term": "xx", "fields": "title"}, "custom_fields, notes, name, email, phone"),
        ({"term": "xx", "include_fields": "picture"}, "include_fields"),
        ({"term": "xx", "organization_id": "me"}, "organization_id"),
        ({"term": "xx", "limit": "501"}, "limit"),
        ({"term": "xx", "cursor": "next"}, "cursor"),
    ],
    ids=str,
)
async def test_search_refuses_invalid_parameters(
    api: Api, query: dict[str, str], word: str
) -> None:
    assert_violates_schema(await api.get(SEARCH, **query), word)


async def test_search_accepts_the_parameter_for_pictures(api: Api) -> None:
    plain = await api.get(SEARCH, term="ada")
    assert plain.data["items"]
    assert (await api.get(SEARCH, term="ada", include_fields="person.picture")).body == plain.body


# The search index


async def test_search_finds_a_new_person_at_once(api: Api) -> None:
    await api.post(PERSONS, {"name": "Zora"})
    assert names(await api.get(SEARCH, term="zora")) == ["Zora"]


async def test_stalled_index_has_no_newer_data_until_its_update(api: Api) -> None:
    async def found(term: str) -> tuple[list[str], list[str]]:
        leads = await api.get("/api/v2/leads/search", term=term)
        return names(await api.get(SEARCH, term=term)), [
            each["item"]["title"] for each in leads.data["items"]
        ]

    other = api.sandbox.add_account(leads=0)
    api.sandbox.add_person(name="Zora 1")
    lead = api.sandbox.add_lead(title="Zora 1")
    api.sandbox.stall_search_index()
    await api.post(PERSONS, {"name": "Zora 2"})
    api.sandbox.add_lead(title="Zora 2")
    api.sandbox.delete_lead(lead["id"])
    assert await found("zora") == (["Zora 1"], ["Zora 1"])
    api.sandbox.stall_search_index()  # a second call has no effect
    assert await found("zora") == (["Zora 1"], ["Zora 1"])

    other.add_person(name="Zora 3")
    headers = {"x-api-token": other.api_token}
    reply = await api.call("GET", SEARCH, headers, params={"term": "zora"})
    assert names(reply) == ["Zora 3"]

    api.sandbox.update_search_index()
    assert await found("zora") == (["Zora 1", "Zora 2"], ["Zora 2"])
    api.sandbox.add_person(name="Zora 4")
    assert len((await found("zora"))[0]) == 3
