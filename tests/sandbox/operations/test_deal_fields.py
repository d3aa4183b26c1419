"""Test the sandbox's operations on deal fields and the deletion of deals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving

STAGE = {"name": "Stage", "field_type": "enum", "options": [{"label": "Hot"}, {"label": "Cold"}]}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


async def lead_fields(api: Api) -> list[Any]:
    return list((await api.get("/leadFields", limit="500")).data)


async def test_added_field_is_a_field_of_leads(api: Api) -> None:
    before = await lead_fields(api)
    added = await api.post("/dealFields", STAGE)
    assert added.status == 201
    assert [option["label"] for option in added.data["options"]] == ["Hot", "Cold"]
    assert await lead_fields(api) == [*before, added.data]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"field_type": 5}, "field_type"),
        ({"field_type": "hologram"}, "field_type"),
        ({"options": []}, "options"),
        ({"options": ["Hot"]}, "label"),
        ({"options": 5}, "options"),
        ({"field_type": "text"}, "options"),
    ],
)
async def test_invalid_field_is_refused(api: Api, changes: dict[str, Any], word: str) -> None:
    before = await lead_fields(api)
    assert_refused(await api.post("/dealFields", STAGE | changes), word)
    assert await lead_fields(api) == before


async def test_deleted_field_takes_no_other_field_with_it(api: Api) -> None:
    first, second = [(await api.post("/dealFields", STAGE)).data for _ in range(2)]
    path = f"/dealFields/{first['id']}"
    assert (await api.delete(path)).body == {"success": True, "data": {"id": first["id"]}}
    assert (await api.delete(path)).status == 404
    third = (await api.post("/dealFields", STAGE)).data
    assert (await lead_fields(api))[-2:] == [second, third]
    assert len({field["id"] for field in (first, second, third)}) == 3
    ids = [option["id"] for field in (first, second, third) for option in field["options"]]
    assert len(set(ids)) == 6


async def test_deleted_deal_no_longer_exists(api: Api) -> None:
    deal = api.sandbox.add_deal()
    path = f"/api/v2/deals/{deal['id']}"
    assert (await api.delete(path)).body == {"success": True, "data": {"id": deal["id"]}}
    assert api.sandbox.deals == []
    assert (await api.delete(path)).status == 404
