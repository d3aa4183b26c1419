"""Leads that a test makes in a sandbox, by a key, and what the sandbox has of them."""

from __future__ import annotations

from typing import Any

from pipedrive_leads_async import AddLeadRequest, LeadsClient, RetryPolicy
from pipedrive_leads_async.sandbox import Sandbox

KEY = "order-1234"


def new_lead(sandbox: Sandbox, **fields: Any) -> AddLeadRequest:
    person = sandbox.leads[0]["person_id"]
    return AddLeadRequest(title="Big order", **{"person_id": person, **fields})


def made(sandbox: Sandbox, key: str = KEY) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if lead["origin_id"] == key]


def sent(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def settling(sandbox: Sandbox, settle: float = 0.01, **options: Any) -> LeadsClient:
    retry = RetryPolicy(base=0.001, settle=settle)
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=retry, **options)
