"""An operation carried out at a server that errs, and what holds whatever comes of it."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from pipedrive_leads_async import Governor, LeadsClient, PipedriveError, SessionManager
from tests.every_operation.operations import Operation
from tests.support.calls import CANARY, QUICK
from tests.support.canaries import canary_in
from tests.support.network_failures import OPEN, Road
from tests.support.raw_server import RawServer, ScriptedResponse, http
from tests.support.secret_scanner import text_of_error

PATIENCE = 20.0
"""Seconds that nothing here takes, however busy the machine is."""


@dataclass(frozen=True)
class Seen:
    """What came of an operation.

    Attributes:
        result: What it gave.
        error: What it raised instead.
        requests: How many it sent, from its step on.
    """

    result: object
    error: PipedriveError | None
    requests: int


async def carry_out(operation: Operation, *answers: ScriptedResponse, **options: Any) -> Seen:
    """Call an operation once, at a server that gives these answers to its step."""
    async with serving(operation, *answers, **options) as (client, server):
        result, error = await call(operation, client)
        return Seen(result, error, len(server.requests[len(operation.before) :]))


@asynccontextmanager
async def serving(
    operation: Operation,
    *answers: ScriptedResponse,
    road: Road = OPEN,
    astray: int = 1,
    **options: Any,
) -> AsyncGenerator[tuple[LeadsClient, RawServer], None]:
    """Serve an operation.

    Args:
        operation: The operation.
        answers: What the server does with the requests of its step, the last one for ever.
        road: The way to the server.
        astray: How many of these requests do not get there.
        options: How else the client is made.
    """
    arguments: dict[str, Any] = {"retry": QUICK, "governor": hurried(), **options}
    async with AsyncExitStack() as stack:
        before = [(http(200, body),) for body in operation.before]
        server = RawServer(*before, *answers, on_connect=road.greeting, ssl=road.server_tls)
        url = (await stack.enter_async_context(server)).url
        if road is not OPEN:
            # An address would not be looked up.
            url = f"http{'s' if road.client_tls else ''}://localhost:{url.rpartition(':')[2]}"
            session = road.session(after=len(before), times=astray)
            arguments["session"] = await stack.enter_async_context(session)
        client = LeadsClient(CANARY, base_url=url, **arguments)
        yield await stack.enter_async_context(client), server


async def call(operation: Operation, client: LeadsClient) -> tuple[object, PipedriveError | None]:
    """Call an operation, and see that it ends, holds nothing, and shows nothing."""
    result: object = None
    error: PipedriveError | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            result = await operation.call(client)
    except PipedriveError as raised:
        error = raised
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), vars(copy)) == (str(error), vars(error))
        assert canary_in(text_of_error(error)) is None
    assert held_connections(client) == 0
    return result, error


def held_connections(client: LeadsClient) -> int:
    """Count the connections that are neither closed nor kept for the next request."""
    connector = connector_of(client)
    return 0 if connector is None else len(vars(connector)["_acquired"])


def connector_of(client: LeadsClient) -> aiohttp.BaseConnector | None:
    """Give what holds the connections of a client, None before its first request."""
    manager: SessionManager = vars(client)["_manager"]
    session: aiohttp.ClientSession | None = vars(manager.__transport__())["_session"]
    return None if session is None else session.connector


def hurried() -> Governor:
    """Make a governor for which a pause after a 429 is a hundredth of a second."""
    governor = Governor()
    for search in (False, True):
        governor.__limiter__().observe({"x-ratelimit-reset": "0.01"}, search=search)
    return governor
