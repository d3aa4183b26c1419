"""Test the sandbox's operations on one lead: get, add, change, delete, permitted users."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving

TEXT_KEY = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
MONEY_KEY = "7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=120, burst=None)) as api:
        yield api


async def test_get_lead_returns_open_and_archived_leads(api: Api) -> None:
    lead = api.sandbox.leads[0]
    assert (await api.get(f"/leads/{lead['id']}")).data == lead
    api.sandbox.archive_lead(lead["id"])
    assert (await api.get(f"/leads/{lead['id']}")).data["is_archived"] is True


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_lead_gets_a_404(api: Api, method: str) -> None:
    reply = await api.call(method, "/leads/unknown")
    assert reply.status == 404
    assert reply.body == {
        "success": False,
        "error": "requested lead not found",
        "error_info": "Object was not found.",
        "data": None,
        "additional_data": None,
    }


async def test_deleted_lead_no_longer_exists(api: Api) -> None:
    lead_id = api.sandbox.leads[0]["id"]
    deleted = await api.delete(f"/leads/{lead_id}")
    assert deleted.body == {"success": True, "data": {"id": lead_id}}
    assert (await api.delete(f"/leads/{lead_id}")).status == 404
    assert len(api.sandbox.leads) == 119


# Adding


async def test_new_lead_is_the_last_and_has_the_source_api(api: Api) -> None:
    reply = await api.post("/leads", {"title": "Big order", "person_id": 7})
    assert reply.status == 201
    lead = reply.data
    assert lead == api.sandbox.leads[-1]
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}", lead["id"]
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lead["add_time"])
    assert lead["add_time"] == lead["update_time"] > api.sandbox.leads[-2]["add_time"]
    assert (lead["source_name"], lead["origin"]) == ("API", "API")
    assert (lead["title"], lead["person_id"], lead["organization_id"]) == ("Big order", 7, None)
    assert re.fullmatch(r"sandbox\+7780468\+lead[0-9a-z]{25}@pipedrivemail\.com", lead["cc_email"])


async def test_new_lead_accepts_every_documented_property(api: Api) -> None:
    fields = {
        "title": "Everything",
        "owner_id": api.sandbox.leads[0]["owner_id"],
        "label_ids": [label["id"] for label in (await api.get("/leadLabels")).data[:2]],
        "person_id": 1,
        "organization_id": 2,
        "value": {"amount": 12.5, "currency": "EUR"},
        "expected_close_date": "2027-01-31",
        "visible_to": "7",
        "was_seen": True,
        "origin_id": "order-1",
        "channel": 52,
        "channel_id": "Billboards",
        TEXT_KEY: "Spring fair",
        MONEY_KEY: 500,
        f"{MONEY_KEY}_currency": "USD",
    }
    lead = (await api.post("/leads", fields)).data
    assert {name: lead[name] for name in fields} == fields


async def test_allowed_nulls_of_a_new_lead_count_as_absent(api: Api) -> None:
    nulls: dict[str, Any] = dict.fromkeys(("value", "origin_id", "channel", "channel_id", TEXT_KEY))
    reply = await api.post("/leads", {"title": "x", "organization_id": 1} | nulls)
    assert reply.status == 201
    assert TEXT_KEY not in reply.data
    assert reply.data["value"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"title": None},
        {"title": ""},
        {"title": "  "},
        {"title": 7},
        {"owner_id": None},
        {"owner_id": 1},
        {"owner_id": "11884360"},
        {"label_ids": None},
        {"label_ids": "x"},
        {"label_ids": ["x"]},
        {"label_ids": [1]},
        {"person_id": None},
        {"person_id": 10_000},
        {"person_id": "1"},
        {"person_id": True},
        {"organization_id": None},
        {"organization_id": 10_000},
        {"value": 5},
        {"value": {"amount": 5}},
        {"value": {"currency": "EUR"}},
        {"value": {"amount": "5", "currency": "EUR"}},
        {"value": {"amount": True, "currency": "EUR"}},
        {"value": {"amount": 5, "currency": "euro"}},
        {"expected_close_date": None},
        {"expected_close_date": "31.01.2027"},
        {"expected_close_date": "20270131"},
        {"expected_close_date": 20270131},
        {"visible_to": 3},
        {"visible_to": "2"},
        {"visible_to": None},
        {"was_seen": None},
        {"was_seen": "yes"},
        {"channel": "52"},
        {"origin_id": 1},
        {"is_archived": False},
        {"note": "removed in 2021"},
        {TEXT_KEY: ["x"]},
    ],
    ids=str,
)
async def test_error_of_a_new_lead_names_the_invalid_property(api: Api, fields: Any) -> None:
    reply = await api.post("/leads", {"title": "x", "person_id": 1} | fields)
    assert_refused(reply, *(f'"{name}" ' for name in fields))
    assert reply.body["error"] == "Couldn't create lead, body is invalid."
    assert len(api.sandbox.leads) == 120


async def test_new_lead_requires_a_title_and_a_link(api: Api) -> None:
    assert_refused(await api.post("/leads", {"person_id": 1}), "title")
    assert_refused(await api.post("/leads", {"title": "x"}), "person", "organization")


@pytest.mark.parametrize(
    ("data", "content_type", "word"),
    [
        ('{"title": "x", "person_id": 1}', "text/plain", "Content-Type"),
        ('{"title": "x", "person_id": 1', "application/json", "JSON object"),
        ('{"title": "x", "person_id": NaN}', "application/json", "JSON object"),
        (b"\xff\xfe\xfa", "application/json", "JSON object"),
        ("[1]", "application/json", "JSON object"),
        ("", "application/json", "JSON object"),
    ],
)
async def test_body_must_be_an_object_declared_as_json(
    api: Api, data: str | bytes, content_type: str, word: str
) -> None:
    headers = {"x-api-token": api.sandbox.api_token, "content-type": content_type}
    assert_refused(await api.call("POST", "/leads", data=data, headers=headers), word)


# Changing


@pytest.fixture
def lead(api: Api) -> Any:
    """Return a lead with all properties set."""
    return api.sandbox.add_lead(
        organization_id=2,
        value={"amount": 1, "currency": "EUR"},
        expected_close_date="2027-01-31",
        channel=1,
        channel_id="x",
        **{TEXT_KEY: "Open house", MONEY_KEY: 5, f"{MONEY_KEY}_currency": "EUR"},
    )


async def test_update_changes_only_the_given_properties(api: Api, lead: Any) -> None:
    changed = (await api.patch(f"/leads/{lead['id']}", {"title": "New"})).data
    assert changed["update_time"] > lead["update_time"]
    assert changed == lead | {"title": "New", "update_time": changed["update_time"]}
    assert api.sandbox.leads[-1] == changed


async def test_changed_lead_keeps_its_position(api: Api) -> None:
    ids = [lead["id"] for lead in api.sandbox.leads]
    await api.patch(f"/leads/{ids[3]}", {"was_seen": True})
    assert [lead["id"] for lead in api.sandbox.leads] == ids


@pytest.mark.parametrize(
    "name",
    ["person_id", "organization_id", "value", "expected_close_date", "channel", "channel_id"],
)
async def test_null_clears_a_property_that_can_be_cleared(api: Api, lead: Any, name: str) -> None:
    changed = (await api.patch(f"/leads/{lead['id']}", {name: None})).data
    assert changed[name] is None


async def test_change_of_is_archived_to_its_value_changes_nothing(api: Api, lead: Any) -> None:
    changed = (await api.patch(f"/leads/{lead['id']}", {"is_archived": False})).data
    assert changed == lead | {"update_time": changed["update_time"]}


async def test_cleared_custom_field_is_removed_with_its_parts(api: Api, lead: Any) -> None:
    changed = (await api.patch(f"/leads/{lead['id']}", {MONEY_KEY: None})).data
    assert set(lead) - set(changed) == {MONEY_KEY, f"{MONEY_KEY}_currency"}


async def test_labels_are_replaced_not_merged(api: Api, lead: Any) -> None:
    hot, warm, _ = (label["id"] for label in (await api.get("/leadLabels")).data)
    for labels in ([hot], [warm], []):
        changed = await api.patch(f"/leads/{lead['id']}", {"label_ids": labels})
        assert changed.data["label_ids"] == labels


@pytest.mark.parametrize(
    "fields",
    [
        {"title": None},
        {"title": ""},
        {"owner_id": None},
        {"label_ids": None},
        {"label_ids": ["x"]},
        {"visible_to": None},
        {"was_seen": None},
        {"is_archived": None},
        {"is_archived": "yes"},
        {"person_id": 10_000},
        {"value": {"amount": 5}},
        {"expected_close_date": ""},
        {"origin_id": "x"},
        {"add_time": "2027-01-31T00:00:00.000Z"},
    ],
    ids=str,
)
async def test_error_of_a_change_names_the_invalid_property(
    api: Api, lead: Any, fields: Any
) -> None:
    reply = await api.patch(f"/leads/{lead['id']}", fields)
    assert_refused(reply, *(f'"{name}" ' for name in fields))
    assert reply.body["error"] == "Couldn't update lead, body is invalid."
    assert api.sandbox.leads[-1] == lead


async def test_update_without_properties_is_refused(api: Api, lead: Any) -> None:
    assert_refused(await api.patch(f"/leads/{lead['id']}", {}), "at least one property")


async def test_last_link_cannot_be_cleared(api: Api, lead: Any) -> None:
    path = f"/leads/{lead['id']}"
    assert_refused(await api.patch(path, {"person_id": None, "organization_id": None}), "linked")
    assert (await api.patch(path, {"person_id": None})).status == 200
    assert_refused(await api.patch(path, {"organization_id": None}), "linked")


async def test_archived_lead_cannot_be_changed(api: Api, lead: Any) -> None:
    path = f"/leads/{lead['id']}"
    assert (await api.patch(path, {"is_archived": True})).data["is_archived"] is True
    assert (await api.get("/leads/archived")).ids == [lead["id"]]
    assert_refused(await api.patch(path, {"title": "New"}), "archived")
    assert_refused(await api.patch(path, {"is_archived": True}), "archived")
    assert_refused(await api.patch(path, {"is_archived": False, "title": "New"}), "archived")
    reopened = (await api.patch(path, {"is_archived": False})).data
    assert reopened == lead | {"update_time": reopened["update_time"]}
    assert (await api.patch(path, {"title": "New"})).data["title"] == "New"


async def test_archived_lead_has_the_time_at_which_it_was_archived(api: Api, lead: Any) -> None:
    assert {known["archive_time"] for known in api.sandbox.leads} == {None}
    archived = (await api.patch(f"/leads/{lead['id']}", {"is_archived": True})).data
    assert archived["archive_time"] == archived["update_time"] > lead["update_time"]
    other = api.sandbox.leads[0]
    api.sandbox.archive_lead(other["id"])
    api.sandbox.archive_lead(lead["id"])
    first, *_, last = api.sandbox.leads
    assert first["archive_time"] == first["update_time"]
    assert last["archive_time"] == archived["archive_time"] < last["update_time"]


# Permitted users


async def test_permitted_users_are_all_or_the_owner_of_a_private_lead(api: Api) -> None:
    lead = api.sandbox.add_lead()
    users = await api.get(f"/leads/{lead['id']}/permittedUsers")
    assert users.body == {"success": True, "data": [11884360, 11884361, 11884362]}
    path = f"/leads/{lead['id']}"
    await api.patch(path, {"visible_to": "1", "owner_id": 11884361})
    assert (await api.get(f"{path}/permittedUsers")).data == [11884361]


async def test_permitted_users_of_an_unknown_lead_get_a_404(api: Api) -> None:
    reply = await api.get("/leads/unknown/permittedUsers")
    assert (reply.status, reply.body["error"]) == (404, "requested lead not found")
