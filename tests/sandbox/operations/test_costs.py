"""Test how many daily tokens each operation of the sandbox costs."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import serving

COSTS: Final = {
    ("GET", "/leads"): 20,
    ("GET", "/leads/archived"): 40,
    ("GET", "/leads/x"): 2,
    ("POST", "/leads"): 10,
    ("PATCH", "/leads/x"): 10,
    ("DELETE", "/leads/x"): 6,
    ("GET", "/leadLabels"): 10,
    ("POST", "/leadLabels"): 10,
    ("PATCH", "/leadLabels/x"): 10,
    ("DELETE", "/leadLabels/x"): 6,
    ("GET", "/leadSources"): 2,
    ("GET", "/leads/x/permittedUsers"): 10,
    ("GET", "/leadFields"): 20,
    ("GET", "/leads/search?term=xx"): 40,
    ("GET", "/api/v2/leads/search?term=xx"): 20,
    ("GET", "/api/v2/persons"): 10,
    ("GET", "/api/v2/persons/x"): 1,
    ("POST", "/api/v2/persons"): 5,
    ("PATCH", "/api/v2/persons/x"): 5,
    ("GET", "/api/v2/persons/search?term=xx"): 20,
    ("GET", "/api/v2/organizations"): 10,
    ("GET", "/api/v2/organizations/x"): 1,
    ("POST", "/api/v2/organizations"): 5,
    ("PATCH", "/api/v2/organizations/x"): 5,
    ("GET", "/api/v2/organizations/search?term=xx"): 20,
    ("POST", "/api/v2/leads/x/convert/deal"): 40,
    ("GET", "/api/v2/leads/x/convert/status/y"): 1,
    ("POST", "/api/v2/deals/1/convert/lead"): 40,
    ("GET", "/api/v2/deals/1/convert/status/y"): 1,
    ("GET", "/deals/1"): 2,
    ("GET", "/notes"): 20,
    ("GET", "/notes/x"): 2,
    ("POST", "/notes"): 10,
    ("PUT", "/notes/x"): 10,
    ("DELETE", "/notes/x"): 6,
    ("GET", "/files"): 20,
    ("GET", "/files/x"): 2,
    ("POST", "/files"): 10,
    ("DELETE", "/files/x"): 6,
    ("GET", "/users"): 20,
    ("GET", "/users/me"): 2,
}
"""The tokens of each request."""


async def test_each_operation_costs_its_tokens() -> None:
    async with serving(Sandbox(leads=1, burst=None, daily_tokens=1000)) as api:
        remaining = 1000
        for (method, path), cost in COSTS.items():
            remaining -= cost
            header = (await api.call(method, path)).headers["x-daily-ratelimit-token-remaining"]
            assert (method, path, header) == (method, path, str(remaining))
