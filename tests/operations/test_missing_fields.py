"""Test the warning about custom fields that Pipedrive does not store."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import AddLeadRequest, LeadsClient, SessionManager, UpdateLeadRequest
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import CANARY, ID, QUICK
from tests.support.raw_server import RawServer, success

CAMPAIGN = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
BUDGET = "7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab"
DELETED = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"
MISSPELT = "3ce5b1409718d65a8adc965be1f0da8821d8b9ac"


def new_lead(sandbox: Sandbox, **custom_fields: Any) -> AddLeadRequest:
    person = sandbox.leads[0]["person_id"]
    return AddLeadRequest(title="Big order", person_id=person, custom_fields=custom_fields)


def warnings(caplog: pytest.LogCaptureFixture) -> list[tuple[str, list[str]]]:
    """Return the operation and the keys of each warning."""
    found: list[tuple[str, list[str]]] = []
    for record in caplog.records:
        assert (record.name, record.levelname) == ("pipedrive_leads_async", "WARNING")
        keys = vars(record)["custom_fields"]
        assert all(key in record.message for key in keys)
        found.append((vars(record)["operation"], keys))
    return found


@pytest.mark.parametrize("key", [None, "order-1234"], ids=["without a key", "with a key"])
async def test_ignored_field_of_a_new_lead_is_logged_once(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, key: str | None
) -> None:
    request = new_lead(sandbox, **{CAMPAIGN: "Spring", DELETED: 5, MISSPELT: "Autumn"})
    await client.add_lead(request, idempotency_key=key)
    assert warnings(caplog) == [("addLead", [DELETED, MISSPELT])]
    await client.add_lead(request, idempotency_key=key and "another")
    assert len(caplog.records) == 1


async def test_ignored_field_of_an_update_is_logged_once(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    id = sandbox.leads[0]["id"]
    for fields in ({CAMPAIGN: "Spring", DELETED: 5}, {DELETED: 6, MISSPELT: "x"}):
        await client.update_lead(id, UpdateLeadRequest(custom_fields=fields))
    assert warnings(caplog) == [("updateLead", [DELETED]), ("updateLead", [MISSPELT])]


async def test_field_is_logged_once_for_all_clients_of_the_account(
    sandbox: Sandbox, manager: SessionManager, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) as client:
            await client.add_lead(new_lead(sandbox, **{DELETED: 5}))
    assert warnings(caplog) == [("addLead", [DELETED])]


async def test_stored_and_cleared_fields_are_not_logged(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    fields: dict[str, Any] = {CAMPAIGN: "Spring", BUDGET: 0, f"{BUDGET}_currency": "EUR"}
    lead = await client.add_lead(new_lead(sandbox, **fields))
    await client.update_lead(lead.id, UpdateLeadRequest(title="Small order"))
    await client.update_lead(lead.id, UpdateLeadRequest(custom_fields={CAMPAIGN: None}))
    assert not caplog.records


@pytest.mark.parametrize("value", [None, "", [], {}], ids=repr)
@pytest.mark.parametrize("returned", [{}, {CAMPAIGN: None}], ids=["absent", "null"])
async def test_field_sent_without_a_value_is_not_missing(
    value: Any, returned: dict[str, None], caplog: pytest.LogCaptureFixture
) -> None:
    lead = {"id": ID, "title": "Big order", **returned}
    async with (
        RawServer((success(lead),)) as server,
        LeadsClient(CANARY, base_url=server.url, retry=QUICK) as client,
    ):
        await client.update_lead(ID, UpdateLeadRequest(custom_fields={CAMPAIGN: value}))
        assert not caplog.records
        await client.update_lead(ID, UpdateLeadRequest(custom_fields={CAMPAIGN: "Spring"}))
    assert warnings(caplog) == [("updateLead", [CAMPAIGN])]
