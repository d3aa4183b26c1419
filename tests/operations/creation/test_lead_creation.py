"""Creations with a key: looked for when their fate is unknown, and made once."""

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
from tests.operations.creation.new_leads import KEY, made, new_lead, sent, settling
from tests.support.calls import ID, client_of
from tests.support.raw_server import RawServer, success
from tests.support.sandbox_api import until

# One lead, with a key


async def test_nothing_is_looked_for_before_the_first_attempt(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead"]
    assert not caplog.records


async def test_without_a_key_a_lead_keeps_an_origin_id_of_its_own(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox, origin_id="mine"))
    assert made(sandbox, "mine") == [lead.id]
    assert not caplog.records


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}, {"status": 504}], ids=str)
async def test_a_lead_that_was_made_and_its_answer_lost_is_found(
    client: LeadsClient, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.fail("addLead", after_commit=True, **fault)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead", "getLeads"]


async def test_a_lead_that_was_archived_since_is_found_too(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", delay=0.05)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(made(sandbox)))
    sandbox.archive_lead(made(sandbox)[0])
    lead = await adding
    assert lead.is_archived
    assert sent(sandbox) == ["addLead", "getLeads", "getArchivedLeads"]


@pytest.mark.parametrize(
    ("linked", "looked_through"),
    [
        (["organization_id"], "organization_id"),
        (["person_id"], "person_id"),
        (["person_id", "organization_id"], "person_id"),
    ],
    ids=str,
)
async def test_only_the_leads_of_the_person_or_organization_are_looked_through(
    client: LeadsClient, sandbox: Sandbox, linked: list[str], looked_through: str
) -> None:
    links = {name: sandbox.leads[0][name] for name in linked}
    sandbox.fail("addLead", drop=True, after_commit=True)
    await client.add_lead(AddLeadRequest(title="Big order", **links), idempotency_key=KEY)
    query = sandbox.requests[-1].query
    asked = {name: query[name] for name in ("person_id", "organization_id") if name in query}
    assert asked == {looked_through: str(links[looked_through])}


async def test_a_lead_that_is_not_found_may_still_come_so_it_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True)
    with pytest.raises(OutcomeUnknownError, match=r"ensure_lead with idempotency_key=.order-1234"):
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert sent(sandbox).count("addLead") == 1


async def test_where_the_look_fails_too_the_creation_is_what_is_told(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", status=403)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert isinstance(caught.value.__cause__, TransportError)
    [note] = caught.value.__notes__
    assert note.startswith("Finding out failed too: getLeads: Pipedrive answered 403")


async def test_there_is_no_look_beyond_the_deadline(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", delay=30.0)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=0.1) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert caught.value.__notes__ == ["Finding out failed too: there was no time left"]


async def test_without_a_key_nothing_is_looked_for(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="look before you send it again"):
        await client.add_lead(new_lead(sandbox))
    assert sent(sandbox) == ["addLead"]


async def test_a_malformed_lead_of_the_person_hides_no_other(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.add_lead(owner_id="seven", person_id=sandbox.leads[0]["person_id"])
    sandbox.fail("addLead", drop=True, after_commit=True)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]


async def test_what_is_no_lead_at_all_hides_no_lead_either() -> None:
    page = success([5, {"id": ID, "title": "Big order", "origin_id": KEY}])
    async with RawServer((page,)) as server, client_of(server) as client:
        request = AddLeadRequest(title="Big order", person_id=42)
        assert (await client.ensure_lead(request, idempotency_key=KEY)).lead.id == ID


async def test_a_lead_that_is_found_but_malformed_is_said_to_be(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    person = sandbox.leads[0]["person_id"]
    sandbox.add_lead(owner_id="seven", person_id=person, origin_id=KEY)
    with pytest.raises(DecodeError, match="owner_id"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in sent(sandbox)


async def test_a_key_that_pipedrive_may_change_is_refused(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^idempotency_key begins .*: strip it$"):
        await client.add_lead(new_lead(sandbox), idempotency_key="order-1234 ")
    assert not sandbox.requests


async def test_a_key_that_pipedrive_did_not_keep_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed = success({"id": ID, "title": "Big order", "origin_id": "order"})
    async with RawServer((changed,)) as server, client_of(server) as client:
        request = AddLeadRequest(title="Big order", person_id=42)
        assert (await client.add_lead(request, idempotency_key=KEY)).id == ID
    [record] = caplog.records
    assert record.name == "pipedrive_leads_async"
    assert record.message == f"Pipedrive did not keep the key of lead {ID}: it cannot be found"


def test_pipedrives_own_operation_id_is_the_same_method() -> None:
    assert vars(LeadCreationOperations)["addLead"] is vars(LeadCreationOperations)["add_lead"]


# Settling


async def test_what_is_not_there_after_settling_is_sent_once_more(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    began = time.monotonic()
    async with settling(sandbox, settle=0.2) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert time.monotonic() - began >= 0.2
    assert made(sandbox) == [lead.id]
    look = ["getLeads", "getArchivedLeads"]
    assert sent(sandbox) == ["addLead", *look, *look, "addLead"]


async def test_what_is_found_at_once_has_no_time_to_settle(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    async with settling(sandbox) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead", "getLeads"]


async def test_what_comes_while_it_settles_is_found_and_not_sent_again(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling(sandbox, settle=0.2) as client:
        adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
        await until(lambda: "getArchivedLeads" in sent(sandbox))
        late = sandbox.add_lead(origin_id=KEY, person_id=new_lead(sandbox).person_id)
        assert (await adding).id == late["id"]
    assert sent(sandbox).count("addLead") == 1


async def test_it_is_sent_once_more_and_never_twice(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, times=9)
    async with settling(sandbox) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert sent(sandbox).count("addLead") == 2


async def test_the_deadline_grows_by_the_time_to_settle(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling(sandbox, settle=0.4, timeout=0.3) as client:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert len(made(sandbox)) == 1


async def test_a_client_that_is_closed_does_not_wait_for_the_time_to_settle(
    sandbox: Sandbox,
) -> None:
    sandbox.fail("addLead", drop=True)
    client = settling(sandbox, settle=60.0)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: "getArchivedLeads" in sent(sandbox))
    await client.aclose()
    with pytest.raises(OutcomeUnknownError):
        await asyncio.wait_for(adding, 5.0)


# One at a time for each key


async def test_calls_with_one_key_at_once_make_one_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.add_lead(request, idempotency_key=KEY) for _ in range(20)]
    assert {lead.id for lead in await asyncio.gather(*calls)} == set(made(sandbox))
    assert len(made(sandbox)) == 1


async def test_calls_with_two_keys_at_once_make_two_leads(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    keys = (KEY, "order-1235")
    calls = [client.ensure_lead(request, idempotency_key=key) for key in keys]
    for key, ensured in zip(keys, await asyncio.gather(*calls), strict=True):
        assert made(sandbox, key) == [ensured.lead.id]


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead"])
async def test_another_request_with_the_key_of_one_under_way_is_refused(
    client: LeadsClient, sandbox: Sandbox, name: str
) -> None:
    call = getattr(client, name)
    first = asyncio.create_task(call(new_lead(sandbox), idempotency_key=KEY))
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequestError, match="belongs to another request"):
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
    assert sent(sandbox) == ["addLead"]


async def test_who_is_cancelled_takes_the_creation_from_nobody_else(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05)
    request = new_lead(sandbox)
    first, second = (
        asyncio.create_task(client.add_lead(request, idempotency_key=KEY)) for _ in range(2)
    )
    await until(lambda: sent(sandbox) == ["addLead"])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).id == made(sandbox)[0]
    assert len(made(sandbox)) == 1


async def test_the_last_who_is_cancelled_ends_the_creation_and_can_ensure_it_later(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05, after_commit=True)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(made(sandbox)))
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert not ensured.created
    assert made(sandbox) == [ensured.lead.id]
