"""Call an operation on a faulty server, and check what holds for every outcome."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from pipedrive_leads_async import Governor, LeadsClient, PipedriveError, SessionManager
from tests.every_operation.table.exchanges import Operation
from tests.support.calls import CANARY, QUICK
from tests.support.canaries import canary_in
from tests.support.network_failures import WORKING, Network
from tests.support.raw_server import RawServer, ScriptedResponse, http
from tests.support.secrets.scanner import text_of_error

TIMEOUT = 20.0
"""The seconds after which a call counts as hanging, even on a busy machine."""


@dataclass(frozen=True)
class Observed:
    """The observed outcome of an operation.

    Attributes:
        result: The result, None if it raised.
        error: The error, None if it returned.
        requests: The number of requests it sent, from its step on.
    """

    result: object
    error: PipedriveError | None
    requests: int


async def carry_out(operation: Operation, *responses: ScriptedResponse, **options: Any) -> Observed:
    """Call an operation once, on a server with these responses to its step."""
    async with serving(operation, *responses, **options) as (client, server):
        result, error = await call(operation, client)
        return Observed(result, error, len(server.requests[len(operation.before) :]))


@asynccontextmanager
async def serving(
    operation: Operation,
    *responses: ScriptedResponse,
    network: Network = WORKING,
    failures: int = 1,
    **options: Any,
) -> AsyncGenerator[tuple[LeadsClient, RawServer], None]:
    """Serve an operation; yield a client and its server.

    Args:
        operation: The operation.
        responses: The responses to the requests of its step; the last one is repeated.
        network: The network between the client and the server.
        failures: The number of requests that fail in that network.
        options: Other arguments of the client.
    """
    arguments: dict[str, Any] = {"retry": QUICK, "governor": quick_governor(), **options}
    async with AsyncExitStack() as stack:
        before = [(http(200, body),) for body in operation.before]
        server = RawServer(*before, *responses, on_connect=network.greeting, ssl=network.server_tls)
        url = (await stack.enter_async_context(server)).url
        if network is not WORKING:
            # A name, as an IP address needs no lookup.
            url = f"http{'s' if network.client_tls else ''}://localhost:{url.rpartition(':')[2]}"
            session = network.session(after=len(before), times=failures)
            arguments["session"] = await stack.enter_async_context(session)
        client = LeadsClient(CANARY, base_url=url, **arguments)
        yield await stack.enter_async_context(client), server


async def call(operation: Operation, client: LeadsClient) -> tuple[object, PipedriveError | None]:
    """Call an operation; check that it ends, frees its connections and reveals no secret."""
    result: object = None
    error: PipedriveError | None = None
    try:
        async with asyncio.timeout(TIMEOUT):
            result = await operation.call(client)
    except PipedriveError as raised:
        error = raised
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), vars(copy)) == (str(error), vars(error))
        assert canary_in(text_of_error(error)) is None
    assert held_connections(client) == 0
    return result, error


def held_connections(client: LeadsClient) -> int:
    """Return the number of connections that are neither closed nor idle."""
    connector = connector_of(client)
    return 0 if connector is None else len(vars(connector)["_acquired"])


def connector_of(client: LeadsClient) -> aiohttp.BaseConnector | None:
    """Return the connector of a client, None before its first request."""
    manager: SessionManager = vars(client)["_manager"]
    opened = vars(manager.__transport__())["_opened"]
    connector: aiohttp.BaseConnector | None = opened and opened.session.connector
    return connector


def quick_governor() -> Governor:
    """Return a governor that pauses for 0.01 seconds after a 429."""
    governor = Governor()
    for search in (False, True):
        governor.__limiter__().observe({"x-ratelimit-reset": "0.01"}, search=search)
    return governor
