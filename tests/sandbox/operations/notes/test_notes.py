"""Test the notes of the sandbox: their form, their items, their refusals and their life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving

RECORDED: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[3] / "data" / "recorded_notes.json").read_text(encoding="utf-8")
)


async def new_note(api: Api, **fields: Any) -> dict[str, Any]:
    """Add a note, by default to the first lead."""
    body = {"content": "A note", "lead_id": api.sandbox.leads[0]["id"]} | fields
    note: dict[str, Any] = (await api.post("/notes", body)).data
    return note


async def listed(api: Api, **query: str) -> list[int]:
    return [note["id"] for note in (await api.get("/notes", **query)).data]


@pytest.mark.parametrize("row", RECORDED, ids=["added", "updated", "listed"])
async def test_note_has_the_keys_of_a_recorded_note(row: dict[str, Any]) -> None:
    async with serving(Sandbox(leads=1)) as api:
        lead = api.sandbox.leads[0]
        deal = api.sandbox.add_deal(title="Big order")
        note = await new_note(
            api, deal_id=deal["id"], person_id=lead["person_id"], org_id=lead["organization_id"]
        )
    assert note.keys() >= row.keys()
    assert note.keys() - row.keys() <= {"project_id", "pinned_to_project_flag"}
    assert note["lead"] == {"title": lead["title"]}
    assert note["deal"] == {"title": "Big order"}
    assert note["user"].keys() == row["user"].keys()
    for key in ("person", "organization"):
        assert note[key].keys() == row[key].keys()


async def test_new_note_is_returned_with_201_and_defaults() -> None:
    async with serving(Sandbox(leads=1)) as api:
        reply = await api.post("/notes", {"content": "x", "lead_id": api.sandbox.leads[0]["id"]})
        assert reply.status == 201
        assert (await api.get("/notes/1")).data == reply.data
    note = reply.data
    assert (note["id"], note["person_id"], note["person"]) == (1, None, None)
    assert (note["active_flag"], note["pinned_to_lead_flag"]) == (True, False)
    assert (note["user"]["is_you"], note["last_update_user_id"]) == (True, None)
    assert note["add_time"] == note["update_time"]


async def test_note_of_a_task_has_the_properties_of_tasks() -> None:
    async with serving(Sandbox(leads=1)) as api:
        assert "task_id" not in await new_note(api)
        note = await new_note(api, task_id=5, pinned_to_task_flag=1)
    assert (note["task_id"], note["pinned_to_task_flag"]) == (5, True)


async def test_changed_note_has_its_new_properties_and_its_changer() -> None:
    async with serving(Sandbox(leads=2)) as api:
        note, other = await new_note(api), api.sandbox.leads[1]["id"]
        changes = {"content": "New", "lead_id": other, "pinned_to_lead_flag": 1, "unknown": 1}
        changed = (await api.call("PUT", "/notes/1", json=changes)).data
        me = (await api.get("/users/me")).data["id"]
        assert (await api.get("/notes/1")).data == changed
    assert changed == note | {
        "content": "New",
        "lead_id": other,
        "lead": {"title": api.sandbox.leads[1]["title"]},
        "pinned_to_lead_flag": True,
        "last_update_user_id": me,
        "update_time": changed["update_time"],
    }


async def test_deleted_note_is_gone() -> None:
    async with serving(Sandbox(leads=1)) as api:
        await new_note(api)
        assert (await api.delete("/notes/1")).data is True
        assert await listed(api) == []
        for method, body in (("GET", None), ("PUT", {"content": "x"}), ("DELETE", None)):
            assert (await api.call(method, "/notes/1", json=body)).status == 404
        assert (await new_note(api))["id"] == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"content": None}, ["content must be a text"]),
        ({"content": " "}, ["content must be a text"]),
        ({"lead_id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146"}, ["lead_id must be the id of a lead"]),
        ({"lead_id": 5}, ["lead_id"]),
        ({"deal_id": 99}, ["deal_id must be the id of a deal"]),
        ({"person_id": 99_999}, ["person_id must be the id of a person"]),
        ({"person_id": True}, ["person_id"]),
        ({"org_id": "1"}, ["org_id must be the id of an organization"]),
        ({"project_id": 0}, ["project_id"]),
        ({"user_id": 1}, ["user_id must be the id of a user"]),
        ({"add_time": "2026-01-02T03:04:05Z"}, ["add_time must be a time like"]),
        ({"add_time": 5}, ["add_time"]),
        ({"add_time": "2026-02-30 10:00:00"}, ["add_time"]),
        ({"pinned_to_lead_flag": True}, ["pinned_to_lead_flag must be 0 or 1"]),
        ({"pinned_to_person_flag": 1}, ["pinned_to_person_flag needs person_id"]),
    ],
    ids=str,
)
async def test_note_with_an_invalid_property_is_refused(
    fields: dict[str, Any], words: list[str]
) -> None:
    async with serving(Sandbox(leads=1)) as api:
        valid = {"content": "x", "lead_id": api.sandbox.leads[0]["id"]}
        assert_refused(await api.post("/notes", valid | fields), *words)
        await new_note(api)
        assert_refused(await api.call("PUT", "/notes/1", json=fields), *words)


async def test_note_without_content_or_item_is_refused() -> None:
    async with serving(Sandbox(leads=1)) as api:
        lead = {"lead_id": api.sandbox.leads[0]["id"]}
        assert_refused(await api.post("/notes", lead), "content is required")
        assert_refused(await api.post("/notes", {"content": "x"}), "lead_id or another of")
        await new_note(api)
        assert_refused(await api.call("PUT", "/notes/1", json={}), "content or another property")


async def test_only_an_administrator_can_change_the_author() -> None:
    async with serving(Sandbox(leads=1)) as api:
        other = api.sandbox.users[1]
        note = await new_note(api, user_id=other.id)
        assert (note["user_id"], note["user"]["is_you"]) == (other.id, False)
        as_other = {"x-api-token": other.api_token}
        me = (await api.get("/users/me")).data["id"]
        reply = await api.call("PUT", "/notes/1", as_other, json={"user_id": me})
        assert reply.status == 403
        assert (await api.call("GET", "/notes/1", as_other)).data["user"]["is_you"] is True


async def test_note_of_a_private_lead_is_hidden_with_it() -> None:
    async with serving(Sandbox(leads=0)) as api:
        lead = api.sandbox.add_lead(visible_to="1")
        await new_note(api, lead_id=lead["id"])
        as_other = {"x-api-token": api.sandbox.users[1].api_token}
        assert (await api.call("GET", "/notes", as_other)).data == []
        assert (await api.call("GET", "/notes/1", as_other)).status == 404
        reply = await api.call(
            "POST", "/notes", as_other, json={"content": "x", "lead_id": lead["id"]}
        )
        assert_refused(reply, "lead_id must be the id of a lead")


async def test_note_of_a_private_deal_is_visible() -> None:
    async with serving(Sandbox(leads=0)) as api:
        deal = api.sandbox.add_deal(visible_to="1")
        await api.post("/notes", {"content": "x", "deal_id": deal["id"]})
        as_other = {"x-api-token": api.sandbox.users[1].api_token}
        assert (await api.call("GET", "/notes/1", as_other)).status == 200


# The end and the conversion of a lead


@pytest.mark.parametrize("by_control", [False, True])
async def test_notes_of_a_deleted_lead_are_deleted_unless_they_have_another_item(
    by_control: bool,
) -> None:
    async with serving(Sandbox(leads=2)) as api:
        lead = api.sandbox.leads[0]
        await new_note(api)
        await new_note(api, person_id=lead["person_id"], pinned_to_lead_flag=1)
        await new_note(api, lead_id=api.sandbox.leads[1]["id"])
        if by_control:
            api.sandbox.delete_lead(lead["id"])
        else:
            await api.delete(f"/leads/{lead['id']}")
        assert await listed(api) == [2, 3]
        left = (await api.get("/notes/2")).data
    assert (left["lead_id"], left["lead"], left["pinned_to_lead_flag"]) == (None, None, False)


async def test_notes_of_a_deleted_deal_are_deleted() -> None:
    async with serving(Sandbox(leads=1)) as api:
        deal = api.sandbox.add_deal()
        await api.post("/notes", {"content": "x", "deal_id": deal["id"]})
        await api.delete(f"/api/v2/deals/{deal['id']}")
        assert await listed(api) == []


async def test_conversion_moves_the_notes() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.plan_conversions(polls=0)
        lead = api.sandbox.leads[0]["id"]
        await new_note(api, pinned_to_lead_flag=1)
        path = f"/api/v2/leads/{lead}/convert"
        job = (await api.post(f"{path}/deal", {})).data["conversion_id"]
        deal = (await api.get(f"{path}/status/{job}")).data["deal_id"]
        note = (await api.get("/notes/1")).data
        assert (note["lead_id"], note["deal_id"]) == (None, deal)
        assert (note["pinned_to_lead_flag"], note["pinned_to_deal_flag"]) == (False, True)

        path = f"/api/v2/deals/{deal}/convert"
        job = (await api.post(f"{path}/lead", {})).data["conversion_id"]
        lead = (await api.get(f"{path}/status/{job}")).data["lead_id"]
        note = (await api.get("/notes/1")).data
        assert (note["lead_id"], note["deal_id"]) == (lead, None)


# Lists and searches


async def test_list_has_pages_by_position() -> None:
    async with serving(Sandbox(leads=1, burst=None)) as api:
        for _ in range(3):
            await new_note(api)
        page = await api.get("/notes", limit="2")
        assert page.pagination == {
            "start": 0,
            "limit": 2,
            "more_items_in_collection": True,
            "next_start": 2,
        }
        assert await listed(api, limit="2", start="2") == [3]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"person_id": "{person}"}, [2]),
        ({"org_id": "999"}, []),
        ({"lead_id": "{lead}"}, [1, 2]),
        ({"user_id": "{me}"}, [1, 2, 3]),
        ({"pinned_to_lead_flag": "1"}, [2]),
        ({"pinned_to_lead_flag": "0"}, [1, 3]),
        ({"start_date": "2026-01-02"}, [1, 3]),
        ({"end_date": "2020-01-02"}, [2]),
        ({"updated_since": "2020-01-01T00:00:00Z"}, [1, 2, 3]),
        ({"updated_since": "2999-01-01T00:00:00Z"}, []),
        ({"sort": "id DESC"}, [3, 2, 1]),
        ({"sort": "person_id, id DESC"}, [3, 1, 2]),
        ({"sort": "add_time"}, [2, 1, 3]),
    ],
    ids=str,
)
async def test_list_is_filtered_and_sorted(query: dict[str, str], found: list[int]) -> None:
    async with serving(Sandbox(leads=2)) as api:
        lead, other = api.sandbox.leads
        await new_note(api)
        pinned = {"pinned_to_lead_flag": 1, "add_time": "2020-01-02 10:00:00"}
        await new_note(api, person_id=lead["person_id"], **pinned)
        await new_note(api, lead_id=other["id"])
        me = (await api.get("/users/me")).data["id"]
        names = {"person": lead["person_id"], "lead": lead["id"], "me": me}
        query = {name: value.format(**names) for name, value in query.items()}
        assert await listed(api, **query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"person_id": "x"},
        {"pinned_to_lead_flag": "true"},
        {"start_date": "yesterday"},
        {"updated_since": "2026-01-01"},
        {"sort": "lead_id"},
        {"limit": "501"},
    ],
    ids=str,
)
async def test_invalid_parameter_is_refused(query: dict[str, str]) -> None:
    async with serving(Sandbox(leads=1)) as api:
        [name] = query
        assert_refused(await api.get("/notes", **query), name)


async def test_search_finds_leads_by_their_notes() -> None:
    async with serving(Sandbox(leads=2, burst=None)) as api:
        lead = api.sandbox.leads[0]["id"]
        await new_note(api, content="<p>Tom &amp; Ann like <b>zebras</b></p>")
        path = "/api/v2/leads/search"
        for term, fields in (("zebra", "notes"), ("tom & ann", "notes"), ("zebra", "title,notes")):
            [found] = (await api.get(path, term=term, fields=fields)).data["items"]
            assert found["item"]["id"] == lead
            assert found["item"]["notes"] == ["Tom & Ann like  zebras"]
        assert (await api.get(path, term="zebra", fields="title")).data["items"] == []

        api.sandbox.stall_search_index()
        await new_note(api, content="giraffe")
        assert (await api.get(path, term="giraffe")).data["items"] == []
        api.sandbox.update_search_index()
        assert len((await api.get(path, term="giraffe")).data["items"]) == 1


async def test_controls_add_and_return_notes() -> None:
    async with serving(Sandbox(leads=1)) as api:
        lead = api.sandbox.leads[0]["id"]
        note = api.sandbox.add_note(content="Called", lead_id=lead)
        assert (await api.get("/notes")).data == api.sandbox.notes == [note]
        assert (note["lead_id"], note["user"]["is_you"]) == (lead, True)
        with pytest.raises(ValueError, match="id is set by the sandbox"):
            api.sandbox.add_note(id=5)
