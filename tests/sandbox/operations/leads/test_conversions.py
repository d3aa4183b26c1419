"""Test the sandbox's conversions of leads to deals and of deals to leads."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, Reply, assert_violates_schema, serving

KEY = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=3, burst=None)) as api:
        yield api


async def start(api: Api, kind: str, id: object, body: Any = None) -> str:
    """Start the conversion of a lead or a deal; return the path of its status."""
    target = {"leads": "deal", "deals": "lead"}[kind]
    path = f"/api/v2/{kind}/{id}/convert"
    options = {} if body is None else {"json": body}
    reply = await api.call("POST", f"{path}/{target}", **options)
    assert reply.status == 200
    assert list(reply.body) == ["success", "data", "additional_data"]
    assert reply.body["additional_data"] is None
    assert list(reply.data) == ["conversion_id"]
    uuid.UUID(reply.data["conversion_id"])
    return f"{path}/status/{reply.data['conversion_id']}"


async def result(api: Api, path: str) -> Any:
    """Poll the status until it is final; return it."""
    while True:
        reply = await api.get(path)
        assert reply.status == 200
        assert reply.body["additional_data"] is None
        assert reply.data["conversion_id"] == path.rpartition("/")[2]
        if reply.data["status"] not in ("not_started", "running"):
            return reply.data


def assert_not_found(reply: Reply) -> None:
    assert reply.status == 404
    assert reply.body == {
        "success": False,
        "error": "Entity was not found",
        "error_info": "Object was not found.",
        "data": None,
        "additional_data": None,
    }


# From a lead to a deal


async def test_conversion_advances_with_each_status_request(api: Api) -> None:
    lead = api.sandbox.leads[0]["id"]
    path = await start(api, "leads", lead)
    job = path.rpartition("/")[2]
    for status in ("not_started", "running"):
        assert (await api.get(path)).data == {"conversion_id": job, "status": status}
        assert (await api.get(f"/leads/{lead}")).status == 200
        assert api.sandbox.deals == []
    for _ in range(2):
        assert (await api.get(path)).data == {
            "conversion_id": job,
            "status": "completed",
            "deal_id": 1,
        }
    assert (await api.get(f"/leads/{lead}")).status == 404
    assert [deal["id"] for deal in api.sandbox.deals] == [1]


async def test_deal_has_the_properties_of_its_lead(api: Api) -> None:
    lead = api.sandbox.add_lead(
        title="Big order",
        owner_id=11884361,
        person_id=7,
        organization_id=2,
        value={"amount": 12.5, "currency": "USD"},
        expected_close_date="2027-01-31",
        visible_to="1",
        origin="API",
        origin_id="order-1",
        channel=64,
        channel_id="x",
        **{KEY: "Open house"},
    )
    deal_id = (await result(api, await start(api, "leads", lead["id"])))["deal_id"]
    deal = (await api.get(f"/deals/{deal_id}")).data
    assert deal == api.sandbox.deals[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", deal["add_time"])
    assert deal == {
        "id": 1,
        "title": "Big order",
        "user_id": 11884361,
        "creator_user_id": 11884360,
        "person_id": 7,
        "org_id": 2,
        "pipeline_id": 1,
        "stage_id": 1,
        "status": "open",
        "value": 12.5,
        "currency": "USD",
        "expected_close_date": "2027-01-31",
        "origin": "API",
        "origin_id": "order-1",
        "channel": 64,
        "channel_id": "x",
        "visible_to": "1",
        KEY: "Open house",
        "add_time": deal["add_time"],
        "update_time": deal["add_time"],
    }


async def test_lead_without_a_value_becomes_a_deal_with_value_zero(api: Api) -> None:
    lead = api.sandbox.add_lead(value=None)
    await result(api, await start(api, "leads", lead["id"]))
    assert (api.sandbox.deals[0]["value"], api.sandbox.deals[0]["currency"]) == (0, "EUR")


@pytest.mark.parametrize(
    ("body", "pipeline_and_stage"),
    [
        (None, (1, 1)),
        ({}, (1, 1)),
        ({"stage_id": 3}, (1, 3)),
        ({"stage_id": 7}, (2, 7)),
        ({"pipeline_id": 2}, (2, 6)),
        ({"pipeline_id": 1, "stage_id": 7}, (2, 7)),
    ],
    ids=str,
)
async def test_deal_has_the_requested_pipeline_and_stage(
    api: Api, body: Any, pipeline_and_stage: tuple[int, int]
) -> None:
    await result(api, await start(api, "leads", api.sandbox.leads[0]["id"], body))
    deal = api.sandbox.deals[0]
    assert (deal["pipeline_id"], deal["stage_id"]) == pipeline_and_stage


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x"},
        {"stage_id": "1"},
        {"stage_id": True},
        {"stage_id": None},
        {"stage_id": 99},
        {"pipeline_id": 1.5},
        {"pipeline_id": 99},
    ],
    ids=str,
)
async def test_error_of_a_conversion_names_the_invalid_property(api: Api, body: Any) -> None:
    lead = api.sandbox.leads[0]["id"]
    reply = await api.post(f"/api/v2/leads/{lead}/convert/deal", body)
    assert_violates_schema(reply, *body)


async def test_body_must_be_an_object_declared_as_json(api: Api) -> None:
    path = f"/api/v2/leads/{api.sandbox.leads[0]['id']}/convert/deal"
    assert_violates_schema(await api.post(path, [1]), "JSON object")
    headers = {"x-api-token": api.sandbox.api_token, "content-type": "text/plain"}
    reply = await api.call("POST", path, headers, data="{}")
    assert_violates_schema(reply, "Content-Type")


# From a deal to a lead


async def test_lead_has_the_properties_of_its_deal(api: Api) -> None:
    deal = api.sandbox.add_deal(
        title="Big order",
        user_id=11884361,
        person_id=7,
        org_id=2,
        value=1200,
        currency="USD",
        expected_close_date="2027-01-31",
        channel_id="x",
        **{KEY: "Open house"},
    )
    path = await start(api, "deals", deal["id"])
    assert (await api.get(path)).data["status"] == "not_started"
    assert (await api.get(f"/deals/{deal['id']}")).data == deal
    final = await result(api, path)
    assert list(final) == ["conversion_id", "status", "lead_id"]
    lead = (await api.get(f"/leads/{final['lead_id']}")).data
    assert lead == api.sandbox.leads[-1]
    expected = {
        "title": "Big order",
        "owner_id": 11884361,
        "person_id": 7,
        "organization_id": 2,
        "value": {"amount": 1200, "currency": "USD"},
        "expected_close_date": "2027-01-31",
        "channel_id": "x",
        "source_name": "Deal",
        "source_deal_id": deal["id"],
        "is_archived": False,
        KEY: "Open house",
    }
    assert {name: lead[name] for name in expected} == expected
    assert not {"user_id", "org_id", "stage_id", "currency", "status"} & set(lead)
    assert api.sandbox.deals == []
    assert (await api.get(f"/deals/{deal['id']}")).status == 404


async def test_deal_with_value_zero_becomes_a_lead_without_a_value(api: Api) -> None:
    await result(api, await start(api, "deals", api.sandbox.add_deal()["id"]))
    assert api.sandbox.leads[-1]["value"] is None


async def test_lead_converted_to_a_deal_and_back_has_a_new_id(api: Api) -> None:
    before = api.sandbox.add_lead(value={"amount": 5, "currency": "EUR"}, **{KEY: "Open house"})
    deal = (await result(api, await start(api, "leads", before["id"])))["deal_id"]
    await result(api, await start(api, "deals", deal))
    after = api.sandbox.leads[-1]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"id", "source_name", "source_deal_id", "add_time", "update_time", "cc_email"}


async def test_ids_of_deals_are_not_reused(api: Api) -> None:
    first = api.sandbox.add_deal()
    assert first["person_id"] == 1
    await result(api, await start(api, "deals", first["id"]))
    assert [first["id"], api.sandbox.add_deal()["id"]] == [1, 2]


# Unknown ids


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v2/leads/unknown/convert/deal"),
        ("POST", "/api/v2/deals/99/convert/lead"),
        ("POST", "/api/v2/deals/x/convert/lead"),
        ("GET", "/api/v2/leads/unknown/convert/status/unknown"),
        ("GET", "/api/v2/deals/1/convert/status/unknown"),
    ],
)
async def test_unknown_conversion_gets_a_404(api: Api, method: str, path: str) -> None:
    assert_not_found(await api.call(method, path))


async def test_conversion_is_found_only_with_its_own_lead(api: Api) -> None:
    first, second, _ = (lead["id"] for lead in api.sandbox.leads)
    path = await start(api, "leads", first)
    assert_not_found(await api.get(path.replace(first, second)))
    assert (await api.get(path)).data["status"] == "not_started"


async def test_unknown_deal_gets_a_404(api: Api) -> None:
    reply = await api.get("/deals/1")
    assert (reply.status, reply.body["error"]) == (404, "requested deal not found")


# The control `plan_conversions`


@pytest.mark.parametrize(
    ("polls", "statuses"),
    [
        (0, ["completed"]),
        (1, ["not_started", "completed"]),
        (4, ["not_started", "running", "running", "running", "completed"]),
    ],
)
async def test_plan_conversions_sets_the_number_of_polls(
    api: Api, polls: int, statuses: list[str]
) -> None:
    api.sandbox.plan_conversions(polls=polls)
    path = await start(api, "leads", api.sandbox.leads[0]["id"])
    assert [(await api.get(path)).data["status"] for _ in statuses] == statuses


@pytest.mark.parametrize("outcome", ["failed", "rejected"])
async def test_unsuccessful_conversion_changes_nothing(api: Api, outcome: str) -> None:
    api.sandbox.plan_conversions(outcome=outcome)
    before = api.sandbox.leads
    path = await start(api, "leads", before[0]["id"])
    for _ in range(2):
        final = await result(api, path)
        assert final == {"conversion_id": path.rpartition("/")[2], "status": outcome}
    assert (api.sandbox.leads, api.sandbox.deals) == (before, [])


async def test_plan_conversions_applies_only_to_later_conversions(api: Api) -> None:
    first, second, _ = (lead["id"] for lead in api.sandbox.leads)
    early = await start(api, "leads", first)
    api.sandbox.plan_conversions(polls=0, outcome="failed")
    late = await start(api, "leads", second)
    assert (await result(api, early))["status"] == "completed"
    assert (await api.get(late)).data["status"] == "failed"


@pytest.mark.parametrize("kind", ["leads", "deals"])
async def test_conversion_fails_if_its_lead_or_deal_was_deleted(api: Api, kind: str) -> None:
    id = api.sandbox.leads[0]["id"] if kind == "leads" else api.sandbox.add_deal()["id"]
    first, second = [await start(api, kind, id) for _ in range(2)]
    assert (await result(api, first))["status"] == "completed"
    assert (await result(api, second)) == {
        "conversion_id": second.rpartition("/")[2],
        "status": "failed",
    }


async def test_conversion_ids_depend_on_the_seed() -> None:
    paths: list[str] = []
    for seed in (1, 1, 2):
        async with serving(Sandbox(leads=1, seed=seed)) as api:
            path = await start(api, "leads", api.sandbox.leads[0]["id"])
            paths.append(path.rpartition("/")[2])
    assert paths[0] == paths[1] != paths[2]


def test_changing_a_returned_deal_does_not_change_the_sandbox() -> None:
    sandbox = Sandbox(leads=0)
    sandbox.add_deal(title="Kept")["title"] = "Changed"
    sandbox.deals[0]["title"] = "Changed"
    assert sandbox.deals[0]["title"] == "Kept"
