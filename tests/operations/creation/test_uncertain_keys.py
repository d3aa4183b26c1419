"""Test that a creation of unknown outcome is not repeated while it may still arrive."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pipedrive_leads_async import (
    BadRequestError,
    ClientClosedError,
    Governor,
    LeadsClient,
    OutcomeUnknownError,
    PermissionDeniedError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    RetryPolicy,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import (
    KEY,
    created,
    impatient_client,
    new_lead,
    operations,
    sibling,
)
from tests.support.clock import Clock
from tests.support.sandbox_api import until


async def add_too_slowly(client: LeadsClient, sandbox: Sandbox, seconds: float = 1.5) -> None:
    """Add a lead that is created after the client has given up."""
    sandbox.fail("addLead", delay=seconds)
    with pytest.raises(OutcomeUnknownError):
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)


async def repeat(client: LeadsClient, sandbox: Sandbox, name: str) -> Any:
    """Call `ensure_lead` or `add_lead` with the key again, and return the lead."""
    result: Any = await getattr(client, name)(new_lead(sandbox), idempotency_key=KEY)
    return result if name == "add_lead" else result.lead


BOTH = pytest.mark.parametrize("name", ["ensure_lead", "add_lead"])


@BOTH
async def test_repeated_call_with_too_short_a_deadline_sends_nothing(
    sandbox: Sandbox, name: str
) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock) as client:
        await add_too_slowly(client, sandbox)
        sent = len(sandbox.requests)
        patient = sibling(client, sandbox, timeout=20.0)
        for again in (client, patient, patient):
            started = time.monotonic()
            with pytest.raises(OutcomeUnknownError, match="nothing was sent now") as caught:
                await repeat(again, sandbox, name)
            assert time.monotonic() - started < 10.0
            assert (caught.value.idempotency_key, caught.value.attempts) == (KEY, 0)
        assert len(sandbox.requests) == sent
        await until(lambda: bool(created(sandbox)))
        clock.skip(30.0)
        lead = await repeat(client, sandbox, name)
    assert created(sandbox) == [lead.id]


@BOTH
async def test_repeated_call_waits_until_the_request_must_have_arrived(
    sandbox: Sandbox, name: str
) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock) as client:
        started = time.monotonic()
        await add_too_slowly(client, sandbox, 3.0)
        clock.skip(26.0)
        patient = sibling(client, sandbox)
        lead = await repeat(patient, sandbox, name)
        assert 4.0 <= time.monotonic() - started < 20.0
    assert created(sandbox) == [lead.id]
    assert operations(sandbox).count("addLead") == 1


@BOTH
async def test_lead_that_is_found_early_is_returned_without_a_wait(
    sandbox: Sandbox, name: str
) -> None:
    sandbox.fail("addLead", delay=0.05, after_commit=True)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
        await until(lambda: bool(created(sandbox)))
        adding.cancel()
        await asyncio.wait([adding])
        lead = await asyncio.wait_for(repeat(client, sandbox, name), 5.0)
        again = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert not again.created
    assert created(sandbox) == [lead.id]


async def test_cancelled_call_is_not_repeated_while_it_may_arrive(sandbox: Sandbox) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock, seconds=60.0) as client:
        sandbox.fail("addLead", delay=0.6)
        adding = asyncio.create_task(client.ensure_lead(new_lead(sandbox), idempotency_key=KEY))
        await until(lambda: "addLead" in operations(sandbox))
        adding.cancel()
        await asyncio.wait([adding])
        clock.skip(29.0)
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert not ensured.created
    assert created(sandbox) == [ensured.lead.id]


async def test_lead_that_never_arrived_is_sent_again(sandbox: Sandbox) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock, seconds=5.0) as client:
        sandbox.fail("addLead", drop=True)
        with pytest.raises(OutcomeUnknownError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        clock.skip(30.0)
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.created
    assert created(sandbox) == [ensured.lead.id]


async def test_settle_time_of_the_policy_extends_the_wait(sandbox: Sandbox) -> None:
    clock = Clock()
    retry = RetryPolicy(settle=60.0)
    async with impatient_client(sandbox, clock) as client:
        await add_too_slowly(client, sandbox)
        clock.skip(30.0)
        settling = sibling(client, sandbox, retry=retry, timeout=0.1)
        adding = asyncio.create_task(repeat(settling, sandbox, "add_lead"))
        await until(lambda: operations(sandbox).count("getArchivedLeads") >= 1)
        await until(lambda: bool(created(sandbox)))
        assert not adding.done()
        await settling.aclose()
        with pytest.raises(OutcomeUnknownError) as caught:
            await adding
        assert isinstance(caught.value.__cause__, ClientClosedError)
    assert len(created(sandbox)) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 400}, BadRequestError),
        ({"status": 429, "retry_after": 5.0}, RateLimitedError),
    ],
    ids=["400", "429"],
)
async def test_call_after_a_refused_request_does_not_wait(
    sandbox: Sandbox, fault: dict[str, Any], error: type[PipedriveError]
) -> None:
    async with impatient_client(sandbox, Clock(), seconds=2.0) as client:
        sandbox.fail("addLead", **fault)
        with pytest.raises(error):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        another = sibling(client, sandbox, governor=Governor())
        lead = await another.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert created(sandbox) == [lead.id]
    assert operations(sandbox) == ["addLead", "addLead"]


async def test_call_with_another_key_does_not_wait(sandbox: Sandbox) -> None:
    async with impatient_client(sandbox, Clock()) as client:
        await add_too_slowly(client, sandbox)
        sandbox.clear_failures()
        lead = await client.add_lead(new_lead(sandbox), idempotency_key="another")
    assert created(sandbox, "another") == [lead.id]


async def test_error_of_the_search_for_an_earlier_request_is_raised(sandbox: Sandbox) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock, seconds=5.0) as client:
        sandbox.fail("addLead", drop=True)
        with pytest.raises(OutcomeUnknownError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        clock.skip(30.0)
        sandbox.fail("getLeads", status=403)
        with pytest.raises(PermissionDeniedError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        assert operations(sandbox).count("addLead") == 1


async def test_deadline_during_the_search_for_an_earlier_request_leaves_it_unknown(
    sandbox: Sandbox,
) -> None:
    clock = Clock()
    async with impatient_client(sandbox, clock) as client:
        await add_too_slowly(client, sandbox)
        clock.skip(30.0)
        sandbox.fail("getLeads", delay=1.0)
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
        assert isinstance(caught.value.__cause__, RequestTimeoutError)


async def test_key_is_remembered_for_all_clients_of_the_account(sandbox: Sandbox) -> None:
    async with SessionManager() as manager:
        options: dict[str, Any] = {"base_url": sandbox.url, "session": manager, "timeout": 0.5}
        async with LeadsClient(sandbox.api_token, **options) as first:
            await add_too_slowly(first, sandbox)
        second = LeadsClient(sandbox.api_token, **options)
        with pytest.raises(OutcomeUnknownError, match="nothing was sent now"):
            await second.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
        await until(lambda: bool(created(sandbox)))
    assert len(created(sandbox)) == 1
