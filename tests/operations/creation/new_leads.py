"""Helpers to create leads in a sandbox, and to look up what it received."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from pipedrive_leads_async import AddLeadRequest, LeadsClient, RetryPolicy, SessionManager
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.clock import Clock, ClockedSessionManager

KEY = "order-1234"


def new_lead(sandbox: Sandbox, **fields: Any) -> AddLeadRequest:
    """Return a request for a lead of a person that exists in the sandbox."""
    person = sandbox.leads[0]["person_id"]
    return AddLeadRequest(title="Big order", **{"person_id": person, **fields})


def created(sandbox: Sandbox, key: str = KEY) -> list[str]:
    """Return the ids of the leads that were created with a key."""
    return [lead["id"] for lead in sandbox.leads if lead["origin_id"] == key]


def operations(sandbox: Sandbox) -> list[str | None]:
    """Return the operation of each request that the sandbox received."""
    return [request.operation for request in sandbox.requests]


def settling_client(sandbox: Sandbox, settle: float = 0.01, **options: Any) -> LeadsClient:
    """Return a client that sends a creation of unknown outcome again after `settle` seconds."""
    retry = RetryPolicy(base=0.001, settle=settle)
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=retry, **options)


@asynccontextmanager
async def impatient_client(
    sandbox: Sandbox, clock: Clock, *, seconds: float = 0.5
) -> AsyncGenerator[LeadsClient, None]:
    """Yield a client with a short deadline, whose account has this clock."""
    async with ClockedSessionManager(clock) as manager:
        yield LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager, timeout=seconds)


def sibling(client: LeadsClient, sandbox: Sandbox, **options: Any) -> LeadsClient[Any]:
    """Return another client of the same session manager and account."""
    manager: SessionManager = vars(client)["_manager"]
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager, **options)
