"""Test `watch_leads`, which has no end, against every fault: it goes on, or raises the error."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

import pytest

from pipedrive_leads_async import Lead, LeadsClient, RetryPolicy
from pipedrive_leads_async._operations.watch.watch import PASSING
from tests.every_operation.fault_matrix import ROWS, Row
from tests.every_operation.outcomes import call, serving
from tests.every_operation.table.exchanges import Kind, Operation
from tests.every_operation.table.watch import CHANGED, EPOCH, PAGE

EVERY: Final = 10.0
"""The seconds between two passes."""


async def watch_until_an_event(client: LeadsClient) -> list[Lead] | None:
    """Return the lead of the first event; None if the watch waits for longer than a pass."""
    waits_long = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds > EVERY:
            waits_long.set()
            await asyncio.sleep(3600.0)

    vars(client)["_caller"].sleep = sleep
    async with aclosing(client.watch_leads(since=EPOCH, every=EVERY)) as events:
        event = asyncio.ensure_future(anext(events))
        waiting = asyncio.create_task(waits_long.wait())
        await asyncio.wait({event, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if event.done():
            return [(await event).lead]
        event.cancel()
        await asyncio.wait([event])
        return None


WATCH: Final = Operation("watch_leads", Kind.READ, watch_until_an_event, CHANGED, before=(PAGE,))


LONG_WAITS: Final = {
    "5xx with too long a wait",
    "429 with too long a wait",
    "429 for the daily budget",
}
UNBOUNDED: Final = {"an invalid certificate", "an expired deadline"}
"""These faults do not end after one request."""


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name not in UNBOUNDED], ids=lambda row: row.name
)
async def test_watch_goes_on_after_each_fault_that_passes(
    row: Row, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipedrive_leads_async._http.transport.transport._MAX_BODY", 1 << 17)
    fault = row.fault
    responses = (fault.response, WATCH.response) if fault.is_sent else (WATCH.response,)
    retry = RetryPolicy(attempts=1)
    async with serving(
        WATCH, *responses, network=fault.network, timeout=fault.timeout, retry=retry
    ) as (client, _):
        result, error = await call(WATCH, client)
    is_logged = "reading again in" in caplog.text
    if not issubclass(fault.error, PASSING):
        assert error is not None
        assert type(error) is fault.error
        assert error.checkpoint
        assert not is_logged
        return
    assert error is None
    assert result == (None if row.name in LONG_WAITS else CHANGED.result)
    # A page that is too large is requested again with fewer rows, which is no error.
    assert is_logged == (not fault.is_free and row.name != "a response that is too large")
