"""Test that every operation can be cancelled wherever it waits, and leaves nothing behind."""

from __future__ import annotations

import gc
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    Governor,
    Lead,
    LeadsClient,
    OutcomeUnknownError,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.every_operation.operations import EACH_OPERATION, ONE_OF_EACH_KIND, ONE_PAGE
from tests.every_operation.outcomes import held_connections, serving
from tests.every_operation.table.exchanges import Kind, Operation, collect
from tests.support.calls import DONE, get
from tests.support.cancellation_points import Cancellation, Moment
from tests.support.clock import Clock, ClockedSessionManager
from tests.support.raw_server import ScriptedResponse, failure, http

MOMENT: Final = pytest.mark.parametrize("moment", Moment)


@pytest.fixture(autouse=True)
def no_unretrieved_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which asyncio reports the error of a task as never retrieved."""
    yield
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def assert_cancelled_anywhere(
    operation: Operation, *responses: ScriptedResponse, moment: Moment, repeats: bool = False
) -> None:
    """Cancel an operation at each of its suspensions in turn, until it ends before the next."""
    for number in itertools.count(1):
        async with (
            # The next call would hang if this one kept its connection or its place in the queue.
            SessionManager(connections=1) as manager,
            serving(operation, *responses, session=manager, governor=Governor(max_in_flight=1)) as (
                client,
                server,
            ),
        ):
            cancellation = Cancellation(operation.call(client), number, moment, repeats=repeats)
            await cancellation.run()
            assert cancellation.task.cancelled() == cancellation.was_pending
            assert cancellation.turns <= 3 * cancellation.tasks
            assert held_connections(client) == 0
            if repeats:  # the operation does not wait for its own tasks then
                await cancellation.finish()
            assert not cancellation.unfinished
            server.responses[:] = [DONE]
            assert await get(client)
        if cancellation.suspensions < number:
            assert cancellation.task.result() == operation.result
            assert number > 3
            return


@MOMENT
@EACH_OPERATION
async def test_operation_can_be_cancelled_wherever_it_waits(
    operation: Operation, moment: Moment
) -> None:
    await assert_cancelled_anywhere(operation, operation.response, moment=moment)


@MOMENT
@EACH_OPERATION
async def test_operation_can_be_cancelled_again_while_it_ends(
    operation: Operation, moment: Moment
) -> None:
    await assert_cancelled_anywhere(operation, operation.response, moment=moment, repeats=True)


@MOMENT
@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
async def test_retry_and_lookup_can_be_cancelled_wherever_they_wait(
    operation: Operation, moment: Moment
) -> None:
    status = 408 if operation.kind is Kind.POST else 500
    second = (http(200, ONE_PAGE),) if operation.kind is Kind.KEYED_POST else operation.response
    await assert_cancelled_anywhere(operation, (failure(status),), second, moment=moment)


@MOMENT
@pytest.mark.parametrize("prefetch", [0, 1, 4])
async def test_prefetching_walk_can_be_cancelled_wherever_it_waits(
    prefetch: int, moment: Moment
) -> None:
    with Sandbox(leads=150, burst=None) as sandbox:
        for number in itertools.count(1):
            async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
                walk = collect(client.get_leads(limit=50, prefetch=prefetch))
                cancellation = Cancellation(walk, number, moment)
                await cancellation.run()
                assert cancellation.task.cancelled() == cancellation.was_pending
                assert cancellation.turns <= 3 * cancellation.tasks
                assert held_connections(client) == 0
                assert not cancellation.unfinished
            if cancellation.suspensions < number:
                assert len(cancellation.task.result()) == 150
                return


# Creations with an idempotency key

Create: TypeAlias = Callable[[LeadsClient, AddLeadRequest, str], Coroutine[Any, Any, object]]


async def add_lead(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return await client.add_lead(request, idempotency_key=key)


async def ensure_lead(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return await client.ensure_lead(request, idempotency_key=key)


async def add_leads(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return [result async for result in client.add_leads([(key, request)])]


async def ensure_twice(
    client: LeadsClient, request: AddLeadRequest, key: str, clock: Clock
) -> Lead:
    """Ensure a lead, twice if the sandbox still had its fault for the first call."""
    try:
        return (await client.ensure_lead(request, idempotency_key=key)).lead
    except OutcomeUnknownError:
        clock.skip(30.0)
        return (await client.ensure_lead(request, idempotency_key=key)).lead


@MOMENT
@pytest.mark.parametrize(
    "fault",
    [{}, {"drop": True}, {"drop": True, "after_commit": True}],
    ids=["no fault", "lost request", "lost response"],
)
@pytest.mark.parametrize("create", [add_lead, ensure_lead, add_leads])
async def test_cancelled_creation_can_be_ensured_without_a_second_lead(
    create: Create, fault: dict[str, Any], moment: Moment
) -> None:
    for number in itertools.count(1):
        with Sandbox(leads=1, burst=None) as sandbox:
            request = AddLeadRequest(title="Big order", person_id=sandbox.leads[0]["person_id"])
            if fault:
                sandbox.fail("addLead", **fault)
            clock = Clock()
            async with (
                ClockedSessionManager(clock) as manager,
                LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) as client,
            ):
                cancellation = Cancellation(create(client, request, "key"), number, moment)
                await cancellation.run()
                await client.get_lead_labels()  # every earlier request has arrived by now
                clock.skip(30.0)
                ensured = await ensure_twice(client, request, "key", clock)
            added = [lead["id"] for lead in sandbox.leads if lead["origin_id"] == "key"]
            assert added == [ensured.id]
        if cancellation.suspensions < number:
            return
