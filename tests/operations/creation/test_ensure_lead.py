"""Test how `ensure_lead` finds a lead by its key, or creates it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipedrive_leads_async import (
    EnsuredLead,
    InvalidRequestError,
    Lead,
    LeadsClient,
    ServerError,
    to_dict,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import KEY, created, new_lead, operations
from tests.support.sandbox_api import until


async def test_lead_is_created_once_by_clients_one_after_another(sandbox: Sandbox) -> None:
    ensured: list[EnsuredLead[Lead]] = []
    for _ in range(3):
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            ensured.append(await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY))
    assert [each.created for each in ensured] == [True, False, False]
    assert {each.lead.id for each in ensured} == set(created(sandbox))


async def test_lead_whose_response_was_lost_counts_as_created(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.created
    assert created(sandbox) == [ensured.lead.id]


async def test_archived_lead_is_found(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    sandbox.archive_lead(lead.id)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (ensured.lead.id, ensured.created) == (lead.id, False)


async def test_oldest_of_several_leads_with_the_key_is_returned(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    person = new_lead(sandbox).person_id
    first, _ = (sandbox.add_lead(origin_id=KEY, person_id=person) for _ in range(2))
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.lead.id == first["id"]


async def test_lead_is_not_added_if_the_search_fails(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", status=500, times=9)
    with pytest.raises(ServerError):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in operations(sandbox)


async def test_invalid_arguments_are_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request: Any
    for request in (to_dict(new_lead(sandbox)), None):
        for call in (client.add_lead, client.ensure_lead):
            with pytest.raises(TypeError, match=r"^request must be an AddLeadRequest"):
                await call(request, idempotency_key=KEY)
    no_text: Any = 5
    with pytest.raises(TypeError, match=r"^idempotency_key must be a str"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=no_text)
    with pytest.raises(InvalidRequestError, match=r"^idempotency_key is sent as origin_id"):
        await client.ensure_lead(new_lead(sandbox, origin_id="mine"), idempotency_key=KEY)
    assert not sandbox.requests


async def test_only_one_of_several_concurrent_calls_has_created_the_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.ensure_lead(request, idempotency_key=KEY) for _ in range(20)]
    ensured = await asyncio.gather(*calls)
    assert [each.created for each in ensured].count(True) == 1
    assert {each.lead.id for each in ensured} == set(created(sandbox))


async def test_first_call_to_return_has_created_the_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=0.05)
    request = new_lead(sandbox)
    first, second, third = (
        asyncio.create_task(client.ensure_lead(request, idempotency_key=KEY)) for _ in range(3)
    )
    await until(lambda: operations(sandbox) == ["getLeads"])
    first.cancel()
    ensured = await asyncio.gather(second, third)
    assert sorted(each.created for each in ensured) == [False, True]
