"""Test `LeadsClient.iterate`, which reads the list of any endpoint to its end."""

from __future__ import annotations

import inspect
import json
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeAlias

import pytest

from pipedrive_leads_async import (
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    PaginationError,
    UnexpectedResponseError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http

Row: TypeAlias = dict[str, Any]


def response(data: Any, additional_data: Any = None) -> ScriptedResponse:
    body = {"success": True, "data": data, "additional_data": additional_data}
    return (http(200, json.dumps(body).encode()),)


def rows(*ids: int) -> list[Row]:
    return [{"id": id} for id in ids]


def by_position(*ids: int, next_start: Any = None, more: bool = True) -> ScriptedResponse:
    """Return a page of v1."""
    position = {"start": 0, "limit": 2, "more_items_in_collection": more, "next_start": next_start}
    return response(rows(*ids), {"pagination": position})


def by_cursor(*ids: int, cursor: Any = None) -> ScriptedResponse:
    """Return a page of v2."""
    return response(rows(*ids), {"next_cursor": cursor})


async def ids_of(walk: AsyncGenerator[Row, None], into: list[int] | None = None) -> list[int]:
    """Return the ids of the rows; also add them to a list, which has those before an error."""
    ids: list[int] = [] if into is None else into
    async for row in walk:
        ids += [row["id"]]
    return ids


async def targets_of(*responses: ScriptedResponse, path: str, **arguments: Any) -> list[str]:
    """Return the targets of the requests of a walk over these responses."""
    async with RawServer(*responses) as server, client_of(server) as client:
        await ids_of(client.iterate(path, **arguments))
        return [request.target for request in server.requests]


async def test_list_with_positions_is_read_to_its_end() -> None:
    pages = (
        by_position(1, 2, next_start=2),
        by_position(3, 4, next_start=4),
        by_position(5, more=False),
    )
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await ids_of(client.iterate("/v1/notes", limit=2)) == [1, 2, 3, 4, 5]
        assert [request.target for request in server.requests] == [
            "/v1/notes?limit=2",
            "/v1/notes?start=2&limit=2",
            "/v1/notes?start=4&limit=2",
        ]


async def test_list_with_flat_positions_is_read_to_its_end() -> None:
    flat = {"start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2}
    pages = (
        response(rows(1, 2), flat),
        response(rows(3), {**flat, "more_items_in_collection": False}),
    )
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await ids_of(client.iterate("/v1/notes", limit=2)) == [1, 2, 3]


async def test_list_with_cursors_is_read_to_its_end() -> None:
    pages = by_cursor(1, 2, cursor="eyJ+/="), by_cursor(cursor="b"), by_cursor(3)
    async with RawServer(*pages) as server, client_of(server) as client:
        params = {"sort_by": "id"}
        assert await ids_of(client.iterate("/api/v2/persons", params=params)) == [1, 2, 3]
        assert [request.target for request in server.requests] == [
            "/api/v2/persons?sort_by=id&limit=500",
            "/api/v2/persons?sort_by=id&cursor=eyJ%2B/%3D&limit=500",
            "/api/v2/persons?sort_by=id&cursor=b&limit=500",
        ]


async def test_rows_of_a_search_are_its_items() -> None:
    items = response({"items": rows(1, 2)}, {"next_cursor": "a"})
    pages = items, response({"items": rows(3)}), response({"items": None})
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await ids_of(client.iterate("/api/v2/itemSearch")) == [1, 2, 3]
        assert await ids_of(client.iterate("/api/v2/itemSearch")) == []


@pytest.mark.parametrize(
    "additional_data", [None, {}, [], {"pagination": None}, {"next_cursor": ""}]
)
async def test_list_without_pages_ends_after_its_response(additional_data: Any) -> None:
    page = response(rows(*range(1, 1500)), additional_data)
    async with RawServer(page) as server, client_of(server) as client:
        assert len(await ids_of(client.iterate("/v1/users", max_items=1200))) == 1200
        assert len(await ids_of(client.iterate("/v1/users"))) == 1499
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("path", "arguments", "limits"),
    [
        ("/v1/notes", {}, ["500", "500"]),
        ("/v1/files", {}, ["100", "100"]),
        ("/v1/files", {"limit": 500}, ["500", "500"]),
        ("/v1/notes", {"limit": 1000}, ["1000", "1000"]),
        ("/v1/notes", {"max_items": 3}, ["3", "1"]),
        ("/v1/notes", {"max_items": 2}, ["2"]),
        ("/v1/notes", {"max_items": 0}, []),
    ],
)
async def test_page_is_as_large_as_the_walk_needs(
    path: str, arguments: dict[str, int], limits: list[str]
) -> None:
    pages = by_position(1, 2, next_start=2), by_position(3, 4, more=False)
    targets = await targets_of(*pages, path=path, **arguments)
    assert [target.partition("limit=")[2] for target in targets] == limits


async def test_missing_next_position_follows_from_the_number_of_rows() -> None:
    pages = by_position(1, 2), by_position(3, more=False)
    targets = await targets_of(*pages, path="/v1/notes", limit=2)
    assert targets == ["/v1/notes?limit=2", "/v1/notes?start=2&limit=2"]


@pytest.mark.parametrize(
    "last",
    [
        by_position(3, next_start=2),
        by_position(3, next_start=1),
        by_position(3, next_start=0),
        by_position(3, next_start=-5),
        by_cursor(3, cursor="a"),
    ],
    ids=["same position", "earlier position", "first position", "negative position", "cursor"],
)
async def test_place_that_does_not_advance_is_an_error_after_the_rows(
    last: ScriptedResponse,
) -> None:
    is_cursor = last == by_cursor(3, cursor="a")
    first = by_cursor(1, 2, cursor="a") if is_cursor else by_position(1, 2, next_start=2)
    yielded: list[int] = []
    async with RawServer(first, last) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^GET /v1/notes: the server re") as caught:
            await ids_of(client.iterate("/v1/notes", limit=2), yielded)
        assert len(server.requests) == 2
    assert yielded == [1, 2, 3]
    assert caught.value.operation == "GET /v1/notes"


async def test_page_without_rows_and_next_position_is_an_error() -> None:
    async with RawServer(by_position()) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match="position after the page at 0 is 0"):
            await ids_of(client.iterate("/v1/notes"))


async def test_cursors_that_alternate_are_an_error() -> None:
    pages = by_cursor(1, cursor="a"), by_cursor(2, cursor="b"), by_cursor(3, cursor="a")
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match="repeats a cursor"):
            await ids_of(client.iterate("/api/v2/persons"))
        assert len(server.requests) == 3


@pytest.mark.parametrize("kind", ["positions", "cursors"])
async def test_endless_empty_pages_raise_an_error(kind: str) -> None:
    pages = [
        by_position(next_start=number) if kind == "positions" else by_cursor(cursor=str(number))
        for number in range(1, 100)
    ]
    async with RawServer(by_cursor(1, cursor="0"), *pages) as server, client_of(server) as client:
        found: list[int] = []
        with pytest.raises(PaginationError, match="51 empty pages in a row"):
            await ids_of(client.iterate("/api/v2/persons"), found)
        assert found == [1]
        assert len(server.requests) == 52


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"id": 1}, r"\$\.data: expected list, got dict"),
        ({"items": {"id": 1}}, r"\$\.data\.items: expected list, got dict"),
        (5, r"\$\.data: expected list, got int"),
        ("x", r"\$\.data: expected list, got str"),
        ([{"id": 1}, 5], r"\$\.data\[1\]: expected object, got int"),
        ({"items": ["x"]}, r"\$\.data\.items\[0\]: expected object, got str"),
    ],
)
async def test_data_of_another_shape_is_an_error_before_any_row(data: Any, path: str) -> None:
    yielded: list[int] = []
    async with RawServer(response(data)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=path) as caught:
            await ids_of(client.iterate("/v1/users/me"), yielded)
    assert yielded == []
    assert caught.value.operation == "GET /v1/users/me"
    assert not caught.value.paths[0].endswith(".")


@pytest.mark.parametrize("cursor", [5, ["a"]])
async def test_cursor_that_is_no_text_is_an_error(cursor: Any) -> None:
    async with RawServer(by_cursor(1, cursor=cursor)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"\$\.additional_data\.next_cursor: expected str"):
            await ids_of(client.iterate("/api/v2/persons"))


async def test_cursor_that_is_too_long_is_an_error() -> None:
    async with RawServer(by_cursor(1, cursor="a" * 5000)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match="has more than 4,096 characters"):
            await ids_of(client.iterate("/api/v2/persons"))


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"path": "persons"}, InvalidRequestError, "^path must begin with"),
        (
            {"params": {"limit": 5}},
            InvalidRequestError,
            "^params has 'limit'.*: pass limit as an arg",
        ),
        ({"params": {"start": 5}}, InvalidRequestError, "^params has 'start'.*: leave it out"),
        ({"params": {"cursor": "a"}}, InvalidRequestError, "^params has 'cursor'.*: leave it out"),
        ({"params": {"x": None}}, TypeError, r"^params\['x'\] must be"),
        ({"limit": 0}, InvalidRequestError, "^limit must be at least 1"),
        ({"limit": True}, TypeError, "^limit must be an int"),
        ({"max_items": -1}, InvalidRequestError, "^max_items must be at least 0"),
        ({"max_items": "5"}, TypeError, "^max_items must be an int"),
    ],
)
async def test_invalid_argument_is_refused_by_the_call_itself(
    arguments: dict[str, Any], kind: type[Exception], message: str
) -> None:
    call: dict[str, Any] = {"path": "/v1/notes", **arguments}
    async with LeadsClient("token") as client:
        with pytest.raises(kind, match=message):
            client.iterate(**call)


async def test_walk_is_an_async_generator_that_can_be_left() -> None:
    async with RawServer(by_position(1, 2, next_start=2)) as server, client_of(server) as client:
        assert inspect.isasyncgen(client.iterate("/v1/notes"))
        async with aclosing(client.iterate("/v1/notes")) as walk:
            async for row in walk:
                assert row == {"id": 1}
                break
        assert len(server.requests) == 1


async def test_error_of_a_later_page_is_raised_after_the_rows_before_it() -> None:
    yielded: list[int] = []
    pages = by_position(1, next_start=1), (failure(404),)
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(NotFoundError):
            await ids_of(client.iterate("/v1/notes"), yielded)
    assert yielded == [1]


async def test_walk_holds_one_page_at_a_time() -> None:
    text = "x" * 200_000
    pages = [
        response([{"id": i, "text": text}], {"next_cursor": str(i) if i < 39 else None})
        for i in range(40)
    ]
    async with RawServer(*pages) as server, client_of(server) as client:
        tracemalloc.start()
        try:
            async for _ in client.iterate("/api/v2/persons"):
                pass
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(server.requests) == 40
    assert peak < 8 * len(text)


async def test_rows_of_the_sandbox_are_complete() -> None:
    with Sandbox(leads=1201, burst=None) as sandbox:
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            ids = [row["id"] async for row in client.iterate("/v1/leads", limit=100)]
        assert ids == [lead["id"] for lead in sandbox.leads if not lead["is_archived"]]
