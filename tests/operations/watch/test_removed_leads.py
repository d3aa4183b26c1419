"""Test `find_removed_leads`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from pipedrive_leads_async import (
    InvalidRequestError,
    Lead,
    LeadsClient,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from pipedrive_leads_async.request_models._ids import lead_id
from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.webhooks import LeadRemoved
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, failure, http, success


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
    """Return a client of the sandbox."""
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        yield client


async def find(client: LeadsClient, known: Any, **options: Any) -> list[tuple[str, str]]:
    found = [removed async for removed in client.find_removed_leads(known, **options)]
    assert all(isinstance(removed, LeadRemoved) for removed in found)
    return [(removed.lead_id, removed.reason) for removed in found]


async def asynchronously(ids: list[str]) -> AsyncIterator[str]:
    for id in ids:
        yield id


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


async def test_archived_and_deleted_leads_are_found(client: LeadsClient, sandbox: Sandbox) -> None:
    ids = [lead["id"] for lead in sandbox.leads]
    sandbox.archive_lead(ids[1])
    sandbox.delete_lead(ids[2])
    unknown = str(uuid.uuid4())
    expected = [(ids[1], "archived"), (ids[2], "gone"), (unknown, "gone")]
    assert await find(client, [*ids, unknown]) == expected
    assert operations(sandbox).count("getLead") == 3
    [archived, gone] = [each async for each in client.find_removed_leads(ids)]
    assert archived.lead is not None
    assert (archived.lead.id, archived.lead.is_archived, gone.lead) == (ids[1], True, None)


async def test_nothing_is_requested_for_leads_in_the_list(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    ids = [lead["id"].upper() for lead in sandbox.leads]
    assert await find(client, ids) == []
    assert set(operations(sandbox)) == {"getLeads"}


async def test_any_iterable_of_ids_is_accepted(client: LeadsClient, sandbox: Sandbox) -> None:
    gone = [str(uuid.uuid4()) for _ in range(2)]

    def lazy() -> Iterator[str]:
        yield from (*gone, gone[0])

    expected = [(id, "gone") for id in gone]
    for known in (gone, tuple(gone), dict.fromkeys(gone).keys(), lazy(), asynchronously(gone)):
        assert await find(client, known) == expected


async def test_open_lead_outside_the_filter_is_filtered(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    ids = [lead["id"] for lead in sandbox.leads]
    owners = {lead["id"]: lead["owner_id"] for lead in sandbox.leads}
    owner = owners[ids[0]]
    expected = [(id, "filtered") for id in ids if owners[id] != owner]
    assert await find(client, ids, owner_id=owner) == expected
    unseen = [lead["id"] for lead in sandbox.leads if not lead["was_seen"]]
    expected = [(id, "filtered") for id in ids if id not in unseen]
    assert await find(client, ids, filter_id=2) == expected


async def test_lead_that_is_open_by_now_is_not_reported() -> None:
    id = str(uuid.uuid4())
    lead = {"id": id, "title": "Big order", "owner_id": 7}
    async with RawServer((success([]),), (success(lead),)) as server, client_of(server) as client:
        assert await find(client, [id]) == []
        server.responses[:] = [(success([]),), (success(lead),)]
        assert await find(client, [id], owner_id=7) == []


async def test_malformed_lead_in_the_list_is_not_removed() -> None:
    id = str(uuid.uuid4())
    malformed = success([{"id": id, "title": 5}])
    async with RawServer((malformed,)) as server, client_of(server) as client:
        assert await find(client, [id]) == []
    assert len(server.requests) == 1


async def test_too_many_missing_leads_are_an_error_before_any_is_requested(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    known = [str(uuid.uuid4()) for _ in range(4)]
    with pytest.raises(InvalidRequestError, match=r"^more than 3 leads of known are not in the"):
        await find(client, known, max_removed=3)
    assert "getLead" not in operations(sandbox)
    assert len(await find(client, known, max_removed=4)) == 4


async def test_invalid_id_is_refused_before_any_lead_is_requested(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    for wrong, error in (("5", InvalidRequestError), (5, TypeError), (None, TypeError)):
        with pytest.raises(error, match=r"^known\[1\] must be a"):
            await find(client, [str(uuid.uuid4()), wrong])
    assert "getLead" not in operations(sandbox)


async def test_error_of_the_known_ids_is_raised_before_any_lead_is_requested(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    def broken() -> Iterator[str]:
        yield str(uuid.uuid4())
        raise OSError("the database is closed")

    async def broken_asynchronously() -> AsyncIterator[str]:
        for id in broken():
            yield id

    for known in (broken(), broken_asynchronously()):
        with pytest.raises(OSError, match="the database is closed"):
            await find(client, known)
    assert "getLead" not in operations(sandbox)


async def test_id_in_upper_and_lower_case_is_requested_and_reported_once(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    gone = str(uuid.uuid4())
    known = [gone.upper(), gone, uuid.UUID(gone), Lead(id=gone.upper(), title="Big order")]
    assert await find(client, known, max_removed=1) == [(gone, "gone")]
    assert operations(sandbox).count("getLead") == 1


async def test_empty_collection_requests_nothing(client: LeadsClient, sandbox: Sandbox) -> None:
    for known in (list[str](), (), set[str](), dict[str, int]().keys()):
        assert await find(client, known) == []
    assert operations(sandbox) == []


@pytest.mark.parametrize("kind", [list[str], iter, asynchronously])
async def test_other_tasks_run_while_known_ids_are_read(
    client: LeadsClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    turns = [0]
    turns_at_id: list[int] = []

    def note(name: str, id: object) -> str:
        turns_at_id.append(turns[0])
        return lead_id(name, id)

    async def take_turns() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    monkeypatch.setattr("pipedrive_leads_async._operations.watch.removed.lead_id", note)
    monkeypatch.setattr("pipedrive_leads_async._shared.steps._LONG", -1.0)
    other = asyncio.create_task(take_turns())
    assert await find(client, kind([sandbox.leads[0]["id"]] * 5000)) == []
    other.cancel()
    assert turns_at_id[-1] - turns_at_id[0] >= 4


async def test_collection_may_change_while_it_is_read(
    client: LeadsClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipedrive_leads_async._operations.watch.removed._STEP", 1)
    monkeypatch.setattr("pipedrive_leads_async._shared.steps._LONG", -1.0)
    known = {lead["id"] for lead in sandbox.leads}

    is_reading = asyncio.Event()

    def note(name: str, id: object) -> str:
        is_reading.set()
        return lead_id(name, id)

    async def forget() -> None:
        await is_reading.wait()
        known.clear()

    monkeypatch.setattr("pipedrive_leads_async._operations.watch.removed.lead_id", note)
    forgetting = asyncio.create_task(forget())
    assert await find(client, known) == []
    await forgetting


@pytest.mark.parametrize(
    "response",
    [
        http(404, b"<html>nginx</html>", content_type="text/html"),
        http(404, b""),
        http(404, b'{"message": "no Route matched"}'),
        http(410, b"<html>gone</html>", content_type="text/html"),
        http(204, b""),
    ],
    ids=["nginx", "empty", "gateway", "410", "204"],
)
async def test_response_that_is_not_from_pipedrive_is_no_removal(response: bytes) -> None:
    id = str(uuid.uuid4())
    async with RawServer((success([]),), (response,)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match=r"^getLead: .* is no proof that the"):
            await find(client, [id])
        server.responses[:] = [(success([]),), (failure(410),)]
        assert await find(client, [id]) == [(id, "gone")]


async def test_403_is_no_removal(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getLead", status=403)
    with pytest.raises(PermissionDeniedError, match=r"^getLead: "):
        await find(client, [str(uuid.uuid4())])


async def test_lead_that_the_user_may_not_see_hides_no_other_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    known = [str(uuid.uuid4()) for _ in range(3)]
    sandbox.fail("getLead", status=403, times=2)
    removed = client.find_removed_leads(known)
    assert (await anext(removed)).lead_id == known[2]
    with pytest.raises(PermissionDeniedError, match=r"^getLead: "):
        await anext(removed)


@pytest.mark.parametrize(
    ("known", "options", "error", "message"),
    [
        ("8ba414d0", {}, TypeError, "known must be a list or an iterable of ids, got str"),
        (None, {}, TypeError, "known must be a list or an iterable of ids, got NoneType"),
        ({}, {}, TypeError, "known must be a list .*, got dict: pass its keys"),
        ([], {"max_removed": -1}, InvalidRequestError, "max_removed must be at least 0"),
        ([], {"owner_id": 0}, InvalidRequestError, "owner_id must be at least 1"),
    ],
)
def test_invalid_argument_is_refused_by_the_call(
    known: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        LeadsClient("token").find_removed_leads(known, **options)
