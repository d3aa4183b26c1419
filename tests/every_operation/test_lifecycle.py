"""Test every operation of a client that is closed, or used in another event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Final

import pytest

from pipedrive_leads_async import (
    ClientClosedError,
    Governor,
    LeadsClient,
    OutcomeUnknownError,
    WrongLoopError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.every_operation.operations import EACH_OPERATION, OPERATIONS
from tests.every_operation.outcomes import held_connections, serving
from tests.every_operation.table.exchanges import Kind, Operation
from tests.support.raw_server import End
from tests.support.sandbox_api import until

# Closed clients


@EACH_OPERATION
async def test_closed_client_sends_nothing(operation: Operation) -> None:
    async with serving(operation, operation.response) as (client, server):
        await client.aclose()
        with pytest.raises(ClientClosedError, match=r"the client (is|was) closed"):
            await operation.call(client)
        assert not server.connections


@EACH_OPERATION
async def test_closing_a_client_ends_a_pending_operation(operation: Operation) -> None:
    async with serving(operation, (End.HANG,)) as (client, server):
        calling = asyncio.create_task(operation.call(client))
        await server.received(len(operation.before) + 1)
        await client.aclose()
        with pytest.raises((ClientClosedError, OutcomeUnknownError)) as caught:
            await asyncio.wait_for(calling, timeout=5)
        error: BaseException | None = caught.value
        if operation.kind in (Kind.POST, Kind.KEYED_POST):
            assert isinstance(error, OutcomeUnknownError)
            error = error.__cause__
        assert isinstance(error, ClientClosedError)
        assert held_connections(client) == 0


# Other event loops


def test_operation_in_another_event_loop_is_a_wrong_loop_error(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    with asyncio.Runner() as runner:
        runner.run(client.get_lead_labels())
        for operation in OPERATIONS:
            with pytest.raises(WrongLoopError, match="make one client for each event loop"):
                asyncio.run(operation.call(client))
        runner.run(client.aclose())
    assert [request.operation for request in sandbox.requests] == ["getLeadLabels"]


RUN_TWICE: Final = """
import asyncio, sys
from pipedrive_leads_async import LeadsClient

client = LeadsClient(sys.argv[1], base_url=sys.argv[2])
loop = asyncio.new_event_loop()
loop.run_until_complete(client.get_lead_labels())
loop.close()
asyncio.run(client.aclose())
print("closed")
"""


def test_client_of_a_closed_loop_can_still_be_closed(sandbox: Sandbox) -> None:
    command = [sys.executable, "-W", "error", "-c", RUN_TWICE, sandbox.api_token, sandbox.url]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("closed\n", "")


@pytest.mark.parametrize("name", ["get_custom_fields", "add_lead with a key", "get_lead_labels"])
def test_wrong_loop_is_detected_while_the_first_loop_runs_the_same_call(
    sandbox: Sandbox, name: str
) -> None:
    [operation] = [each for each in OPERATIONS if each.name == name]
    governor = Governor(max_in_flight=1)
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url, governor=governor)

    async def start() -> asyncio.Task[object]:
        task = asyncio.create_task(operation.call(client))
        await until(lambda: bool(sandbox.requests))
        return task

    async def end(task: asyncio.Task[object]) -> None:
        task.cancel()
        await asyncio.wait([task])
        await client.aclose()

    for operation_id in ("getLeadFields", "addLead", "getLeadLabels"):
        sandbox.fail(operation_id, delay=30.0)
    with asyncio.Runner() as runner:
        task = runner.run(start())
        try:
            with pytest.raises(WrongLoopError):
                asyncio.run(asyncio.wait_for(operation.call(client), timeout=0.3))
        finally:
            runner.run(end(task))


def test_closing_in_another_loop_works_or_is_a_wrong_loop_error(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    with asyncio.Runner() as runner:
        runner.run(client.get_lead_labels())
        try:
            asyncio.run(client.aclose())
        except WrongLoopError:
            runner.run(client.aclose())
