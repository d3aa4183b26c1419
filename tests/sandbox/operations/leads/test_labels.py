"""Test the sandbox's operations on labels and sources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=120, burst=None)) as api:
        yield api


async def test_new_account_has_three_labels(api: Api) -> None:
    reply = await api.get("/leadLabels")
    assert "additional_data" not in reply.body
    assert [(label["name"], label["color"]) for label in reply.data] == [
        ("Hot", "red"),
        ("Warm", "yellow"),
        ("Cold", "blue"),
    ]


async def test_label_is_added_changed_and_deleted(api: Api) -> None:
    added = await api.post("/leadLabels", {"name": "VIP", "color": "purple"})
    assert added.status == 200
    path = f"/leadLabels/{added.data['id']}"
    assert (await api.get("/leadLabels")).data[-1] == added.data
    changed = (await api.patch(path, {"color": "gray"})).data
    assert changed["update_time"] > added.data["update_time"]
    assert changed == added.data | {"color": "gray", "update_time": changed["update_time"]}
    assert (await api.patch(path, {"name": "VVIP"})).data["name"] == "VVIP"
    assert (await api.delete(path)).data == {"id": added.data["id"]}
    assert len((await api.get("/leadLabels")).data) == 3


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"name": None}, {"color": "beige"}, {"color": None}, {"size": 1}],
    ids=str,
)
async def test_error_of_a_label_names_the_invalid_property(api: Api, fields: Any) -> None:
    assert_refused(await api.post("/leadLabels", {"name": "VIP", "color": "red"} | fields), *fields)
    label = (await api.get("/leadLabels")).data[0]
    assert_refused(await api.patch(f"/leadLabels/{label['id']}", fields), *fields)


async def test_label_requires_a_name_and_a_color(api: Api) -> None:
    assert_refused(await api.post("/leadLabels", {"color": "red"}), "name")
    assert_refused(await api.post("/leadLabels", {"name": "VIP"}), "color")
    label = (await api.get("/leadLabels")).data[0]
    assert_refused(await api.patch(f"/leadLabels/{label['id']}", {}), "at least one property")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_unknown_label_gets_a_404(api: Api, method: str) -> None:
    reply = await api.call(method, "/leadLabels/x")
    assert (reply.status, reply.body["error"]) == (404, "requested lead label not found")


async def test_deleted_label_is_removed_from_its_leads(api: Api) -> None:
    hot, warm, _ = (label["id"] for label in (await api.get("/leadLabels")).data)
    lead = api.sandbox.add_lead(label_ids=[hot, warm])
    await api.delete(f"/leadLabels/{hot}")
    assert (await api.get(f"/leads/{lead['id']}")).data["label_ids"] == [warm]
    assert not [lead for lead in api.sandbox.leads if hot in lead["label_ids"]]


async def test_sources_are_the_documented_ones(api: Api) -> None:
    reply = await api.get("/leadSources")
    assert len(reply.data) == 10
    assert {"name": "API"} in reply.data
