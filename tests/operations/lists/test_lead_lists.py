"""Test the lists of leads with the sandbox: requests, results and refused arguments."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async import (
    ArchivedStatus,
    ClientClosedError,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
)
from pipedrive_leads_async.sandbox import Sandbox

SINCE = dt.datetime(2025, 1, 1, 10, 20, 0, 999999, dt.timezone(dt.timedelta(hours=2)))
FILTERS: dict[str, Any] = {
    "owner_id": 11884360,
    "person_id": 3,
    "organization_id": 1,
    "filter_id": 1,
    "sort": "update_time DESC",
}
SENT = {name: str(value) for name, value in FILTERS.items()}


@pytest.fixture
async def client(pipedrive_sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
    async with LeadsClient(pipedrive_sandbox.api_token, base_url=pipedrive_sandbox.url) as client:
        yield client


def ids(sandbox: Sandbox, *, archived: bool = False) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if lead["is_archived"] is archived]


def requests(sandbox: Sandbox) -> list[tuple[str | None, dict[str, str]]]:
    """Return the operation and the query of each request that the sandbox received."""
    return [(request.operation, dict(request.query)) for request in sandbox.requests]


async def test_get_leads_yields_every_lead_once_oldest_first(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    assert [lead.id async for lead in client.get_leads()] == ids(pipedrive_sandbox)


async def test_walks_are_async_generators_that_need_no_event_loop(
    client: LeadsClient,
) -> None:
    for walk in (
        client.get_leads(),
        client.get_lead_pages(),
        client.get_archived_leads(),
        client.get_archived_lead_pages(),
    ):
        assert inspect.isasyncgen(walk)
    assert inspect.isasyncgen(await asyncio.to_thread(client.get_leads))


async def test_all_filters_are_sent_unchanged(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    await client.get_lead_page(
        limit=7, start=3, archived_status="all", updated_since=SINCE, **FILTERS
    )
    async for _ in client.get_leads(limit=7, start=3, updated_since=SINCE, **FILTERS):
        break
    async for _ in client.get_archived_leads(limit=7, start=3, **FILTERS):
        raise AssertionError("nothing is archived")

    position = {"start": "3", "limit": "7"}
    since = {"updated_since": "2025-01-01T08:20:00Z"}
    page, walk = requests(pipedrive_sandbox)[:2]
    assert page == ("getLeads", {**SENT, **position, **since, "archived_status": "all"})
    assert walk == ("getLeads", {**SENT, **position, **since})
    assert requests(pipedrive_sandbox)[-1] == ("getArchivedLeads", {**SENT, **position})


async def test_page_is_one_request_and_has_the_next_position(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    page = await client.get_lead_page(limit=10, start=5)

    assert [lead.id for lead in page.leads] == ids(pipedrive_sandbox)[5:15]
    assert (page.start, page.limit) == (5, 10)
    assert (page.more_items_in_collection, page.next_start) == (True, 15)
    assert page.checkpoint is None
    assert len(pipedrive_sandbox.requests) == 1


async def test_page_has_100_leads_by_default(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    assert len((await client.get_lead_page()).leads) == 100


async def test_max_items_ends_the_walk_and_limits_the_last_page(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    assert [lead.id async for lead in client.get_leads(max_items=3)] == ids(pipedrive_sandbox)[:3]
    assert [lead async for lead in client.get_leads(max_items=0)] == []
    assert requests(pipedrive_sandbox) == [("getLeads", {"start": "0", "limit": "3"})]


async def test_another_client_resumes_from_the_checkpoint_of_a_page(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    seen: list[str] = []
    checkpoint = None
    async for page in client.get_lead_pages(limit=300):
        seen += [lead.id for lead in page.leads]
        checkpoint = page.checkpoint
        if len(seen) > 800:
            break
    for id in [*seen[100:120], *seen[-30:]]:
        pipedrive_sandbox.delete_lead(id)

    async with LeadsClient(pipedrive_sandbox.api_token, base_url=pipedrive_sandbox.url) as other:
        rest = [lead.id async for lead in other.get_leads(limit=300, resume_from=checkpoint)]

    assert len(seen + rest) == len(set(seen + rest)) == 2000


async def test_checkpoint_of_other_filters_is_refused_by_the_call_itself(
    client: LeadsClient,
) -> None:
    async for page in client.get_lead_pages(limit=100):
        with pytest.raises(InvalidRequestError, match="resume_from"):
            client.get_leads(limit=100, resume_from=page.checkpoint, owner_id=1)
        with pytest.raises(InvalidRequestError, match="resume_from"):
            client.get_archived_leads(resume_from=page.checkpoint)
        with pytest.raises(InvalidRequestError, match="start"):
            client.get_leads(resume_from=page.checkpoint, start=5)
        break


class TestArchived:
    """`archived_status` on today's server and on a server from before 2025-07-15."""

    @pytest.fixture(params=[False, True], ids=["today", "before 2025-07-15"])
    async def sandbox(self, request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
        async with Sandbox(leads=60, honours_archived_status=request.param) as sandbox:
            for id in ids(sandbox)[10:30]:
                sandbox.archive_lead(id)
            yield sandbox

    @pytest.fixture
    async def client(self, sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            yield client

    async def test_archived_yields_the_archived_leads(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        found = [lead.id async for lead in client.get_leads(archived_status="archived")]
        assert found == ids(sandbox, archived=True)

    async def test_not_archived_yields_the_open_leads(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        status = ArchivedStatus.NOT_ARCHIVED
        found = [lead.id async for lead in client.get_leads(archived_status=status)]
        assert found == ids(sandbox)
        assert requests(sandbox) == [
            ("getLeads", {"start": "0", "limit": "500", "archived_status": "not_archived"})
        ]

    async def test_all_yields_open_and_archived_leads_once(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        found = [lead.id async for lead in client.get_leads(archived_status="all")]
        assert sorted(found) == sorted(lead["id"] for lead in sandbox.leads)

    async def test_archived_status_is_not_sent_by_default(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        async for _ in client.get_leads():
            break
        assert requests(sandbox)[0] == ("getLeads", {"start": "0", "limit": "500"})

    async def test_get_archived_leads_yields_the_archived_leads(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        found = [lead.id async for lead in client.get_archived_leads()]
        assert found == ids(sandbox, archived=True)
        pages = [page async for page in client.get_archived_lead_pages(limit=15)]
        assert [lead.id for page in pages for lead in page.leads] == found

    async def test_updated_since_is_applied_to_archived_leads(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        archived = [lead for lead in sandbox.leads if lead["is_archived"]]
        cut = sorted(archived, key=lambda lead: str(lead["update_time"]))[10]
        since = dt.datetime.fromisoformat(cut["update_time"]).replace(microsecond=0)
        found = [
            lead.id
            async for lead in client.get_leads(archived_status="archived", updated_since=since)
        ]
        assert found == [
            lead["id"]
            for lead in archived
            if dt.datetime.fromisoformat(lead["update_time"]) >= since
        ]

    async def test_older_server_without_a_second_list_is_not_an_error(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        sandbox.fail("getArchivedLeads", status=404)
        async for _ in client.get_leads(archived_status="archived"):
            pass
        sandbox.fail("getArchivedLeads", status=404)
        with pytest.raises(NotFoundError):
            await anext(client.get_archived_leads())


class TestMalformed:
    @pytest.fixture
    async def sandbox(self) -> AsyncIterator[Sandbox]:
        async with Sandbox(leads=4) as sandbox:
            self.bad = sandbox.add_lead(title="Bad", owner_id="seven")["id"]
            sandbox.add_lead(title="Last")
            yield sandbox

    @pytest.fixture
    async def client(self, sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            yield client

    async def test_leads_before_a_malformed_one_are_yielded_before_its_error(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        found: list[str] = []
        with pytest.raises(DecodeError) as caught:
            async for lead in client.get_leads():
                found.append(lead.id)  # noqa: PERF401 - the leads before the error count
        assert found == ids(sandbox)[:4]
        assert caught.value.lead_id == self.bad
        assert caught.value.paths == ("$.data[4].owner_id: expected int, got str",)
        assert caught.value.operation == "getLeads"
        assert caught.value.request_id is not None
        assert caught.value.raw["title"] == "Bad"
        assert "seven" not in str(caught.value)

    async def test_malformed_lead_can_be_skipped(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        errors: list[DecodeError] = []
        found = [lead.title async for lead in client.get_leads(on_malformed=errors.append)]
        assert (len(found), found[-1]) == (5, "Last")
        assert [error.lead_id for error in errors] == [self.bad]

    async def test_single_page_raises_the_error_of_a_malformed_lead(
        self, sandbox: Sandbox, client: LeadsClient
    ) -> None:
        with pytest.raises(DecodeError, match=r"\$\.data\[4\]\.owner_id"):
            await client.get_lead_page()


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        ("limit", 0, InvalidRequestError),
        ("limit", 501, InvalidRequestError),
        ("limit", "500", TypeError),
        ("limit", True, TypeError),
        ("start", -1, InvalidRequestError),
        ("start", 1.0, TypeError),
        ("owner_id", "7", TypeError),
        ("owner_id", 0, InvalidRequestError),
        ("person_id", True, TypeError),
        ("organization_id", -3, InvalidRequestError),
        ("filter_id", 0, InvalidRequestError),
        ("updated_since", dt.datetime(2025, 1, 1), InvalidRequestError),  # noqa: DTZ001 - the case
        ("updated_since", "2025-01-01", TypeError),
        ("archived_status", "Archived", InvalidRequestError),
        ("archived_status", 1, TypeError),
        ("sort", "updated", InvalidRequestError),
        ("sort", "update_time desc", InvalidRequestError),
        ("sort", "", InvalidRequestError),
    ],
)
async def test_invalid_argument_is_refused_by_name_before_any_request(
    pipedrive_sandbox: Sandbox,
    client: LeadsClient,
    argument: str,
    value: Any,
    error: type[Exception],
) -> None:
    with pytest.raises(error, match=rf"^{argument} "):
        client.get_leads(**{argument: value})
    with pytest.raises(error, match=rf"^{argument} "):
        await client.get_lead_page(**{argument: value})
    assert pipedrive_sandbox.requests == []


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        ("max_items", -1, InvalidRequestError),
        ("max_items", 2.5, TypeError),
        ("prefetch", -1, InvalidRequestError),
        ("prefetch", None, TypeError),
        ("resume_from", "nonsense", InvalidRequestError),
        ("resume_from", b"1.abc", TypeError),
        ("on_malformed", "skip", TypeError),
    ],
)
async def test_invalid_argument_of_a_walk_is_refused_by_name(
    pipedrive_sandbox: Sandbox,
    client: LeadsClient,
    argument: str,
    value: Any,
    error: type[Exception],
) -> None:
    walks: list[Any] = [client.get_leads, client.get_lead_pages, client.get_archived_leads]
    for walk in walks:
        with pytest.raises(error, match=rf"^{argument} "):
            walk(**{argument: value})
    assert pipedrive_sandbox.requests == []


async def test_closing_the_client_ends_its_walks(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    walk = client.get_leads(limit=100)
    await anext(walk)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        async for _ in walk:
            pass


async def test_error_in_a_walk_has_a_checkpoint_to_resume_from(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    seen: list[str] = []
    with pytest.raises(NotFoundError) as caught:
        async for lead in client.get_leads(limit=500, prefetch=0):
            if len(seen) == 499:
                pipedrive_sandbox.fail("getLeads", status=404)
            seen.append(lead.id)
    assert len(seen) == 500

    rest = client.get_leads(limit=500, resume_from=caught.value.checkpoint)
    assert seen + [lead.id async for lead in rest] == ids(pipedrive_sandbox)


async def test_lists_have_aliases_with_their_operation_ids(
    pipedrive_sandbox: Sandbox, client: LeadsClient
) -> None:
    assert [lead.id async for lead in client.getLeads()] == ids(pipedrive_sandbox)
    assert [lead async for lead in client.getArchivedLeads()] == []


def test_walk_referenced_after_the_loop_ended_logs_nothing(
    pipedrive_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    held: list[object] = []

    async def main() -> None:
        url = pipedrive_sandbox.url
        async with LeadsClient(pipedrive_sandbox.api_token, base_url=url) as client:
            for walk in (client.get_leads(limit=100), client.get_lead_pages(limit=100)):
                held.append(walk)
                async for _ in walk:
                    break

    asyncio.run(main())
    assert caplog.records == []
