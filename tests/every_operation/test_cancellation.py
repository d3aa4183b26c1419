"""Operations that are cancelled wherever they wait: at once, and nothing is left of them."""

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
from tests.every_operation.operations import EVERY, LEADS, ONE_OF_EACH_KIND, Kind, Operation, every
from tests.every_operation.outcomes import held_connections, serving
from tests.support.calls import DONE, get
from tests.support.cancellation_points import Cancellation, Moment
from tests.support.raw_server import ScriptedResponse, failure, http

MOMENT: Final = pytest.mark.parametrize("moment", Moment)


@pytest.fixture(autouse=True)
def nothing_is_reported(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let a test fail in which asyncio reports a task's error that nobody took."""
    yield
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def assert_cancelled_anywhere(
    operation: Operation, *answers: ScriptedResponse, moment: Moment, insists: bool = False
) -> None:
    """Cancel an operation at its first suspension, at its second, and so on to its end."""
    for number in itertools.count(1):
        async with (
            # What one call holds for ever is missing to the next.
            SessionManager(connections=1) as manager,
            serving(operation, *answers, session=manager, governor=Governor(max_in_flight=1)) as (
                client,
                server,
            ),
        ):
            cancellation = Cancellation(operation.call(client), number, moment, insists=insists)
            await cancellation.run()
            assert cancellation.task.cancelled() == cancellation.came
            assert cancellation.turns <= 3 * cancellation.tasks
            assert held_connections(client) == 0
            if insists:  # what it would have waited for ends without it
                await cancellation.rest()
            assert not cancellation.left
            server.responses[:] = [DONE]
            assert await get(client)
        if cancellation.suspensions < number:
            assert cancellation.task.result() == operation.gives
            assert number > 3
            return


@MOMENT
@EVERY
async def test_an_operation_can_be_cancelled_wherever_it_waits(
    operation: Operation, moment: Moment
) -> None:
    await assert_cancelled_anywhere(operation, operation.answer, moment=moment)


@MOMENT
@EVERY
async def test_it_can_be_cancelled_again_while_it_ends(
    operation: Operation, moment: Moment
) -> None:
    await assert_cancelled_anywhere(operation, operation.answer, moment=moment, insists=True)


@MOMENT
@pytest.mark.parametrize("operation", ONE_OF_EACH_KIND, ids=lambda each: each.name)
async def test_so_can_one_that_waits_for_another_attempt_or_looks(
    operation: Operation, moment: Moment
) -> None:
    status = 408 if operation.kind is Kind.POST else 500
    following = (http(200, LEADS),) if operation.kind is Kind.KEYED_POST else operation.answer
    await assert_cancelled_anywhere(operation, (failure(status),), following, moment=moment)


@MOMENT
@pytest.mark.parametrize("prefetch", [0, 1, 4])
async def test_so_can_a_walk_that_fetches_ahead(prefetch: int, moment: Moment) -> None:
    with Sandbox(leads=150, burst=None) as sandbox:
        for number in itertools.count(1):
            async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
                walk = every(client.get_leads(limit=50, prefetch=prefetch))
                cancellation = Cancellation(walk, number, moment)
                await cancellation.run()
                assert cancellation.task.cancelled() == cancellation.came
                assert cancellation.turns <= 3 * cancellation.tasks
                assert held_connections(client) == 0
                assert not cancellation.left
            if cancellation.suspensions < number:
                assert len(cancellation.task.result()) == 150
                return


# With a key

Create: TypeAlias = Callable[[LeadsClient, AddLeadRequest, str], Coroutine[Any, Any, object]]


async def add_lead(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return await client.add_lead(request, idempotency_key=key)


async def ensure_lead(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return await client.ensure_lead(request, idempotency_key=key)


async def add_leads(client: LeadsClient, request: AddLeadRequest, key: str) -> object:
    return [result async for result in client.add_leads([(key, request)])]


async def ensured_at_last(client: LeadsClient, request: AddLeadRequest, key: str) -> Lead:
    """Repeat what may be repeated: the sandbox may keep its fault until now."""
    try:
        return (await client.ensure_lead(request, idempotency_key=key)).lead
    except OutcomeUnknownError:
        return (await client.ensure_lead(request, idempotency_key=key)).lead


@MOMENT
@pytest.mark.parametrize("fault", [{}, {"drop": True}, {"drop": True, "after_commit": True}])
@pytest.mark.parametrize("create", [add_lead, ensure_lead, add_leads])
async def test_a_creation_that_is_cancelled_anywhere_can_be_ensured_once(
    create: Create, fault: dict[str, Any], moment: Moment
) -> None:
    for number in itertools.count(1):
        with Sandbox(leads=1, burst=None) as sandbox:
            request = AddLeadRequest(title="Big order", person_id=sandbox.leads[0]["person_id"])
            if fault:
                sandbox.fail("addLead", **fault)
            async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
                cancellation = Cancellation(create(client, request, "key"), number, moment)
                await cancellation.run()
                await client.get_lead_labels()  # by then, what was sent has arrived
                ensured = await ensured_at_last(client, request, "key")
            made = [lead["id"] for lead in sandbox.leads if lead["origin_id"] == "key"]
            assert made == [ensured.id]
        if cancellation.suspensions < number:
            return
