"""Test models as responses of Litestar, which serialises attrs classes itself."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any, Final

import attrs

from pipedrive_leads_async import Lead, LeadPage, LeadsClient, custom_field
from pipedrive_leads_async.sandbox import Sandbox

litestar: Final[Any] = importlib.import_module("litestar")
testing: Final[Any] = importlib.import_module("litestar.testing")

KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"


@attrs.frozen(kw_only=True)
class ShopLead(Lead):
    size: int | None = custom_field(KEY)


LEAD: Final = ShopLead(id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", title="New", size=5)


async def get_lead() -> Lead:
    return LEAD


async def get_page() -> LeadPage[ShopLead]:
    return LeadPage(leads=[LEAD], start=0, limit=1, more_items_in_collection=False)


async def test_models_are_responses_with_the_names_of_their_attributes() -> None:
    handlers = [litestar.get("/lead")(get_lead), litestar.get("/page")(get_page)]
    async with testing.AsyncTestClient(litestar.Litestar(handlers)) as web:
        lead = (await web.get("/lead")).json()
        assert lead == attrs.asdict(LEAD) | {"label_ids": []}
        assert (await web.get("/page")).json()["leads"] == [lead]
        schemas = (await web.get("/schema/openapi.json")).json()["components"]["schemas"]
        assert any("size" in schema["properties"] for schema in schemas.values())


async def test_leads_of_an_account_are_responses_with_their_custom_fields(
    client: LeadsClient,
) -> None:
    leads = [lead async for lead in client.get_leads()]

    async def get_leads() -> list[Lead]:
        return leads

    async with testing.AsyncTestClient(litestar.Litestar([litestar.get("/")(get_leads)])) as web:
        rows = (await web.get("/")).json()
    assert any(row["custom_fields"] for row in rows)
    assert [row["custom_fields"] for row in rows] == [lead.custom_fields for lead in leads]


async def test_program_of_the_guide_adds_and_reads_leads(
    guide: SimpleNamespace, sandbox: Sandbox
) -> None:
    async with testing.AsyncTestClient(guide.litestar_app) as web:
        new, key = {"title": "New", "person_id": 1}, {"Idempotency-Key": "order-1"}
        lead = (await web.post("/leads", json=new, headers=key)).json()
        assert (await web.post("/leads", json=new, headers=key)).json() == lead
        assert lead["id"] == sandbox.leads[-1]["id"]
        assert (await web.get(f"/leads/{lead['id']}")).json() == lead
