"""`ensure_lead` looks first, and says whether it made the lead."""

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
from tests.operations.creation.new_leads import KEY, made, new_lead, sent
from tests.support.sandbox_api import until


async def test_a_lead_is_ensured_once_in_any_number_of_processes(sandbox: Sandbox) -> None:
    ensured: list[EnsuredLead[Lead]] = []
    for _ in range(3):
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            ensured.append(await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY))
    assert [each.created for each in ensured] == [True, False, False]
    assert {each.lead.id for each in ensured} == set(made(sandbox))


async def test_a_lead_whose_answer_was_lost_was_created_all_the_same(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.created
    assert made(sandbox) == [ensured.lead.id]


async def test_an_archived_lead_is_there_too(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    sandbox.archive_lead(lead.id)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (ensured.lead.id, ensured.created) == (lead.id, False)


async def test_the_oldest_of_several_is_the_one(client: LeadsClient, sandbox: Sandbox) -> None:
    person = new_lead(sandbox).person_id
    first, _ = (sandbox.add_lead(origin_id=KEY, person_id=person) for _ in range(2))
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.lead.id == first["id"]


async def test_where_it_cannot_look_it_does_not_add(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", status=500, times=9)
    with pytest.raises(ServerError):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in sent(sandbox)


async def test_bad_keys_reach_no_server(client: LeadsClient, sandbox: Sandbox) -> None:
    request: Any
    for request in (to_dict(new_lead(sandbox)), None):
        for call in (client.add_lead, client.ensure_lead):
            with pytest.raises(TypeError, match=r"^request must be AddLeadRequest"):
                await call(request, idempotency_key=KEY)
    no_text: Any = 5
    with pytest.raises(TypeError, match=r"^idempotency_key must be a str"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=no_text)
    with pytest.raises(InvalidRequestError, match=r"^idempotency_key travels as origin_id"):
        await client.ensure_lead(new_lead(sandbox, origin_id="mine"), idempotency_key=KEY)
    assert not sandbox.requests


async def test_of_calls_that_ensure_one_key_at_once_one_has_created_it(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.ensure_lead(request, idempotency_key=KEY) for _ in range(20)]
    ensured = await asyncio.gather(*calls)
    assert [each.created for each in ensured].count(True) == 1
    assert {each.lead.id for each in ensured} == set(made(sandbox))


async def test_who_gets_it_first_has_created_it_though_another_began(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=0.05)
    request = new_lead(sandbox)
    first, second, third = (
        asyncio.create_task(client.ensure_lead(request, idempotency_key=KEY)) for _ in range(3)
    )
    await until(lambda: sent(sandbox) == ["getLeads"])
    first.cancel()
    ensured = await asyncio.gather(second, third)
    assert sorted(each.created for each in ensured) == [False, True]
