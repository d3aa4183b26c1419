"""Test that the clients of one account create one lead for each idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    ClientClosedError,
    DecodeError,
    InvalidRequestError,
    Lead,
    LeadsClient,
    OutcomeUnknownError,
    RequestTimeoutError,
    SessionManager,
    custom_field,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import KEY, created, new_lead, operations, sibling
from tests.support.sandbox_api import until

SEATS = "befdcfc4f54b8410b8d9105ba6d44658fd5965b9"


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    """A lead class with a custom field."""

    seats: int | None = custom_field(SEATS)


@attrs.frozen(kw_only=True)
class WrongLead(Lead):
    """A lead class whose field has another type than the account's."""

    seats: str | None = custom_field(SEATS)


@pytest.fixture
async def first(sandbox: Sandbox, manager: SessionManager) -> AsyncIterator[LeadsClient]:
    """Return the first client of a session manager."""
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) as client:
        yield client


def ensure(client: LeadsClient[Any], sandbox: Sandbox, **fields: Any) -> asyncio.Task[Any]:
    return asyncio.create_task(client.ensure_lead(new_lead(sandbox, **fields), idempotency_key=KEY))


async def test_two_clients_with_one_key_create_one_lead(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    ensured = await asyncio.gather(ensure(first, sandbox), ensure(sibling(first, sandbox), sandbox))
    assert sorted(each.created for each in ensured) == [False, True]
    assert [each.lead.id for each in ensured] == created(sandbox) * 2


async def test_client_for_each_call_creates_one_lead(first: LeadsClient, sandbox: Sandbox) -> None:
    async def request() -> str:
        async with sibling(first, sandbox) as client:
            lead: Lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
            return lead.id

    assert set(await asyncio.gather(*(request() for _ in range(10)))) == set(created(sandbox))
    assert len(created(sandbox)) == 1


async def test_different_request_of_another_client_is_refused(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    ensuring = ensure(first, sandbox)
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequestError, match="belongs to a different request"):
        await sibling(first, sandbox).add_lead(
            new_lead(sandbox, was_seen=True), idempotency_key=KEY
        )
    await ensuring


async def test_each_client_receives_a_lead_of_its_own_class(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    mine = sibling(first, sandbox, lead_type=MyLead)
    fields = {"custom_fields": {SEATS: 5}}
    ensured = await asyncio.gather(
        ensure(first, sandbox, **fields), ensure(mine, sandbox, **fields)
    )
    plain, own = (each.lead for each in ensured)
    assert type(plain) is Lead
    assert plain.custom_fields[SEATS] == 5
    assert type(own) is MyLead
    assert own.seats == 5
    assert created(sandbox) == [plain.id]
    found = await mine.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert found.lead == own


async def test_lead_that_one_class_cannot_decode_is_decoded_by_the_others(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    wrong = sibling(first, sandbox, lead_type=WrongLead)
    fields = {"custom_fields": {SEATS: 5}}
    failing, ensuring = ensure(wrong, sandbox, **fields), ensure(first, sandbox, **fields)
    ensured = await ensuring
    with pytest.raises(DecodeError, match=r"data\.seats: expected str, got int") as caught:
        await failing
    assert caught.value.lead_id == ensured.lead.id
    assert (caught.value.operation, caught.value.attempts) == ("addLead", 1)


# Deadlines


async def test_joined_call_ends_at_its_own_deadline(first: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("addLead", delay=4.0)
    adding = asyncio.create_task(first.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: operations(sandbox) == ["addLead"])
    with pytest.raises(OutcomeUnknownError) as caught:
        await sibling(first, sandbox, timeout=0.2).add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert str(caught.value.__cause__) == "addLead: not done within the deadline of 0.2 s"
    assert not adding.done()
    adding.cancel()
    await asyncio.wait([adding])


async def test_joined_call_outlives_the_deadline_of_the_first(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=2.0)
    hasty = sibling(first, sandbox, timeout=1.0)
    adding = asyncio.create_task(hasty.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: operations(sandbox) == ["addLead"])
    lead = asyncio.create_task(first.add_lead(new_lead(sandbox), idempotency_key=KEY))
    with pytest.raises(OutcomeUnknownError):
        await adding
    assert not lead.done()
    assert [(await lead).id] == created(sandbox)
    assert operations(sandbox) == ["addLead"]


async def test_call_that_leaves_before_the_request_is_sent_times_out(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=1.5)
    ensuring = ensure(first, sandbox)
    await until(lambda: operations(sandbox) == ["getLeads"])
    with pytest.raises(RequestTimeoutError) as caught:
        await ensure(sibling(first, sandbox, timeout=0.1), sandbox)
    assert (caught.value.operation, caught.value.sent) == ("addLead", False)
    assert (await ensuring).created


# Clients that are closed


async def test_creation_continues_when_the_client_that_started_it_is_closed(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=1.0)
    starting = sibling(first, sandbox)
    adding = asyncio.create_task(starting.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: operations(sandbox) == ["addLead"])
    joined = asyncio.create_task(first.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await asyncio.sleep(0)
    await starting.aclose()
    with pytest.raises(OutcomeUnknownError) as caught:
        await adding
    assert isinstance(caught.value.__cause__, ClientClosedError)
    assert [(await joined).id] == created(sandbox)
    assert operations(sandbox) == ["addLead"]


async def test_client_that_is_closed_before_the_request_is_sent_leaves(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=1.0)
    ensuring = ensure(first, sandbox)
    await until(lambda: operations(sandbox) == ["getLeads"])
    leaving_client = sibling(first, sandbox)
    leaving = ensure(leaving_client, sandbox)
    await asyncio.sleep(0)
    await leaving_client.aclose()
    with pytest.raises(ClientClosedError, match="addLead: the client was closed"):
        await leaving
    assert (await ensuring).created


async def test_call_during_the_end_of_a_closed_client_starts_a_new_creation(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=1.0)
    ending = sibling(first, sandbox)
    left = ensure(ending, sandbox)
    await until(lambda: operations(sandbox) == ["getLeads"])
    closing = asyncio.create_task(ending.aclose())
    assert (await ensure(first, sandbox)).created
    await closing
    with pytest.raises(ClientClosedError):
        await left
    assert len(created(sandbox)) == 1


async def test_closed_client_does_not_join_a_creation(first: LeadsClient, sandbox: Sandbox) -> None:
    closed = sibling(first, sandbox)
    await closed.aclose()
    ensuring = ensure(first, sandbox)
    await asyncio.sleep(0)
    with pytest.raises(ClientClosedError, match="the client is closed"):
        await closed.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    await ensuring


# Custom fields


async def test_custom_fields_are_requested_once_for_all_clients(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    second = sibling(first, sandbox)
    fields = await asyncio.gather(first.get_custom_fields(), second.get_custom_fields())
    assert fields[0] is fields[1]
    async with sibling(first, sandbox) as third:
        assert await third.get_custom_fields() is fields[0]
    assert operations(sandbox) == ["getLeadFields"]
    renewed = await second.get_custom_fields(refresh=True)
    assert await first.get_custom_fields() is renewed


async def test_custom_fields_are_awaited_until_the_deadline_of_each_client(
    first: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeadFields", delay=1.5)
    getting = asyncio.create_task(first.get_custom_fields())
    await until(lambda: operations(sandbox) == ["getLeadFields"])
    with pytest.raises(RequestTimeoutError, match=r"getLeadFields: not done within .* 0.1 s"):
        await sibling(first, sandbox, timeout=0.1).get_custom_fields()
    assert await first.get_custom_fields() is await getting


async def test_clients_of_two_accounts_share_nothing(sandbox: Sandbox) -> None:
    other = sandbox.add_account()
    async with SessionManager() as manager:
        one, two = (
            LeadsClient(account.api_token, base_url=sandbox.url, session=manager)
            for account in (sandbox, other)
        )
        await asyncio.gather(one.get_custom_fields(), two.get_custom_fields())
        assert await one.get_custom_fields() is not await two.get_custom_fields()
