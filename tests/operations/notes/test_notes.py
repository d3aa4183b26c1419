"""Test the operations on notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import pytest

from pipedrive_leads_async import (
    AddNoteRequest,
    BadRequestError,
    DecodeError,
    InvalidRequestError,
    Lead,
    LeadsClient,
    Note,
    NotFoundError,
    Organization,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    Person,
    UpdateNoteRequest,
    User,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.every_operation.table.exchanges import collect, envelope
from tests.support.calls import ID, client_of
from tests.support.raw_server import RawServer, failure, http, success

NOTE: Final = {"id": 5, "content": "Called", "lead_id": ID}


@asynccontextmanager
async def account(leads: int = 1) -> AsyncGenerator[tuple[LeadsClient, Sandbox, str], None]:
    """Run a sandbox; yield a client of it, and the id of its first lead."""
    with Sandbox(leads=leads, burst=None) as sandbox:
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            yield client, sandbox, sandbox.leads[0]["id"]


# On the sandbox


async def test_note_is_added_read_changed_and_deleted() -> None:
    async with account() as (client, sandbox, lead_id):
        added = await client.add_note(AddNoteRequest(content="<b>Called</b>", lead_id=lead_id))
        assert (added.content, added.lead_id, added.person_id) == ("<b>Called</b>", lead_id, None)
        assert added.lead is not None
        assert added.lead.title == sandbox.leads[0]["title"]
        assert added.user is not None
        assert added.user.is_you is True
        assert await client.get_note(added.id) == added

        pinned = await client.update_note(added, UpdateNoteRequest(pinned_to_lead_flag=True))
        assert (pinned.id, pinned.content) == (added.id, added.content)
        assert (added.pinned_to_lead_flag, pinned.pinned_to_lead_flag) == (False, True)
        assert pinned.last_update_user_id == added.user_id

        assert await client.delete_note(pinned) == added.id
        for call in (
            client.get_note(added),
            client.update_note(added.id, UpdateNoteRequest(content="x")),
            client.delete_note(added.id),
        ):
            with pytest.raises(NotFoundError):
                await call
        assert sandbox.notes == []


async def test_every_property_of_a_note_can_be_set() -> None:
    async with account() as (client, sandbox, lead_id):
        lead = sandbox.leads[0]
        deal, other = sandbox.add_deal(), sandbox.users[1]
        note = await client.add_note(
            AddNoteRequest(
                content="x",
                lead_id=UUID(lead_id),
                deal_id=deal["id"],
                person_id=lead["person_id"],
                organization_id=Organization(id=lead["organization_id"], name="Acme"),
                project_id=1,
                task_id=2,
                user_id=User(id=other.id, name="Other"),
                add_time=dt.datetime(2026, 1, 2, 3, 4, 5, 999, dt.UTC),
                pinned_to_lead_flag=True,
                pinned_to_deal_flag=False,
                pinned_to_person_flag=True,
                pinned_to_organization_flag=True,
                pinned_to_project_flag=True,
                pinned_to_task_flag=True,
            )
        )
    assert (note.lead_id, note.deal_id, note.person_id) == (lead_id, deal["id"], lead["person_id"])
    assert (note.organization_id, note.project_id, note.task_id) == (lead["organization_id"], 1, 2)
    assert (note.user_id, note.user and note.user.is_you) == (other.id, False)
    assert note.add_time == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert (note.pinned_to_lead_flag, note.pinned_to_deal_flag) == (True, False)
    assert note.pinned_to_person_flag is note.pinned_to_organization_flag is True
    assert note.pinned_to_project_flag is note.pinned_to_task_flag is True
    assert note.extra == {}


async def test_notes_are_read_to_their_end() -> None:
    async with account(leads=2) as (client, sandbox, lead_id):
        other = sandbox.leads[1]["id"]
        ids = [sandbox.add_note(content=str(i), lead_id=lead_id)["id"] for i in range(7)]
        sandbox.add_note(content="x", lead_id=other)
        assert [note.id async for note in client.get_notes(lead_id=lead_id, limit=3)] == ids
        newest = client.get_notes(sort="id DESC", max_items=2)
        assert [note.lead_id async for note in newest] == [other, lead_id]
        assert len(await collect(client.get_notes())) == 8
        queries = [request.query for request in sandbox.requests]
    assert queries[:3] == [
        {"lead_id": lead_id, "limit": "3"},
        {"lead_id": lead_id, "start": "3", "limit": "3"},
        {"lead_id": lead_id, "start": "6", "limit": "3"},
    ]
    assert queries[3:] == [{"sort": "id DESC", "limit": "2"}, {"limit": "500"}]


async def test_notes_of_a_deleted_lead_are_gone() -> None:
    async with account() as (client, _, lead_id):
        note = await client.add_note(AddNoteRequest(content="x", lead_id=lead_id))
        await client.delete_lead(lead_id)
        assert await collect(client.get_notes(lead_id=lead_id)) == []
        with pytest.raises(NotFoundError):
            await client.get_note(note)


async def test_note_of_unknown_outcome_is_to_be_looked_for_with_get_notes() -> None:
    async with account() as (client, sandbox, lead_id):
        sandbox.fail("addNote", drop=True)
        with pytest.raises(OutcomeUnknownError, match="check with get_notes whether"):
            await client.add_note(AddNoteRequest(content="x", lead_id=lead_id))


async def test_plain_text_is_found_again_as_it_was_written() -> None:
    async with account() as (client, _, lead_id):
        request = AddNoteRequest.from_text("5 < 6 & 7\nTrue", lead_id=lead_id)
        note = await client.add_note(request)
        assert note.content == "5 &lt; 6 &amp; 7<br>True"
        [found] = await collect(client.search_leads("5 < 6 & 7", fields="notes"))
        assert found.id == lead_id


async def test_refusals_of_pipedrive_are_raised() -> None:
    async with account() as (client, sandbox, lead_id):
        with pytest.raises(BadRequestError, match="lead_id must be the id of a lead"):
            await client.add_note(AddNoteRequest(content="x", lead_id=ID))
        note = await client.add_note(AddNoteRequest(content="x", lead_id=lead_id))
        other = sandbox.users[1]
        async with LeadsClient(other.api_token, base_url=sandbox.url) as their_client:
            with pytest.raises(PermissionDeniedError):
                author = UpdateNoteRequest(user_id=note.user_id or 0)
                await their_client.update_note(note, author)


# Requests and responses


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"lead_id": UUID(ID)}, f"lead_id={ID}&"),
        ({"lead_id": Lead(id=ID, title="x")}, f"lead_id={ID}&"),
        ({"person_id": Person(id=5, name="x")}, "person_id=5&"),
        ({"organization_id": Organization(id=6, name="x")}, "org_id=6&"),
        ({"user_id": User(id=7, name="x")}, "user_id=7&"),
        ({"deal_id": 8, "person_id": 5}, "person_id=5&deal_id=8&"),
        ({"pinned_to_lead": True}, "pinned_to_lead_flag=1&"),
        ({"pinned_to_lead": False}, "pinned_to_lead_flag=0&"),
        (
            {"updated_since": dt.datetime(2026, 1, 2, 3, 4, 5, 999, dt.UTC)},
            "updated_since=2026-01-02T03:04:05Z&",
        ),
        ({"sort": "organization_id DESC, id"}, "sort=org_id+DESC,id&"),
        ({"sort": "org_id"}, "sort=org_id&"),
    ],
)
async def test_filter_is_sent(arguments: dict[str, Any], query: str) -> None:
    async with RawServer((success([]),)) as server, client_of(server) as client:
        assert await collect(client.get_notes(**arguments)) == []
        [request] = server.requests
    assert request.target == f"/v1/notes?{query}limit=500"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"lead_id": "1"}, InvalidRequestError, "^lead_id must be a UUID"),
        ({"lead_id": 1}, TypeError, "^lead_id must be a str"),
        ({"person_id": 0}, InvalidRequestError, "^person_id must be at least 1"),
        ({"organization_id": "1"}, TypeError, "^organization_id must be an int"),
        ({"deal_id": True}, TypeError, "^deal_id must be an int"),
        ({"user_id": 1.0}, TypeError, "^user_id must be an int"),
        ({"pinned_to_lead": 1}, TypeError, "^pinned_to_lead must be a bool"),
        ({"updated_since": "2026-01-01"}, TypeError, "^updated_since must be a datetime"),
        ({"sort": "lead_id"}, InvalidRequestError, "^sort must be a field with ASC or DESC"),
        ({"sort": "id desc"}, InvalidRequestError, "^sort must be"),
        ({"sort": 5}, TypeError, "^sort must be a str"),
        ({"limit": 501}, InvalidRequestError, "^limit must be from 1 to 500"),
        ({"max_items": -1}, InvalidRequestError, "^max_items must be at least 0"),
    ],
)
async def test_invalid_filter_is_refused_by_the_call_itself(
    arguments: dict[str, Any], kind: type[Exception], message: str
) -> None:
    async with LeadsClient("token") as client:
        with pytest.raises(kind, match=message):
            client.get_notes(**arguments)


BY_ID: Final[dict[str, Callable[[LeadsClient, Any], Any]]] = {
    "get_note": lambda c, x: c.get_note(x),
    "update_note": lambda c, x: c.update_note(x, UpdateNoteRequest(content="x")),
    "delete_note": lambda c, x: c.delete_note(x),
}


@pytest.mark.parametrize("name", BY_ID)
@pytest.mark.parametrize(("id", "kind"), [(0, InvalidRequestError), ("5", TypeError)])
async def test_invalid_id_is_refused(name: str, id: object, kind: type[Exception]) -> None:
    async with LeadsClient("token") as client:
        with pytest.raises(kind, match=r"^id must be"):
            await BY_ID[name](client, id)


async def test_request_of_another_type_is_refused() -> None:
    wrong: Any = {"content": "x"}
    async with LeadsClient("token") as client:
        with pytest.raises(TypeError, match=r"^request must be an AddNoteRequest"):
            await client.add_note(wrong)
        with pytest.raises(TypeError, match=r"^request must be an UpdateNoteRequest"):
            await client.update_note(5, wrong)


@pytest.mark.parametrize("deleted", [True, {"id": 5}, None])
async def test_every_response_to_a_deletion_is_accepted(deleted: object) -> None:
    async with RawServer((success(deleted),)) as server, client_of(server) as client:
        assert await client.delete_note(5) == 5
        [request] = server.requests
    assert (request.method, request.target) == ("DELETE", "/v1/notes/5")


async def test_deletion_that_an_earlier_attempt_did_succeeds() -> None:
    async with RawServer((failure(500),), (failure(404),)) as server, client_of(server) as client:
        assert await client.delete_note(5) == 5


async def test_positions_that_do_not_advance_are_an_error() -> None:
    position = {"more_items_in_collection": True, "next_start": 0}
    page = envelope([NOTE], {"pagination": position})
    async with RawServer((http(200, page),)) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^getNotes: "):
            await collect(client.get_notes())
        assert len(server.requests) == 1


async def test_malformed_note_is_an_error_before_any_note_of_its_page() -> None:
    rows = [NOTE, {**NOTE, "content": 5}]
    notes: list[Note] = []
    async with RawServer((success(rows),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"\$\.data\[1\]\.content: expected str, got int"):
            async for note in client.get_notes():
                notes += [note]
    assert notes == []
