"""Test the sandbox's search for leads in v1 and v2."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, Reply, assert_refused, assert_violates_schema, serving

V1 = "/leads/search"
V2 = "/api/v2/leads/search"
BOTH = pytest.mark.parametrize("path", [V1, V2], ids=["v1", "v2"])

# Keys of the seeded account: a short text, an option, an amount, an address.
CAMPAIGN = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
CUSTOMER_TYPE = "9dc80c50d78a15643bfc4ca79d76156a73a1ca0e"
BUDGET = "7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab"
SITE = "f1a8c06e4d7b923580e6f3c9a1b5d7240e8f6c3b"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


def found(reply: Reply) -> list[str]:
    return [entry["item"]["id"] for entry in reply.data["items"]]


def titles(reply: Reply) -> list[str]:
    return [entry["item"]["title"] for entry in reply.data["items"]]


# The format of results


@BOTH
async def test_search_result_has_the_documented_format(api: Api, path: str) -> None:
    contact: dict[str, Any] = {
        "name": "John Doe",
        "emails": [{"value": "john@doe.com"}],
        "phones": [{"value": "+1 202 555 0100"}],
    }
    person = (await api.post("/api/v2/persons", contact)).data["id"]
    lead = api.sandbox.add_lead(
        title="John Doe lead",
        person_id=person,
        organization_id=1,
        value={"amount": 100, "currency": "USD"},
        **{CAMPAIGN: "Open house", BUDGET: 500, f"{BUDGET}_currency": "EUR", CUSTOMER_TYPE: "190"},
    )
    reply = await api.get(path, term="John Doe lead")
    assert list(reply.body) == ["success", "data", "additional_data"]
    assert reply.data == {
        "items": [
            {
                "result_score": 1.0,
                "item": {
                    "id": lead["id"],
                    "type": "lead",
                    "title": "John Doe lead",
                    "owner": {"id": lead["owner_id"]},
                    "person": {"id": person, "name": "John Doe"},
                    "organization": {"id": 1, "name": "Acme Ltd"},
                    "phones": ["+1 202 555 0100"],
                    "emails": ["john@doe.com"],
                    "custom_fields": ["Open house", "500"],
                    "notes": [],
                    "value": 100,
                    "currency": "USD",
                    "visible_to": 3,
                    "is_archived": False,
                },
            }
        ]
    }


@BOTH
async def test_missing_properties_of_a_search_result_are_null(api: Api, path: str) -> None:
    api.sandbox.add_lead(title="Bare", person_id=None, organization_id=None)
    item = (await api.get(path, term="bare")).data["items"][0]["item"]
    assert {name for name, value in item.items() if value is None} == {
        "person",
        "organization",
        "value",
        "currency",
    }
    assert (item["phones"], item["emails"], item["custom_fields"]) == ([], [], [])


async def test_seeded_persons_have_an_email_address_and_a_phone_number() -> None:
    async with serving(Sandbox(leads=50, burst=None)) as api:
        items = [entry["item"] for entry in (await api.get(V2, term="ea")).data["items"]]
        reachable = [item for item in items if item["person"]]
        assert reachable
        assert all("@example.com" in item["emails"][0] for item in reachable)
        assert all(item["phones"][0].startswith("+1 202 555 01") for item in reachable)


async def test_lead_with_wrong_types_is_found(api: Api) -> None:
    api.sandbox.add_lead(title=1234, value=5, visible_to="everyone", person_id="seven")
    item = (await api.get(V2, term="1234")).data["items"][0]["item"]
    assert (item["title"], item["value"], item["visible_to"]) == (1234, None, "everyone")


@BOTH
async def test_was_seen_is_included_on_request(api: Api, path: str) -> None:
    api.sandbox.add_lead(title="Seen", was_seen=False)
    item = (await api.get(path, term="seen", include_fields="lead.was_seen")).data["items"][0][
        "item"
    ]
    assert item["was_seen"] is False
    item = (await api.get(path, term="seen")).data["items"][0]["item"]
    assert "was_seen" not in item


# Matches


@BOTH
async def test_search_finds_the_term_anywhere_ignoring_case(api: Api, path: str) -> None:
    for title in ("Big order", "An order", "BORDER", "Something else"):
        api.sandbox.add_lead(title=title)
    assert sorted(titles(await api.get(path, term="ORDER"))) == ["An order", "BORDER", "Big order"]
    assert titles(await api.get(path, term=" something ")) == ["Something else"]
    assert titles(await api.get(path, term="nothing")) == []


@BOTH
@pytest.mark.parametrize("term", ["John Doe", "john@doe.com", "555 0101", "Doe & Sons"])
async def test_lead_is_not_found_by_its_contacts(api: Api, path: str, term: str) -> None:
    organization = (await api.post("/api/v2/organizations", {"name": "Doe & Sons"})).data["id"]
    person = api.sandbox.add_person(name="John Doe", emails="john@doe.com", phones="555 0101")
    api.sandbox.add_lead(title="Order", person_id=person["id"], organization_id=organization)
    assert titles(await api.get(path, term=term)) == []
    assert titles(await api.get(path, term="Order")) == ["Order"]


async def test_exact_match_compares_the_whole_text_ignoring_case(api: Api) -> None:
    api.sandbox.add_lead(title="Order")
    api.sandbox.add_lead(title="Order 2")
    api.sandbox.add_lead(title="Other", **{CAMPAIGN: "order"})
    api.sandbox.add_lead(title="Q")
    for flag in ("true", "1"):
        assert sorted(titles(await api.get(V2, term="ORDER", exact_match=flag))) == [
            "Order",
            "Other",
        ]
    assert titles(await api.get(V2, term="q", exact_match="true")) == ["Q"]
    assert len(found(await api.get(V2, term="ORDER", exact_match="false"))) == 3


async def test_search_looks_only_in_the_given_fields(api: Api) -> None:
    title = api.sandbox.add_lead(title="Spring fair")["id"]
    custom = api.sandbox.add_lead(title="x", **{CAMPAIGN: "Spring fair"})["id"]
    for fields, ids in (
        ("title", {title}),
        ("custom_fields", {custom}),
        ("notes", set[str]()),
        ("title,custom_fields", {title, custom}),
        ("custom_fields,notes,title", {title, custom}),
    ):
        assert set(found(await api.get(V2, term="spring", fields=fields))) == ids
    assert set(found(await api.get(V2, term="spring"))) == {title, custom}


async def test_custom_fields_with_texts_amounts_addresses_are_searched(api: Api) -> None:
    budget = api.sandbox.add_lead(**{BUDGET: 123400, f"{BUDGET}_currency": "EUR"})["id"]
    site = api.sandbox.add_lead(**{SITE: "Pikk 12, Tallinn"})["id"]
    api.sandbox.add_lead(**{CUSTOMER_TYPE: "123456"})
    assert found(await api.get(V2, term="1234")) == [budget]
    assert found(await api.get(V2, term="tallinn")) == [site]
    added = api.sandbox.add_custom_field("Nickname", "varchar")
    nickname = api.sandbox.add_lead(**{added: "Tallinn 2"})["id"]
    assert set(found(await api.get(V2, term="tallinn"))) == {site, nickname}


@BOTH
async def test_archived_leads_are_found(api: Api, path: str) -> None:
    lead = api.sandbox.add_lead(title="Old order")
    api.sandbox.archive_lead(lead["id"])
    [entry] = (await api.get(path, term="order")).data["items"]
    assert entry["item"]["is_archived"] is True


@BOTH
async def test_search_filters_by_person_and_organization(api: Api, path: str) -> None:
    first = api.sandbox.add_lead(title="Order", person_id=1, organization_id=2)["id"]
    second = api.sandbox.add_lead(title="Order", person_id=2, organization_id=2)["id"]
    assert found(await api.get(path, term="order", person_id="2")) == [second]
    assert set(found(await api.get(path, term="order", organization_id="2"))) == {first, second}
    assert found(await api.get(path, term="order", person_id="1", organization_id="1")) == []


@BOTH
async def test_matches_are_sorted_by_score_in_a_stable_order(api: Api, path: str) -> None:
    for title in ("An order of many words", "Order", "Order 2", "Order 1"):
        api.sandbox.add_lead(title=title)
    reply = await api.get(path, term="order")
    scores = [entry["result_score"] for entry in reply.data["items"]]
    assert scores == sorted(scores, reverse=True)
    assert titles(reply)[0] == "Order"
    assert titles(reply)[-1] == "An order of many words"
    assert titles(await api.get(path, term="order")) == titles(reply)


# Errors

REFUSED: list[dict[str, str]] = [
    {},
    {"term": ""},
    {"term": "x"},
    {"term": " x "},
    {"term": " ", "exact_match": "true"},
    {"term": "xx", "exact_match": "yes"},
    {"term": "xx", "fields": "title,name"},
    {"term": "xx", "fields": ""},
    {"term": "xx", "include_fields": "was_seen"},
    {"term": "xx", "person_id": "me"},
    {"term": "xx", "organization_id": "-1"},
    {"term": "xx", "limit": "0"},
    {"term": "xx", "limit": "501"},
]


@pytest.mark.parametrize("query", REFUSED, ids=str)
async def test_search_refuses_invalid_parameters(api: Api, query: dict[str, str]) -> None:
    word = list(query)[-1] if len(query) > 1 and "exact_match" not in query else ""
    word = word or ("exact_match" if query.get("exact_match") == "yes" else "term")
    assert_refused(await api.get(V1, **query), word)
    assert_violates_schema(await api.get(V2, **query), word)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "next",
        "é",
        "####",
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b'{"start": 5}').decode(),
        base64.urlsafe_b64encode(b"[1, 2]").decode(),
    ],
)
async def test_invalid_cursor_is_refused(api: Api, cursor: str) -> None:
    assert_violates_schema(await api.get(V2, term="xx", cursor=cursor), "cursor")


# Pages


@pytest.fixture
async def many() -> AsyncIterator[Api]:
    """Serve an account where a search has 205 matches, many of them with the same score."""
    async with serving(Sandbox(leads=0, burst=None)) as api:
        for number in range(205):
            api.sandbox.add_lead(title=f"Order {number}")
        yield api


async def test_v1_has_pages_by_position(many: Api) -> None:
    first = await many.get(V1, term="order")
    assert first.pagination == {
        "start": 0,
        "limit": 100,
        "more_items_in_collection": True,
        "next_start": 100,
    }
    last = await many.get(V1, term="order", start="100", limit="500")
    assert last.pagination == {"start": 100, "limit": 500, "more_items_in_collection": False}
    ids = found(first) + found(last)
    assert set(ids) == {lead["id"] for lead in many.sandbox.leads}
    assert len(ids) == 205


@pytest.mark.parametrize("limit", [None, "1", "7", "205", "500"])
async def test_v2_cursors_return_every_match_once(many: Api, limit: str | None) -> None:
    query = {} if limit is None else {"limit": limit}
    ids: list[str] = []
    pages = 0
    cursor: dict[str, str] = {}
    while True:
        reply = await many.get(V2, term="order", **query, **cursor)
        assert list(reply.body["additional_data"]) == ["next_cursor"]
        ids += found(reply)
        pages += 1
        if reply.body["additional_data"]["next_cursor"] is None:
            break
        cursor = {"cursor": reply.body["additional_data"]["next_cursor"]}
    assert pages == -(-205 // int(limit or 100))
    assert len(ids) == 205
    assert set(ids) == {lead["id"] for lead in many.sandbox.leads}


async def test_cursor_continues_at_its_position_after_deletions(many: Api) -> None:
    everything = found(await many.get(V2, term="order", limit="500"))
    first = await many.get(V2, term="order", limit="50")
    for id in (everything[3], everything[50], everything[51]):
        many.sandbox.delete_lead(id)
    cursor = first.body["additional_data"]["next_cursor"]
    second = await many.get(V2, term="order", limit="50", cursor=cursor)
    assert found(second) == everything[52:102]
