"""Leads without an account, which are linked to the given things."""

from __future__ import annotations

from typing import Any

from pipedrive_leads_async import Lead
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import ID


def lead_of(**links: Any) -> Lead:
    """Return a lead that is linked to these ids."""
    return Lead(id=ID, title="Big order", **links)


def leads_of_persons(*ids: int) -> list[Lead]:
    return [lead_of(person_id=id) for id in ids]


def operations_in(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def ids_in(sandbox: Sandbox) -> list[list[int]]:
    """Return the ids of each request that names some."""
    return [
        [int(id) for id in request.query["ids"].split(",")]
        for request in sandbox.requests
        if "ids" in request.query
    ]
