"""Test the arguments that the four walks through leads have in common."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import Any

import pytest

from pipedrive_leads_async import DecodeError, LeadsClient
from pipedrive_leads_async.sandbox import Sandbox

SINCE = dt.datetime(2025, 1, 1, 10, 20, 0, 999999, dt.timezone(dt.timedelta(hours=2)))
FILTERS: dict[str, Any] = {
    "owner_id": 11884360,
    "person_id": 3,
    "organization_id": 1,
    "filter_id": 1,
    "sort": "update_time DESC",
}
SENT = {"start": "3", "limit": "7", **{name: str(value) for name, value in FILTERS.items()}}


def requests(sandbox: Sandbox) -> list[tuple[str | None, dict[str, str]]]:
    """Return the operation and the query of each request that the sandbox received."""
    return [(request.operation, dict(request.query)) for request in sandbox.requests]


@pytest.mark.parametrize(
    "walk",
    [
        LeadsClient.get_leads,
        LeadsClient.get_lead_pages,
        LeadsClient.get_archived_leads,
        LeadsClient.get_archived_lead_pages,
    ],
)
def test_walk_requests_the_largest_pages_and_one_page_ahead(walk: Any) -> None:
    arguments = inspect.signature(walk).parameters
    assert arguments["limit"].default == 500
    assert arguments["prefetch"].default == 1


async def test_every_filter_is_sent_by_each_of_the_four_walks(
    sandbox: Sandbox, client: LeadsClient
) -> None:
    position: dict[str, Any] = {"limit": 7, "start": 3}
    open_walks: list[Any] = [client.get_leads, client.get_lead_pages]
    for walk in open_walks:
        options = {"archived_status": "not_archived", "updated_since": SINCE, **FILTERS}
        assert [each async for each in walk(**position, **options)] == []
    archived_walks: list[Any] = [client.get_archived_leads, client.get_archived_lead_pages]
    for walk in archived_walks:
        assert [each async for each in walk(**position, **FILTERS)] == []

    more = {"archived_status": "not_archived", "updated_since": "2025-01-01T08:20:00Z"}
    assert requests(sandbox) == [
        *[("getLeads", {**SENT, **more})] * 2,
        *[("getArchivedLeads", SENT)] * 2,
    ]


async def test_walk_of_archived_pages_stops_resumes_and_skips() -> None:
    async with Sandbox(leads=0, burst=None) as sandbox:
        for owner in (1, 1, "seven", 1, 1):
            sandbox.add_lead(owner_id=owner, is_archived=True)
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            walk = client.get_archived_lead_pages
            [first] = [page async for page in walk(max_items=1)]
            skipped: list[DecodeError] = []
            rest = walk(resume_from=first.checkpoint, on_malformed=skipped.append)
            found = [lead.id for page in [first, *[p async for p in rest]] for lead in page.leads]
        every = [lead["id"] for lead in sandbox.leads]
    assert found == [*every[:2], *every[3:]]
    assert [error.lead_id for error in skipped] == [every[2]]


async def test_updated_since_of_archived_leads_is_rounded_down() -> None:
    async with Sandbox(leads=0, burst=None) as sandbox:
        for time in ("2025-01-01T08:19:59.999Z", "2025-01-01T08:20:00.000Z"):
            sandbox.add_lead(title=time, update_time=time, is_archived=True)
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            walk = client.get_leads(archived_status="archived", updated_since=SINCE)
            assert [lead.title async for lead in walk] == ["2025-01-01T08:20:00.000Z"]
        assert requests(sandbox)[-1] == ("getArchivedLeads", {"start": "0", "limit": "500"})


async def test_old_lead_after_newer_ones_is_found_in_sort_order() -> None:
    async with Sandbox(leads=0, burst=None) as sandbox:
        for _ in range(120):
            sandbox.add_lead()
        old = sandbox.add_lead(add_time="2010-01-01T00:00:00.000Z")["id"]
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            walk = client.get_leads(limit=50, sort="update_time ASC")
            found = [lead.id async for lead in walk]
    assert (len(found), found[-1]) == (121, old)


async def test_async_on_malformed_is_refused(client: LeadsClient) -> None:
    async def skip(_: object) -> None: ...

    for walk in (
        client.get_leads,
        client.get_lead_pages,
        client.get_archived_leads,
        client.get_archived_lead_pages,
    ):
        with pytest.raises(TypeError, match=r"^on_malformed must be a plain function"):
            walk(on_malformed=skip)


async def test_on_malformed_of_another_type_is_refused(client: LeadsClient) -> None:
    wrong: Any = "skip"
    with pytest.raises(TypeError, match=r"^on_malformed must be callable, got str$"):
        client.get_leads(on_malformed=wrong)
