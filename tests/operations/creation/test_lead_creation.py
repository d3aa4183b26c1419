"""Test how `add_lead` uses an idempotency key to create a lead only once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    BadRequestError,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    OutcomeUnknownError,
    TransportError,
)
from pipedrive_leads_async._operations.creation.lead_creation import LeadCreationOperations
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import KEY, created, new_lead, operations, settling_client
from tests.support.calls import ID, client_of
from tests.support.raw_server import RawServer, success
from tests.support.sandbox_api import until

# A lead with a key


async def test_lead_is_not_searched_for_before_the_first_attempt(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert created(sandbox) == [lead.id]
    assert operations(sandbox) == ["addLead"]
    assert not caplog.records


async def test_origin_id_of_a_request_without_a_key_is_kept(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox, origin_id="mine"))
    assert created(sandbox, "mine") == [lead.id]
    assert not caplog.records


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}, {"status": 504}], ids=str)
async def test_lead_whose_response_was_lost_is_found(
    client: LeadsClient, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.fail("addLead", after_commit=True, **fault)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert created(sandbox) == [lead.id]
    assert operations(sandbox) == ["addLead", "getLeads"]


async def test_lead_that_was_archived_since_is_found(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", delay=0.05)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(created(sandbox)))
    sandbox.archive_lead(created(sandbox)[0])
    lead = await adding
    assert lead.is_archived
    assert operations(sandbox) == ["addLead", "getLeads", "getArchivedLeads"]


@pytest.mark.parametrize(
    ("linked", "filtered_by"),
    [
        (["organization_id"], "organization_id"),
        (["person_id"], "person_id"),
        (["person_id", "organization_id"], "person_id"),
    ],
    ids=str,
)
async def test_search_covers_only_leads_of_the_person_or_organization(
    client: LeadsClient, sandbox: Sandbox, linked: list[str], filtered_by: str
) -> None:
    links = {name: sandbox.leads[0][name] for name in linked}
    sandbox.fail("addLead", drop=True, after_commit=True)
    await client.add_lead(AddLeadRequest(title="Big order", **links), idempotency_key=KEY)
    query = sandbox.requests[-1].query
    filters = {name: query[name] for name in ("person_id", "organization_id") if name in query}
    assert filters == {filtered_by: str(links[filtered_by])}


async def test_lead_that_is_not_found_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True)
    with pytest.raises(OutcomeUnknownError, match=r"ensure_lead with idempotency_key=.order-1234"):
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert operations(sandbox).count("addLead") == 1


async def test_failed_search_is_a_note_on_the_outcome_unknown_error(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", status=403)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert isinstance(caught.value.__cause__, TransportError)
    [note] = caught.value.__notes__
    assert note.startswith("The search for the lead failed too: getLeads: Pipedrive returned 403")


async def test_search_ends_at_the_deadline(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", delay=30.0)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=0.1) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert caught.value.__notes__ == ["The search for the lead failed too: there was no time left"]


async def test_lead_without_a_key_is_not_searched_for(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="before sending it again"):
        await client.add_lead(new_lead(sandbox))
    assert operations(sandbox) == ["addLead"]


async def test_search_skips_a_malformed_lead_of_the_same_person(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.add_lead(owner_id="seven", person_id=sandbox.leads[0]["person_id"])
    sandbox.fail("addLead", drop=True, after_commit=True)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert created(sandbox) == [lead.id]


async def test_search_skips_a_row_that_is_not_an_object() -> None:
    page = success([5, {"id": ID, "title": "Big order", "origin_id": KEY}])
    async with RawServer((page,)) as server, client_of(server) as client:
        request = AddLeadRequest(title="Big order", person_id=42)
        assert (await client.ensure_lead(request, idempotency_key=KEY)).lead.id == ID


async def test_malformed_lead_with_the_key_is_a_decode_error(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    person = sandbox.leads[0]["person_id"]
    sandbox.add_lead(owner_id="seven", person_id=person, origin_id=KEY)
    with pytest.raises(DecodeError, match="owner_id"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in operations(sandbox)


async def test_key_with_white_space_at_an_end_is_refused(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^idempotency_key begins .*: strip it$"):
        await client.add_lead(new_lead(sandbox), idempotency_key="order-1234 ")
    assert not sandbox.requests


def test_add_lead_has_an_alias_with_its_operation_id() -> None:
    assert vars(LeadCreationOperations)["addLead"] is vars(LeadCreationOperations)["add_lead"]


# Settling


async def test_lead_not_found_after_the_settle_time_is_sent_once_more(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    began = time.monotonic()
    async with settling_client(sandbox, settle=0.2) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert time.monotonic() - began >= 0.2
    assert created(sandbox) == [lead.id]
    search = ["getLeads", "getArchivedLeads"]
    assert operations(sandbox) == ["addLead", *search, *search, "addLead"]


async def test_lead_found_by_the_first_search_is_returned_at_once(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    async with settling_client(sandbox) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert created(sandbox) == [lead.id]
    assert operations(sandbox) == ["addLead", "getLeads"]


async def test_lead_created_during_the_settle_time_is_not_sent_again(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling_client(sandbox, settle=0.2) as client:
        adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
        await until(lambda: "getArchivedLeads" in operations(sandbox))
        late = sandbox.add_lead(origin_id=KEY, person_id=new_lead(sandbox).person_id)
        assert (await adding).id == late["id"]
    assert operations(sandbox).count("addLead") == 1


async def test_refused_second_request_leaves_the_first_uncertain(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    sandbox.fail("addLead", status=400)
    async with settling_client(sandbox, timeout=5.0) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        assert operations(sandbox).count("addLead") == 2
        with pytest.raises(OutcomeUnknownError, match="may still be on its way"):
            await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "Pipedrive returned 400" in str(caught.value.__notes__)


async def test_lead_is_sent_at_most_twice(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, times=9)
    async with settling_client(sandbox) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert operations(sandbox).count("addLead") == 2


async def test_deadline_is_extended_by_the_settle_time(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling_client(sandbox, settle=0.4, timeout=0.3) as client:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert len(created(sandbox)) == 1


async def test_closing_the_client_ends_the_settle_time(
    sandbox: Sandbox,
) -> None:
    sandbox.fail("addLead", drop=True)
    client = settling_client(sandbox, settle=60.0)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: "getArchivedLeads" in operations(sandbox))
    await client.aclose()
    with pytest.raises(OutcomeUnknownError):
        await asyncio.wait_for(adding, 5.0)


# Concurrent creations


async def test_concurrent_calls_with_one_key_create_one_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.add_lead(request, idempotency_key=KEY) for _ in range(20)]
    assert {lead.id for lead in await asyncio.gather(*calls)} == set(created(sandbox))
    assert len(created(sandbox)) == 1


async def test_concurrent_calls_with_two_keys_create_two_leads(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    keys = (KEY, "order-1235")
    calls = [client.ensure_lead(request, idempotency_key=key) for key in keys]
    for key, ensured in zip(keys, await asyncio.gather(*calls), strict=True):
        assert created(sandbox, key) == [ensured.lead.id]


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead"])
async def test_different_request_with_a_key_in_progress_is_refused(
    client: LeadsClient, sandbox: Sandbox, name: str
) -> None:
    call = getattr(client, name)
    first = asyncio.create_task(call(new_lead(sandbox), idempotency_key=KEY))
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequestError, match="belongs to a different request"):
        await call(new_lead(sandbox, was_seen=True), idempotency_key=KEY)
    await first


async def test_each_concurrent_call_with_one_key_receives_its_own_error(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", status=400)
    request = new_lead(sandbox)
    calls = [client.add_lead(request, idempotency_key=KEY) for _ in range(3)]
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [BadRequestError] * 3
    assert len({id(error) for error in errors}) == 3
    assert operations(sandbox) == ["addLead"]


async def test_cancelling_one_waiter_does_not_cancel_the_creation(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05)
    request = new_lead(sandbox)
    first, second = (
        asyncio.create_task(client.add_lead(request, idempotency_key=KEY)) for _ in range(2)
    )
    await until(lambda: operations(sandbox) == ["addLead"])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).id == created(sandbox)[0]
    assert len(created(sandbox)) == 1


async def test_cancelling_the_last_waiter_cancels_the_creation(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05, after_commit=True)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(created(sandbox)))
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert not ensured.created
    assert created(sandbox) == [ensured.lead.id]
