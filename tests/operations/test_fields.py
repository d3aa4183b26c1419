"""Lead fields: read page by page, and kept by their names."""

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
    """A page, nested as Pipedrive sends it or flat as its reference says."""
    position = {"start": 0, "limit": 500, "more_items_in_collection": more, **extra}
    if next_start is not None:
        position["next_start"] = next_start
    additional_data = {"pagination": position} if nested else position
    envelope = {"success": True, "data": list(rows), "additional_data": additional_data}
    return (http(200, json.dumps(envelope).encode()),)


def queries(server: RawServer) -> list[dict[str, str]]:
    """The query of each request that came, all of which were for the fields."""
    found: list[dict[str, str]] = []
    for request in server.requests:
        path, query = urlsplit(request.target).path, urlsplit(request.target).query
        assert (request.method, path, request.body) == ("GET", "/v1/leadFields", b"")
        found.append(dict(parse_qsl(query, strict_parsing=True)))
    return found


async def names(client: LeadsClient) -> list[str]:
    return [field.name for field in await client.get_lead_fields()]


# All fields


async def test_a_field_comes_with_what_pipedrive_says_of_it() -> None:
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


async def test_a_list_in_one_piece_is_read_too() -> None:
    async with RawServer((success([TITLE]),)) as server, client_of(server) as client:
        assert await names(client) == ["Title"]
        assert len(server.requests) == 1


async def test_null_is_an_empty_list() -> None:
    async with RawServer((success(None),)) as server, client_of(server) as client:
        assert await client.get_lead_fields() == []


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
@pytest.mark.parametrize(
    ("next_start", "second"), [(None, "2"), (2, "2"), (7, "7")], ids=["unsaid", "said", "further"]
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


async def test_a_field_that_moves_to_the_next_page_comes_once() -> None:
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
        "the same",
        "back",
        "the same later",
        "the same fields again and again",
        "further on, without fields",
        "nowhere, without fields",
    ],
)
async def test_positions_that_do_not_advance_are_an_error(pages: list[ScriptedResponse]) -> None:
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^getLeadFields: .* leads from"):
            await client.get_lead_fields()
        assert len(server.requests) <= 2


async def test_a_field_that_cannot_be_read_is_named() -> None:
    wrong = STAGE | {"options": [{"id": 5, "label": None}]}
    async with RawServer(page(TITLE, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadFields: ") as caught:
            await client.get_lead_fields()
    assert caught.value.paths == ("$.data[1].options[0].label: expected str, got NoneType",)


# The custom fields, kept


ODD: Final[list[Any]] = [
    TITLE | {"name": None},
    TITLE | {"options": [{"id": 5, "label": None}]},
    {"key": f"{KEY}_currency", "name": None},
    {"key": None, "name": "Title"},
    {"name": "Title"},
    None,
    "odd",
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_an_odd_field_of_pipedrives_own_takes_no_name_from_the_others(odd: Any) -> None:
    async with RawServer(page(odd, STAGE)) as server, client_of(server) as client:
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_an_odd_field_has_its_place_in_the_list() -> None:
    pages = page(None, more=True), page(None, row(1), more=True), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        assert [each.name for each in await client.get_custom_fields()] == ["Field 1", "Field 2"]
        assert [query["start"] for query in queries(server)] == ["0", "1", "3"]


async def test_a_custom_field_that_cannot_be_read_is_named() -> None:
    wrong = STAGE | {"name": None}
    async with RawServer(page(None, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadFields: ") as caught:
            await client.get_custom_fields()
    assert caught.value.paths == ("$.data[1].name: expected str, got NoneType",)


FIELDS: Final = page(TITLE, STAGE)


async def test_custom_fields_are_those_of_the_account_by_their_names() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        fields = await client.get_custom_fields()
    assert [field.name for field in fields] == ["Stage"]
    assert fields["Stage"].key == KEY


async def test_custom_fields_are_read_once() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first = await client.get_custom_fields()
        assert await client.get_custom_fields() is first
        assert len(server.requests) == 1


async def test_a_refresh_reads_them_again_for_all() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first = await client.get_custom_fields()
        second = await client.get_custom_fields(refresh=True)
        assert second is not first
        assert await client.get_custom_fields() is second
        assert len(server.requests) == 2


async def test_clients_keep_their_own() -> None:
    async with (
        RawServer(FIELDS) as server,
        client_of(server) as client,
        client_of(server) as other,
    ):
        assert await client.get_custom_fields() is not await other.get_custom_fields()
        assert len(server.requests) == 2


async def test_all_who_ask_at_once_get_the_same_answer() -> None:
    async with RawServer(FIELDS) as server, client_of(server) as client:
        first, *others = await asyncio.gather(*(client.get_custom_fields() for _ in range(10)))
        assert all(other is first for other in others)
        assert len(server.requests) == 1


async def test_a_refresh_does_not_take_what_was_asked_for_before_it() -> None:
    later = page(STAGE | {"name": "Phase"})
    async with RawServer((0.05, *FIELDS), later) as server, client_of(server) as client:
        before = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        refreshed = await client.get_custom_fields(refresh=True)
        assert [field.name for field in refreshed] == ["Phase"]
        assert [field.name for field in await before] == ["Stage"]
        assert await client.get_custom_fields() is refreshed


async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    async with RawServer((failure(404),), FIELDS) as server, client_of(server) as client:
        asked = (client.get_custom_fields() for _ in range(3))
        errors = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(error) for error in errors] == [NotFoundError] * 3
        assert len(server.requests) == 1
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_who_is_cancelled_takes_nothing_from_the_others() -> None:
    async with RawServer((0.05, *FIELDS)) as server, client_of(server) as client:
        tasks = [asyncio.create_task(client.get_custom_fields()) for _ in range(3)]
        await server.received(1)
        tasks[0].cancel()
        first, *others = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        assert others[0] is others[1] is await client.get_custom_fields()
        assert len(server.requests) == 1


async def test_the_request_ends_with_the_last_who_waits_for_it() -> None:
    async with RawServer((0.5, *FIELDS), FIELDS) as server, client_of(server) as client:
        tasks = [asyncio.create_task(client.get_custom_fields()) for _ in range(3)]
        await server.received(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        assert len(asyncio.all_tasks()) == 2  # this one, and the server's connection
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]


async def test_who_asks_while_a_request_is_given_up_gets_one_of_his_own() -> None:
    async with RawServer((0.5, *FIELDS), FIELDS) as server, client_of(server) as client:
        leaving = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        leaving.cancel()
        await asyncio.sleep(0)  # it is leaving, and has not left
        assert not leaving.done()
        assert [field.name for field in await client.get_custom_fields()] == ["Stage"]
        with contextlib.suppress(asyncio.CancelledError):
            await leaving
        assert len(server.requests) == 2


async def test_an_error_after_the_last_has_left_is_not_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(attempt: Attempt) -> None:
        raise ZeroDivisionError(attempt.error)

    async with RawServer((0.5, *FIELDS)) as server, client_of(server, on_attempt=fail) as client:
        asked = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    del client, asked
    gc.collect()
    assert not caplog.records


async def test_closing_the_client_ends_the_request() -> None:
    async with RawServer((0.5, *FIELDS)) as server, client_of(server) as client:
        asked = asyncio.create_task(client.get_custom_fields())
        await server.received(1)
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await asked


async def test_what_is_kept_outlives_the_client() -> None:
    async with RawServer(FIELDS) as server:
        async with client_of(server) as client:
            first = await client.get_custom_fields()
        assert await client.get_custom_fields() is first


async def test_another_type_reaches_no_server() -> None:
    anything: Any = "yes"
    async with RawServer(FIELDS) as server:
        async with client_of(server) as client:
            with pytest.raises(TypeError, match=r"^refresh must be a bool, got str"):
                await client.get_custom_fields(refresh=anything)
        assert not server.connections


# End to end


async def test_the_fields_of_an_account_are_read_end_to_end(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    key = sandbox.add_custom_field("Stage", "enum", ["Hot", "Cold"])
    stage = next(field for field in await client.get_lead_fields() if field.key == key)
    assert [option.label for option in stage.options or ()] == ["Hot", "Cold"]
    assert (await client.get_custom_fields())["Stage"].key == key


def test_pipedrives_own_operation_id_is_the_same_method() -> None:
    assert (
        vars(LeadFieldOperations)["getLeadFields"] is vars(LeadFieldOperations)["get_lead_fields"]
    )
