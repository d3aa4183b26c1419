"""Test the operations on the fields of leads."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import json
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from pipedrive_leads_async import Attempt, LeadField, LeadFieldOption, LeadsClient
from pipedrive_leads_async._operations.fields import LeadFieldOperations
from pipedrive_leads_async.errors import (
    ClientClosedError,
    DecodeError,
    NotFoundError,
    PaginationError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http, success

KEY: Final = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"

# As in Pipedrive's reference.
TITLE: Final[dict[str, Any]] = {
    "id": 1,
    "key": "title",
    "name": "Title",
    "order_nr": 2,
    "field_type": "varchar",
    "add_time": "2019-02-04 13:58:03",
    "update_time": "2019-02-05 13:58:03",
    "active_flag": True,
    "edit_flag": False,
    "bulk_edit_allowed": True,
    "options": None,
}
STAGE: Final[dict[str, Any]] = {
    "id": 12,
    "key": KEY,
    "name": "Stage",
    "field_type": "enum",
    "options": [{"id": 5, "label": "Hot", "color": "red"}, {"id": "6", "label": "Cold"}],
}


def row(number: int) -> dict[str, Any]:
    return {"key": f"{number:040x}", "name": f"Field {number}", "field_type": "double"}


def page(
    *rows: Any, more: object = None, next_start: object = None, nested: bool = True, **extra: Any
) -> ScriptedResponse:
    """Return a page: nested as Pipedrive sends it, or flat as in its reference."""
    position = {"start": 0, "limit": 500, "more_items_in_collection": more, **extra}
    if next_start is not None:
        position["next_start"] = next_start
    additional_data = {"pagination": position} if nested else position
    envelope = {"success": True, "data": list(rows), "additional_data": additional_data}
    return (http(200, json.dumps(envelope).encode()),)


def queries(server: RawServer) -> list[dict[str, str]]:
    """Return the query of each request, after checking that it is for lead fields."""
    found: list[dict[str, str]] = []
    for request in server.requests:
        path, query = urlsplit(request.target).path, urlsplit(request.target).query
        assert (request.method, path, request.body) == ("GET", "/v1/leadFields", b"")
        found.append(dict(parse_qsl(query, strict_parsing=True)))
    return found


async def names(client: LeadsClient) -> list[str]:
    return [field.name for field in await client.get_lead_fields()]


# All fields


async def test_field_has_every_value_of_the_response() -> None:
    async with RawServer(page(TITLE, STAGE)) as server, client_of(server) as client:
        title, stage = await client.get_lead_fields()
        assert queries(server) == [{"start": "0", "limit": "500"}]
    assert title == LeadField(
        key="title",
        name="Title",
        id=1,
        field_type="varchar",
        order_nr=2,
        active_flag=True,
        edit_flag=False,
        add_time=dt.datetime(2019, 2, 4, 13, 58, 3, tzinfo=dt.UTC),
        update_time=dt.datetime(2019, 2, 5, 13, 58, 3, tzinfo=dt.UTC),
        extra={"bulk_edit_allowed": True},
    )
    assert stage == LeadField(
        key=KEY,
        name="Stage",
        id=12,
        field_type="enum",
        options=(
            LeadFieldOption(id=5, label="Hot", extra={"color": "red"}),
            LeadFieldOption(id="6", label="Cold"),
        ),
    )


async def test_list_without_positions_is_one_page() -> None:
    async with RawServer((success([TITLE]),)) as server, client_of(server) as client:
        assert await names(client) == ["Title"]
        assert len(server.requests) == 1


async def test_null_is_an_empty_list() -> None:
    async with RawServer((success(None),)) as server, client_of(server) as client:
        assert await client.get_lead_fields() == []


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
@pytest.mark.parametrize(
    ("next_start", "second"),
    [(None, "2"), (2, "2"), (7, "7")],
    ids=["no next_start", "next_start", "larger next_start"],
)
async def test_every_page_is_read(nested: bool, next_start: int | None, second: str) -> None:
    pages = (
        page(row(1), row(2), more=True, next_start=next_start, nested=nested),
        page(row(3), more=False, nested=nested),
    )
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await names(client) == ["Field 1", "Field 2", "Field 3"]
        assert queries(server) == [
            {"start": "0", "limit": "500"},
            {"start": second, "limit": "500"},
        ]


async def test_field_that_moves_to_the_next_page_is_returned_once() -> None:
    pages = page(row(1), row(2), more=True), page(row(2), row(3))
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await names(client) == ["Field 1", "Field 2", "Field 3"]


@pytest.mark.parametrize(
    "pages",
    [
        [page(row(1), more=True, next_start=0)],
        [page(row(1), more=True, next_start=-1)],
        [page(row(1), more=True), page(row(2), more=True, next_start=1)],
        [page(row(1), more=True)],
        [page(row(1), more=True), page(more=True, next_start=500)],
        [page(row(1), more=True), page(more=True)],
    ],
    ids=[
        "same position",
        "negative position",
        "same position after the second page",
        "same fields again",
        "empty page with a larger position",
        "empty page without a position",
    ],
)
async def test_positions_that_do_not_advance_are_an_error(pages: list[ScriptedResponse]) -> None:
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^getLeadFields: the server reports more"):
            await client.get_lead_fields()
        assert len(server.requests) <= 2


async def test_fields_without_end_are_an_error() -> None:
    options = [{"id": n, "label": "A"} for n in range(30_000)]
    pages = [page(row(n) | {"options": options}, more=True) for n in range(5)]
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match="more than 100,000 fields and options"):
            await client.get_lead_fields()
        assert len(server.requests) == 4


async def test_malformed_field_is_an_error_with_its_path() -> None:
    wrong = STAGE | {"options": [{"id": 5, "label": None}]}
    async with RawServer(page(TITLE, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadFields: ") as caught:
            await client.get_lead_fields()
    assert caught.value.paths == ("$.data[1].options[0].label: expected str, got NoneType",)


# Custom fields


MALFORMED: Final[list[Any]] = [
    TITLE | {"name": None},
    TITLE | {"options": [{"id": 5, "label": None}]},
    {"key": f"{KEY}_currency", "name": None},
    {"key": None, "name": "Title"},
    {"name": "Title"},
    None,
    "text",
]


@pytest.mark.parametrize("malformed", MALFORMED, ids=repr)
async def test_malformed_field_of_pipedrives_own_is_skipped(malformed: Any) -> None:
    async with RawServer(page(malformed, STAGE)) as server, client_of(server) as client:
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_skipped_field_counts_in_the_position_of_the_next_page() -> None:
    pages = page(None, more=True), page(None, row(1), more=True), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        assert [each.name for each in await client.get_custom_fields()] == ["Field 1", "Field 2"]
        assert [query["start"] for query in queries(server)] == ["0", "1", "3"]


async def test_malformed_custom_field_is_an_error_with_its_path() -> None:
    wrong = STAGE | {"name": None}
    async with RawServer(page(None, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadFields: ") as caught:
            await client.get_custom_fields()
    assert caught.value.paths == ("$.data[1].name: expected str, got NoneType",)


FIELDS: Final = page(TITLE, STAGE)


async def test_custom_fields_leave_out_pipedrives_own_fields() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        fields = await client.get_custom_fields()
    assert [field.name for field in fields] == ["Stage"]
    assert fields["Stage"].key == KEY


async def test_custom_fields_are_requested_once() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first = await client.get_custom_fields()
        assert await client.get_custom_fields() is first
        assert len(server.requests) == 1


async def test_refresh_replaces_the_custom_fields_for_later_calls() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first = await client.get_custom_fields()
        second = await client.get_custom_fields(refresh=True)
        assert second is not first
        assert await client.get_custom_fields() is second
        assert len(server.requests) == 2


async def test_each_client_requests_its_own_custom_fields() -> None:
    async with (
        RawServer(FIELDS) as server,
        client_of(server) as client,
        client_of(server) as other,
    ):
        assert await client.get_custom_fields() is not await other.get_custom_fields()
        assert len(server.requests) == 2


async def test_concurrent_calls_share_one_request() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first, *others = await asyncio.gather(*(client.get_custom_fields() for _ in range(10)))
        assert all(other is first for other in others)
        assert len(server.requests) == 1


async def test_refresh_does_not_cancel_an_earlier_call() -> None:
    later = page(STAGE | {"name": "Phase"})
    async with RawServer((0.05, *FIELDS), later) as server, client_of(server) as client:
        before = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        refreshed = await client.get_custom_fields(refresh=True)
        assert [field.name for field in refreshed] == ["Phase"]
        assert [field.name for field in await before] == ["Stage"]
        assert await client.get_custom_fields() is refreshed


async def test_error_is_raised_in_every_waiter_and_is_not_kept() -> None:
    async with RawServer((failure(404),), FIELDS) as server, client_of(server) as client:
        calls = (client.get_custom_fields() for _ in range(3))
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in errors] == [NotFoundError] * 3
        assert len(server.requests) == 1
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_cancelling_one_waiter_does_not_cancel_the_request() -> None:
    async with RawServer((0.05, *FIELDS)) as server, client_of(server) as client:
        tasks = [asyncio.create_task(client.get_custom_fields()) for _ in range(3)]
        await server.received(1)
        tasks[0].cancel()
        first, *others = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        assert others[0] is others[1] is await client.get_custom_fields()
        assert len(server.requests) == 1


async def test_cancelling_the_last_waiter_cancels_the_request() -> None:
    async with RawServer((0.5, *FIELDS), FIELDS) as server, client_of(server) as client:
        tasks = [asyncio.create_task(client.get_custom_fields()) for _ in range(3)]
        await server.received(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        assert len(asyncio.all_tasks()) == 3  # this one, and two of the server's connection
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_caller_during_a_cancellation_sends_a_new_request() -> None:
    async with RawServer((0.5, *FIELDS), FIELDS) as server, client_of(server) as client:
        leaving = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        leaving.cancel()
        await asyncio.sleep(0)  # its cancellation has started, but has not ended
        assert not leaving.done()
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]
        with contextlib.suppress(asyncio.CancelledError):
            await leaving
        assert len(server.requests) == 2


async def test_error_after_the_last_waiter_was_cancelled_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(attempt: Attempt) -> None:
        raise ZeroDivisionError(attempt.error)

    async with RawServer((0.5, *FIELDS)) as server, client_of(server, on_attempt=fail) as client:
        call = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    del client, call
    gc.collect()
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_closing_the_client_ends_the_request() -> None:
    async with RawServer((0.5, *FIELDS)) as server, client_of(server) as client:
        call = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await call


async def test_custom_fields_are_kept_after_the_client_is_closed() -> None:
    async with RawServer(FIELDS) as server:
        async with client_of(server) as client:
            first = await client.get_custom_fields()
        assert await client.get_custom_fields() is first


async def test_refresh_of_another_type_is_refused_before_any_request() -> None:
    anything: Any = "yes"
    async with RawServer(FIELDS) as server:
        async with client_of(server) as client:
            with pytest.raises(TypeError, match=r"^refresh must be a bool, got str"):
                await client.get_custom_fields(refresh=anything)
        assert not server.connections


# With the sandbox


async def test_custom_field_of_the_sandbox_is_read(client: LeadsClient, sandbox: Sandbox) -> None:
    key = sandbox.add_custom_field("Stage", "enum", ["Hot", "Cold"])
    stage = next(field for field in await client.get_lead_fields() if field.key == key)
    assert [option.label for option in stage.options or ()] == ["Hot", "Cold"]
    assert (await client.get_custom_fields())["Stage"].key == key


def test_get_lead_fields_has_an_alias_with_its_operation_id() -> None:
    assert (
        vars(LeadFieldOperations)["getLeadFields"] is vars(LeadFieldOperations)["get_lead_fields"]
    )
