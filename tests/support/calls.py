"""One call of each kind, and a client whose retries do not slow a test down."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from pipedrive_leads_async import AddLeadRequest, LeadsClient, RetryPolicy, UpdateLeadRequest
from tests.support.raw_server import RawServer, ScriptedResponse, success

CANARY: Final = "canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"
"""The credential of every client here; it may appear in a request's headers and nowhere else."""

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
LEAD: Final = {"id": ID, "title": "Big order"}
DONE: Final[ScriptedResponse] = (success(LEAD),)
"""A successful response with one lead."""

QUICK: Final = RetryPolicy(base=0.001)

Call: TypeAlias = Callable[[LeadsClient], Coroutine[Any, Any, object]]


def client_of(server: RawServer, **options: Any) -> LeadsClient:
    """Return a client of a server that waits about a millisecond before a retry."""
    arguments: dict[str, Any] = {"retry": QUICK, **options}
    return LeadsClient(CANARY, base_url=server.url, **arguments)


async def get(client: LeadsClient) -> object:
    """Read a lead."""
    return await client.get_lead(ID)


async def update(client: LeadsClient) -> object:
    """Change a lead."""
    return await client.update_lead(ID, UpdateLeadRequest(title="Bigger order"))


async def delete(client: LeadsClient) -> object:
    """Delete a lead."""
    return await client.delete_lead(ID)


async def add(client: LeadsClient) -> object:
    """Add a lead."""
    return await client.add_lead(AddLeadRequest(title="Big order", person_id=42))


REPEATABLE: Final[list[Call]] = [get, update, delete]
ALL: Final[list[Call]] = [*REPEATABLE, add]
