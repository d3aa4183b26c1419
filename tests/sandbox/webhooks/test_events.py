"""Test the bodies of the sandbox's webhooks, which have the format of Pipedrive's."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async import Lead, from_dict
from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.webhooks import LeadChanged, LeadCreated, LeadDeleted, parse_event
from tests.support.raw_server import RawServer, http
from tests.support.sandbox_api import Api, all_delivered, serving
from tests.webhooks.bodies import ADDRESS, LEAD, META

# A value of each type: as properties of a lead, and as an object in a webhook.
FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "varchar": ({"": "short"}, {"value": "short"}),
    "varchar_auto": ({"": "Hello there"}, {"value": "Hello there"}),
    "text": ({"": "long"}, {"value": "long"}),
    "phone": ({"": "1234-5678"}, {"value": "1234-5678"}),
    "double": ({"": 12.5}, {"value": 12.5}),
    "monetary": ({"": 200, "_currency": "EUR"}, {"value": 200, "currency": "EUR"}),
    "enum": ({"": "191"}, {"id": 191}),
    "set": ({"": "201,203"}, {"values": [{"id": 201}, {"id": 203}]}),
    "user": ({"": 11884360}, {"id": 11884360}),
    "org": ({"": 1}, {"id": 1}),
    "people": ({"": 7}, {"id": 7}),
    "date": ({"": "2026-06-27"}, {"value": "2026-06-27"}),
    "daterange": (
        {"": "2026-06-06", "_until": "2026-06-14"},
        {"from": "2026-06-06", "until": "2026-06-14"},
    ),
    "time": (
        {"": "00:45:00", "_timezone_id": 310},
        {"value": "00:45:00", "timezone_id": 310},
    ),
    "timerange": (
        {"": "09:00:00", "_until": "12:00:00", "_timezone_id": 310},
        {"from": "09:00:00", "until": "12:00:00", "timezone_id": 310},
    ),
    "address": (
        {"": "Mustamäe tee 3a", **{f"_{part}": text for part, text in ADDRESS.items()}},
        {"value": "Mustamäe tee 3a", **ADDRESS},
    ),
}
NEW = {"title": "Big order", "person_id": 7}


@pytest.fixture
async def receiver() -> AsyncIterator[RawServer]:
    async with RawServer((http(),)) as server:
        yield server


@pytest.fixture
async def api(receiver: RawServer) -> AsyncIterator[Api]:
    """Yield a client of a sandbox whose webhook is sent to the receiver."""
    async with serving(Sandbox(leads=3, burst=None)) as api:
        api.sandbox.add_webhook(receiver.origin)
        yield api


async def bodies(api: Api, receiver: RawServer) -> list[Any]:
    """Return the bodies sent so far."""
    await all_delivered(api.sandbox)
    return [request.json for request in receiver.requests]


async def key_of(api: Api, kind: str) -> str:
    """Return the key of the custom field of this type."""
    fields = (await api.get("/leadFields", limit="500")).data
    return next(
        str(field["key"])
        for field in fields
        if field["field_type"] == kind and len(field["key"]) == 40
    )


async def lead_without_omitted_properties(api: Api, id: str) -> Lead:
    """Return the lead from the API, without the properties that webhooks omit."""
    lead = (await api.get(f"/leads/{id}")).data
    return from_dict(Lead, {**lead, "visible_to": None, "cc_email": None})


# Events


async def test_creation_event_has_the_whole_lead_and_no_previous_values(
    api: Api, receiver: RawServer
) -> None:
    lead = (await api.post("/leads", NEW)).data
    [body] = await bodies(api, receiver)
    data = body["data"]
    assert body["previous"] is None
    assert set(data.pop("custom_fields").values()) == {None}
    assert data == {name: lead[name] for name in lead if name not in ("visible_to", "cc_email")}
    assert set(LEAD) <= {*data, "custom_fields"}


async def test_event_has_the_documented_meta_data(api: Api, receiver: RawServer) -> None:
    lead = (await api.post("/leads", NEW)).data
    [webhook] = (await api.get("/webhooks")).data
    user = (await api.get("/users/me")).data
    [body] = await bodies(api, receiver)
    meta = body["meta"]
    assert set(meta) == set(META)
    assert {type(meta[name]) for name in META} == {type(value) for value in META.values()}
    uuid.UUID(meta.pop("id"))
    uuid.UUID(meta.pop("correlation_id"))
    assert meta.pop("timestamp") > lead["add_time"]
    assert meta == {
        "action": "create",
        "entity": "lead",
        "entity_id": lead["id"],
        "company_id": str(user["company_id"]),
        "user_id": str(user["id"]),
        "webhook_id": str(webhook["id"]),
        "webhook_owner_id": str(user["id"]),
        "attempt": 1,
        "is_bulk_edit": False,
        "change_source": "api",
        "host": "sandbox.pipedrive.com",
        "type": "general",
        "version": "2.0",
        "permitted_user_ids": [str(user["id"] + number) for number in range(3)],
    }


async def test_change_event_has_the_previous_values(api: Api, receiver: RawServer) -> None:
    lead = (await api.post("/leads", {**NEW, "value": {"amount": 5, "currency": "EUR"}})).data
    changed = (await api.patch(f"/leads/{lead['id']}", {"title": "Bigger", "value": None})).data
    _, body = await bodies(api, receiver)
    assert body["meta"]["action"] == "change"
    assert (body["data"]["title"], body["data"]["value"]) == ("Bigger", None)
    assert body["data"]["update_time"] == changed["update_time"]
    assert body["previous"] == {
        "title": "Big order",
        "value": {"amount": 5, "currency": "EUR"},
        "update_time": lead["update_time"],
    }


async def test_change_event_has_only_the_changed_custom_fields(
    api: Api, receiver: RawServer
) -> None:
    money, text, date = [await key_of(api, kind) for kind in ("monetary", "text", "date")]
    fields = {money: 5, f"{money}_currency": "EUR", text: "unchanged"}
    lead = (await api.post("/leads", {**NEW, **fields})).data
    changes = {f"{money}_currency": "USD", date: "2026-06-27"}
    await api.patch(f"/leads/{lead['id']}", changes)
    await api.patch(f"/leads/{lead['id']}", {money: None})
    _, first, second = await bodies(api, receiver)
    assert first["previous"] == {
        "update_time": lead["update_time"],
        "custom_fields": {money: {"type": "monetary", "value": 5, "currency": "EUR"}, date: None},
    }
    assert first["data"]["custom_fields"][text] == {"type": "text", "value": "unchanged"}
    assert second["data"]["custom_fields"][money] is None
    assert second["previous"]["custom_fields"] == {
        money: {"type": "monetary", "value": 5, "currency": "USD"}
    }


async def test_request_without_a_change_sends_no_event(api: Api, receiver: RawServer) -> None:
    lead = (await api.post("/leads", NEW)).data
    await api.patch(f"/leads/{lead['id']}", {"title": "Big order", "was_seen": False})
    await api.patch(f"/leads/{lead['id']}", {"title": ""})
    api.sandbox.archive_lead(lead["id"])
    api.sandbox.archive_lead(lead["id"])
    actions = [body["meta"]["action"] for body in await bodies(api, receiver)]
    assert actions == ["create", "change"]


async def test_deletion_event_has_the_deleted_lead_as_previous(
    api: Api, receiver: RawServer
) -> None:
    lead = (await api.post("/leads", NEW)).data
    await api.delete(f"/leads/{lead['id']}")
    created, deleted = await bodies(api, receiver)
    assert deleted["meta"]["action"] == "delete"
    assert deleted["data"] is None
    assert deleted["previous"] == created["data"]


async def test_controls_send_events_with_the_change_source_app(
    api: Api, receiver: RawServer
) -> None:
    lead = api.sandbox.add_lead()
    api.sandbox.archive_lead(lead["id"])
    api.sandbox.delete_lead(lead["id"])
    metas = [body["meta"] for body in await bodies(api, receiver)]
    assert [meta["action"] for meta in metas] == ["create", "change", "delete"]
    assert {(meta["change_source"], meta["entity_id"]) for meta in metas} == {("app", lead["id"])}


async def test_conversion_of_a_lead_sends_a_deletion_event(api: Api, receiver: RawServer) -> None:
    api.sandbox.plan_conversions(polls=1)
    lead = api.sandbox.leads[0]["id"]
    path = f"/api/v2/leads/{lead}/convert"
    job = (await api.call("POST", f"{path}/deal")).data["conversion_id"]
    await api.get(f"{path}/status/{job}")
    assert await bodies(api, receiver) == []
    await api.get(f"{path}/status/{job}")
    [body] = await bodies(api, receiver)
    meta = body["meta"]
    assert (meta["action"], meta["entity_id"], meta["change_source"]) == ("delete", lead, "api")


async def test_conversion_of_a_deal_sends_a_creation_event(api: Api, receiver: RawServer) -> None:
    api.sandbox.plan_conversions(polls=0)
    deal = api.sandbox.add_deal(title="Was a deal")["id"]
    path = f"/api/v2/deals/{deal}/convert"
    job = (await api.call("POST", f"{path}/lead")).data["conversion_id"]
    lead = (await api.get(f"{path}/status/{job}")).data["lead_id"]
    [body] = await bodies(api, receiver)
    assert (body["meta"]["action"], body["data"]["id"]) == ("create", lead)
    assert (body["data"]["title"], body["data"]["source_deal_id"]) == ("Was a deal", deal)


async def test_deleting_a_label_sends_a_change_event_for_each_lead(
    api: Api, receiver: RawServer
) -> None:
    label = (await api.post("/leadLabels", {"name": "New", "color": "pink"})).data["id"]
    leads = [(await api.post("/leads", {**NEW, "label_ids": [label]})).data for _ in range(2)]
    await api.delete(f"/leadLabels/{label}")
    events = (await bodies(api, receiver))[2:]
    assert [body["data"]["id"] for body in events] == [lead["id"] for lead in leads]
    assert [body["previous"] for body in events] == [{"label_ids": [label]}] * 2


async def test_new_property_has_the_previous_value_null(api: Api, receiver: RawServer) -> None:
    lead = api.sandbox.add_lead()
    api.sandbox.add_lead(**{**lead, "news": [1], "custom_fields": "not an object"})
    _, body = await bodies(api, receiver)
    assert body["data"]["news"] == [1]
    assert body["previous"] == {"news": None}


# Receivers


async def test_private_lead_is_sent_only_to_users_who_may_see_it(
    api: Api, receiver: RawServer
) -> None:
    me = (await api.get("/users/me")).data["id"]
    for user in (me + 1, me + 2):
        fields = {"subscription_url": f"{receiver.origin}/{user}", "user_id": user}
        reply = await api.post(
            "/webhooks", {**fields, "event_action": "*", "event_object": "*", "name": "x"}
        )
        assert reply.status == 201
    await api.post("/leads", {**NEW, "visible_to": "1", "owner_id": me + 1})
    assert [body["meta"]["permitted_user_ids"] for body in await bodies(api, receiver)] == [
        [str(me + 1)]
    ] * 2
    # The owner of the account may see all leads.
    assert sorted(request.target for request in receiver.requests) == ["/", f"/{me + 1}"]


async def test_webhook_sends_only_events_of_its_own_account(api: Api, receiver: RawServer) -> None:
    other = api.sandbox.add_account(leads=1)
    other.add_webhook(f"{receiver.origin}/other")
    for account in (api.sandbox, other):
        account.archive_lead(account.leads[0]["id"])
    metas = {body["meta"]["host"]: body["meta"] for body in await bodies(api, receiver)}
    assert list(metas) == ["sandbox.pipedrive.com", "sandbox-2.pipedrive.com"]
    assert len({meta["webhook_id"] for meta in metas.values()}) == 2
    assert len({meta["company_id"] for meta in metas.values()}) == 2


# The lead in the body


@pytest.mark.parametrize("kind", FIELDS)
async def test_custom_field_has_its_type_and_decodes_as_from_the_api(
    api: Api, receiver: RawServer, kind: str
) -> None:
    root, nested = FIELDS[kind]
    key = await key_of(api, kind)
    fields = {key + suffix: value for suffix, value in root.items()}
    lead = (await api.post("/leads", {**NEW, **fields})).data
    [body] = await bodies(api, receiver)
    event = parse_event(body)
    assert isinstance(event, LeadCreated)
    assert fields == event.lead.custom_fields
    assert event.lead == await lead_without_omitted_properties(api, lead["id"])
    sent = body["data"]["custom_fields"]
    assert sent.pop(key) == {"type": kind, **nested}
    assert set(sent.values()) == {None}


async def test_missing_parts_are_null_but_empty_texts_in_an_address(
    api: Api, receiver: RawServer
) -> None:
    money, address = [await key_of(api, kind) for kind in ("monetary", "address")]
    fields = {money: 5, address: "Pikk 3", f"{address}_locality": None, f"{address}_country": "EE"}
    api.sandbox.add_lead(**fields)
    [body] = await bodies(api, receiver)
    sent = body["data"]["custom_fields"]
    assert sent[money] == {"type": "monetary", "value": 5, "currency": None}
    rest = dict.fromkeys(ADDRESS, "") | {"country": "EE"}
    assert sent[address] == {"type": "address", "value": "Pikk 3", **rest}


async def test_options_that_are_not_numbers_are_sent_unchanged(
    api: Api, receiver: RawServer
) -> None:
    enum, several = [await key_of(api, kind) for kind in ("enum", "set")]
    api.sandbox.add_lead(**{enum: "Hot", several: "Hot,201"})
    [body] = await bodies(api, receiver)
    sent = body["data"]["custom_fields"]
    assert sent[enum] == {"type": "enum", "id": "Hot"}
    assert sent[several] == {"type": "set", "values": [{"id": "Hot"}, {"id": 201}]}


async def test_value_under_an_unknown_key_is_not_sent(api: Api, receiver: RawServer) -> None:
    await api.post("/leads", {**NEW, "ab" * 20: "x"})
    known = api.sandbox.add_custom_field("Discount", "double")
    await api.post("/leads", {**NEW, known: 5})
    unknown, valid = await bodies(api, receiver)
    assert "ab" * 20 not in {**unknown["data"], **unknown["data"]["custom_fields"]}
    assert known not in unknown["data"]["custom_fields"]
    assert valid["data"]["custom_fields"][known] == {"type": "double", "value": 5}


async def test_leads_before_and_after_a_change_decode_as_from_the_api(receiver: RawServer) -> None:
    async with serving(Sandbox(leads=60, burst=None)) as api:
        api.sandbox.add_webhook(receiver.origin)
        ids = [lead["id"] for lead in api.sandbox.leads]
        before = [await lead_without_omitted_properties(api, id) for id in ids]
        for number, id in enumerate(ids):
            title = {"title": f"Lead {number}"}
            await api.patch(
                f"/leads/{id}", {**title, **dict.fromkeys(half_of_the_custom_fields(api, id))}
            )
        after = [await lead_without_omitted_properties(api, id) for id in ids]
        for id in ids:
            await api.delete(f"/leads/{id}")
        events = [parse_event(body) for body in await bodies(api, receiver)]
        changes, deletions = events[:60], events[60:]
        assert [event.lead for event in changes if isinstance(event, LeadChanged)] == after
        assert [event.previous for event in changes if isinstance(event, LeadChanged)] == before
        assert [event.previous for event in deletions if isinstance(event, LeadDeleted)] == after


def half_of_the_custom_fields(api: Api, id: str) -> list[str]:
    """Return the keys of every second custom field of the lead."""
    [lead] = [lead for lead in api.sandbox.leads if lead["id"] == id]
    return [name for name in lead if len(name) == 40][::2]
