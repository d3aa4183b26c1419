"""Test the sandbox's lists of persons and organizations: pages by cursor, filters and order."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, Reply, assert_violates_schema, serving

PERSONS: Final = "/api/v2/persons"
ORGANIZATIONS: Final = "/api/v2/organizations"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


def ids(reply: Reply) -> list[int]:
    return [contact["id"] for contact in reply.data]


async def read_all(api: Api, path: str, **query: str) -> list[int]:
    reply = await api.get(path, **query)
    found = ids(reply)
    while cursor := reply.body["additional_data"]["next_cursor"]:
        reply = await api.get(path, **query, cursor=cursor)
        found += ids(reply)
    return found


@pytest.mark.parametrize("path", [PERSONS, ORGANIZATIONS])
async def test_list_by_cursor_returns_every_contact_once(api: Api, path: str) -> None:
    found = await read_all(api, path, limit="7")
    assert found == sorted(found)
    assert found == ids(await api.get(path, limit="500"))
    assert await read_all(api, path, limit="7", sort_direction="desc") == found[::-1]


async def test_contact_that_is_deleted_between_pages_hides_no_other(api: Api) -> None:
    first = await api.get(PERSONS, limit="3")
    for id in (2, 4):
        await api.delete(f"{PERSONS}/{id}")
    cursor = first.body["additional_data"]["next_cursor"]
    assert ids(await api.get(PERSONS, limit="3", cursor=cursor)) == [5, 6, 7]


async def test_cursor_has_the_recorded_form(api: Api) -> None:
    reply = await api.get(PERSONS, limit="3")
    cursor = reply.body["additional_data"]["next_cursor"]
    assert (
        cursor == "eyJmaWVsZCI6ImlkIiwiZmllbGRWYWx1ZSI6NCwic29ydERpcmVjdGlvbiI6ImFzYyIsImlkIjo0fQ"
    )
    assert json.loads(base64.urlsafe_b64decode(f"{cursor}==")) == {
        "field": "id",
        "fieldValue": 4,
        "sortDirection": "asc",
        "id": 4,
    }


async def test_persons_are_read_by_their_ids(api: Api) -> None:
    await api.delete(f"{PERSONS}/5")
    assert ids(await api.get(PERSONS, ids="7,5,3,10000")) == [3, 7]
    hundred = ",".join(map(str, range(1, 101)))
    assert len(ids(await api.get(PERSONS, ids=hundred))) == 79


async def test_persons_are_filtered_by_their_links(api: Api) -> None:
    person = api.sandbox.add_person(name="Zora", org_id=2, owner_id=7)
    assert person["id"] in ids(await api.get(PERSONS, org_id="2"))
    assert ids(await api.get(PERSONS, org_id="2", owner_id="7")) == [person["id"]]


async def test_contacts_are_filtered_and_sorted_by_their_times(api: Api) -> None:
    await api.patch(f"{PERSONS}/5", {"name": "Zora"})
    await api.patch(f"{PERSONS}/3", {"name": "Zadie"})
    since = (await api.get(f"{PERSONS}/5")).data["update_time"]
    assert ids(await api.get(PERSONS, updated_since=since)) == [3, 5]
    assert ids(await api.get(PERSONS, updated_since=since, updated_until=since)) == []
    by_time = await read_all(api, PERSONS, sort_by="update_time", limit="30")
    assert sorted(by_time[-2:]) == [3, 5]
    assert by_time[:2] == [1, 2]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"ids": ""}, "ids"),
        ({"ids": "1,x"}, "ids"),
        ({"ids": ",".join(["1"] * 101)}, "up to 100"),
        ({"org_id": "x"}, "org_id"),
        ({"filter_id": "1"}, "filter_id"),
        ({"updated_since": "2025-01-01"}, "updated_since"),
        ({"updated_until": "9999-12-31T23:59:59-10:00"}, "updated_until"),
        ({"sort_by": "name"}, "sort_by"),
        ({"sort_direction": "DESC"}, "sort_direction"),
        ({"limit": "501"}, "limit"),
        ({"cursor": "next"}, "cursor"),
        ({"cursor": "bnVsbA"}, "cursor"),
    ],
    ids=str,
)
async def test_list_refuses_invalid_parameters(api: Api, query: dict[str, str], word: str) -> None:
    assert_violates_schema(await api.get(PERSONS, **query), word)


async def test_cursor_of_another_order_is_refused(api: Api) -> None:
    cursor = (await api.get(PERSONS, limit="3")).body["additional_data"]["next_cursor"]
    reply = await api.get(PERSONS, cursor=cursor, sort_direction="desc")
    assert_violates_schema(reply, "cursor")


async def test_private_contact_is_visible_to_its_owner_alone(api: Api) -> None:
    user = api.sandbox.add_user(name="Mia")
    person = api.sandbox.add_person(name="Zora", visible_to=1)
    headers = {"x-api-token": user.api_token}
    path = f"{PERSONS}/{person['id']}"
    assert (await api.get(path)).data == person
    assert (await api.call("GET", path, headers)).status == 404
    listed = await api.call("GET", PERSONS, headers, params={"limit": "500"})
    assert person["id"] not in ids(listed)
    found = await api.call("GET", f"{PERSONS}/search", headers, params={"term": "Zora"})
    assert found.data["items"] == []
