"""The credential goes into one header of a request, and shows nowhere else."""

from __future__ import annotations

import asyncio
import logging
from traceback import TracebackException

import pytest

from pipedrive_leads_async import LeadsClient, SessionManager, Timeouts
from pipedrive_leads_async.errors import PipedriveError
from tests.calls import ALL, CANARY, DONE, ID, add, client_of
from tests.faults import NOT_PIPEDRIVE, UNKNOWN_FATE
from tests.raw_server import Answer, End, RawServer, failure, http, success

FAULTS: dict[str, Answer] = {
    **UNKNOWN_FATE,
    **NOT_PIPEDRIVE,
    "401": (failure(401),),
    "redirect": (http(302, location="http://127.0.0.1:1/v1"),),
    "undecodable": (success({"id": ID, "title": None}),),
}


def in_full(error: BaseException) -> str:
    """Write all that a debugger, a log or an error tracker may show of an error."""
    lines = TracebackException.from_exception(error, capture_locals=True).format()
    return "".join(lines) + repr(error) + repr(vars(error))


async def test_the_credential_is_sent() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await add(client)
        [request] = server.requests
    assert request.headers["x-api-token"] == CANARY
    assert request.raw.count(CANARY.encode()) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_error_and_no_log_record_shows_it(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []
    async with (
        RawServer(FAULTS[fault]) as server,
        client_of(server, timeout=Timeouts(read=0.03)) as client,
    ):
        for call in ALL:
            try:
                await call(client)
            except PipedriveError as error:
                errors.append(error)
    assert errors
    assert CANARY not in "".join(map(in_full, errors))
    assert CANARY not in caplog.text


async def test_the_traceback_of_a_cancelled_call_does_not_show_it() -> None:
    shown = ""

    async def call(client: LeadsClient) -> None:
        nonlocal shown
        try:
            await add(client)
        except asyncio.CancelledError as error:
            shown = in_full(error)
            raise

    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        task = asyncio.create_task(call(client))
        await server.received(1)
        task.cancel()
        await asyncio.wait([task])
    assert "aiohttp" in shown
    assert "x-api-token" in shown
    assert CANARY not in shown


def test_neither_a_client_nor_its_manager_shows_it() -> None:
    manager = SessionManager()
    client = LeadsClient(CANARY, session=manager)
    for shown in (client, *vars(client).values()):
        assert CANARY not in repr(shown) + repr(getattr(shown, "__dict__", None))
