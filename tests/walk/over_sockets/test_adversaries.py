"""Test walks over faulty servers: all leads or a typed error, in a bounded number of requests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    DecodeError,
    LeadsClient,
    PaginationError,
    UnexpectedResponseError,
)
from tests.support.calls import CANARY, QUICK, client_of
from tests.support.raw_server import End, RawServer, http
from tests.walk.over_sockets.leads_server import (
    LeadsServer,
    ids,
    page,
    page_of,
    positions,
    row,
    rows,
)

PREFETCH = pytest.mark.parametrize("prefetch", [0, 4])
TOTAL: Final = 200
LIMIT: Final = 60

Respond = Callable[[int, int], Any]


async def walk(
    into: list[str], server: LeadsServer | RawServer, *, limit: int = LIMIT, **options: Any
) -> None:
    """Append the ids of a walk to `into`, so that a test has them also after an error."""
    async with LeadsClient(CANARY, base_url=server.url, retry=QUICK) as client:
        async for lead in client.get_leads(limit=limit, **options):
            into.append(lead.id)  # noqa: PERF401 - keeps the ids before an error


# Unusual but usable responses


def fewer_rows(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, min(limit, 40))


def one_row(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, min(limit, 1))


def more_rows(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, limit + 10)


def without_the_pagination_object(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    return whole | {"additional_data": whole["additional_data"]["pagination"]}


def with_keys_in_reverse(start: int, limit: int) -> Any:
    return dict(reversed(page_of(TOTAL, start, limit).items()))


def with_another_pagination_object(start: int, limit: int) -> Any:
    related = {"organization": {"1": {"additional_data": {"pagination": positions(0)}}}}
    return page_of(TOTAL, start, limit) | {"related_objects": related}


def without_next_start(start: int, limit: int) -> Any:
    return page(rows(start, min(start + limit, TOTAL)), positions(None, more=start + limit < TOTAL))


def with_next_start_as_text(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    if pagination := whole["additional_data"]["pagination"]:
        pagination["next_start"] = str(pagination["next_start"])
    return whole


def with_next_start_of_1e300(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    if pagination := whole["additional_data"]["pagination"]:
        pagination["next_start"] = 1e300
    return whole


def with_a_null_page_after_the_end(start: int, limit: int) -> Any:
    found = rows(start, min(start + limit, TOTAL))
    return page(found, positions(start + len(found))) if found else page(None)


def without_creation_times(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    return whole | {"data": [{**each, "add_time": None} for each in whole["data"]]}


@PREFETCH
@pytest.mark.parametrize(
    "respond",
    [
        fewer_rows,
        more_rows,
        without_the_pagination_object,
        with_keys_in_reverse,
        with_another_pagination_object,
        without_next_start,
        with_next_start_as_text,
        with_next_start_of_1e300,
        with_a_null_page_after_the_end,
        without_creation_times,
    ],
)
async def test_unusual_responses_are_understood(respond: Respond, prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(respond) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)
    assert len(server.requests) <= 20


@PREFETCH
async def test_server_that_returns_one_lead_a_page_costs_a_request_for_each(
    prefetch: int,
) -> None:
    found: list[str] = []
    async with LeadsServer(one_row) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)
    assert len(server.requests) <= TOTAL + prefetch


@PREFETCH
async def test_page_whose_rows_are_all_hidden_does_not_end_the_walk(prefetch: int) -> None:
    def respond(start: int, limit: int) -> Any:
        stop = min(start + limit, TOTAL)
        visible = [row(number) for number in range(start, stop) if not 30 <= number < 180]
        return page(visible, positions(stop) if stop < TOTAL else None)

    found: list[str] = []
    async with LeadsServer(respond) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == [*ids(0, 30), *ids(180, TOTAL)]
    assert len(server.requests) <= 16


@PREFETCH
@pytest.mark.parametrize("additional_data", [None, [], "more", 1, {}, {"pagination": None}])
async def test_page_without_pagination_is_the_last(additional_data: Any, prefetch: int) -> None:
    whole = page(rows(0, 5)) | {"additional_data": additional_data}
    found: list[str] = []
    async with LeadsServer(lambda start, limit: whole) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, 5)
    assert server.requests == [(0, LIMIT)]


@PREFETCH
async def test_data_that_is_null_is_an_empty_list(prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(lambda start, limit: page(None)) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == []
    assert server.requests == [(0, LIMIT)]


# Positions that do not advance


@PREFETCH
@pytest.mark.parametrize("next_start", [0, -5, -(10**18)])
async def test_positions_that_do_not_advance_raise_pagination_error(
    next_start: int, prefetch: int
) -> None:
    found: list[str] = []
    async with LeadsServer(lambda start, limit: page(rows(0, 60), positions(next_start))) as server:
        with pytest.raises(PaginationError, match="do not advance") as caught:
            await walk(found, server, prefetch=prefetch)
    assert found == ids(0, 60)
    assert caught.value.checkpoint is not None
    assert len(server.requests) == 1


@PREFETCH
async def test_positions_that_go_back_raise_pagination_error(prefetch: int) -> None:
    def respond(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        return whole if start < 70 else page(whole["data"], positions(start - 30))

    found: list[str] = []
    async with LeadsServer(respond) as server:
        with pytest.raises(PaginationError, match="do not advance"):
            await walk(found, server, prefetch=prefetch)
    assert found == ids(0, len(found))
    assert len(server.requests) <= 3 + prefetch


@PREFETCH
async def test_next_start_beyond_the_requested_page_skips_no_lead(prefetch: int) -> None:
    def respond(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        return page(whole["data"], positions(10**9)) if start == 0 else whole

    found: list[str] = []
    async with LeadsServer(respond) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)


def the_same_page(start: int, limit: int) -> Any:
    return page(rows(0, min(limit, 60)), positions(start + limit))


def the_same_page_without_positions(start: int, limit: int) -> Any:
    return page(rows(0, min(limit, 60)), positions(None))


def two_alternating_pages(start: int, limit: int) -> Any:
    first = 0 if start % 2 else 500
    return page(rows(first, first + min(limit, 60)), positions(start + limit))


def empty_pages(start: int, limit: int) -> Any:
    return page([], positions(start + limit))


def null_pages(start: int, limit: int) -> Any:
    return page(None, positions(start + limit))


def empty_pages_after_the_end(start: int, limit: int) -> Any:
    return page(rows(start, min(start + limit, TOTAL)), positions(start + limit))


@PREFETCH
@pytest.mark.parametrize(
    "respond",
    [
        the_same_page,
        the_same_page_without_positions,
        two_alternating_pages,
        empty_pages,
        null_pages,
        empty_pages_after_the_end,
    ],
)
async def test_endless_list_raises_pagination_error(respond: Respond, prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(respond) as server:
        with pytest.raises(PaginationError, match="brought no new lead"):
            await walk(found, server, prefetch=prefetch)
    assert len(found) == len(set(found))
    assert len(server.requests) <= 110


# Responses that are not pages


@PREFETCH
@pytest.mark.parametrize("wrong", [1, "lead", None, [], {}, {"id": 5, "title": "A"}], ids=repr)
async def test_row_that_is_not_a_lead_is_raised_or_skipped(wrong: Any, prefetch: int) -> None:
    def respond(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        whole["data"] = [wrong if each["id"] == "lead-70" else each for each in whole["data"]]
        return whole

    found: list[str] = []
    async with LeadsServer(respond) as server:
        with pytest.raises(DecodeError, match=r"\$\.data\[") as caught:
            await walk(found, server, prefetch=prefetch)
        assert found == ids(0, 70)
        assert caught.value.raw == wrong

        rest: list[str] = []
        skipped: list[DecodeError] = []
        checkpoint = caught.value.checkpoint
        await walk(rest, server, resume_from=checkpoint, on_malformed=skipped.append)
    assert rest == ids(71, TOTAL)
    assert skipped


INVALID_BODIES: Final[dict[str, object]] = {
    "an array": [1],
    "null": b"null",
    "a string": "page",
    "a number": 3,
    "an empty object": {},
    "an empty body": b"",
    "HTML": b"<!DOCTYPE html>",
    "NaN": b'{"success": true, "data": [NaN], "additional_data": null}',
    "UTF-16": json.dumps(page(rows(0, 5))).encode("utf-16"),
    "success: false": page(rows(60, 120)) | {"success": False},
    "success: 'true'": page(rows(60, 120)) | {"success": "true"},
    "no success": {"data": rows(60, 120), "additional_data": None},
    "the end of a page": b'"}], "additional_data": {"pagination": null}}',
    "data is an object": page({"items": []}),
    "data is a string": page("leads"),
    "data is false": page(data=False),
    "200,000 brackets": b'{"success": true, "data": ' + b"[" * 200_000,
}


@PREFETCH
@pytest.mark.parametrize("wrong", INVALID_BODIES)
async def test_response_that_is_not_a_page_raises_after_the_leads_before_it(
    wrong: str, prefetch: int
) -> None:
    broken = True

    def respond(start: int, limit: int) -> Any:
        return INVALID_BODIES[wrong] if start > 0 and broken else page_of(TOTAL, start, limit)

    found: list[str] = []
    async with LeadsServer(respond) as server:
        with pytest.raises((UnexpectedResponseError, DecodeError)) as caught:
            await walk(found, server, prefetch=prefetch)
        assert found == ids(0, LIMIT)
        assert caught.value.operation == "getLeads"
        assert caught.value.attempts in (1, 3)  # a response that is not JSON is requested again
        assert len(server.requests) <= 1 + 3 * max(1, prefetch)

        broken = False
        await walk(found, server, resume_from=caught.value.checkpoint)
    assert found == ids(0, TOTAL)


WHOLE: Final = json.dumps(page_of(TOTAL, 39, 5)).encode()


@pytest.mark.parametrize("missing", ["end", "beginning"])
async def test_truncated_page_is_an_unexpected_response(missing: str) -> None:
    cuts = {*range(1, len(WHOLE), 9), *range(len(WHOLE) - 60, len(WHOLE))}
    async with RawServer((http(),)) as server, client_of(server) as client:
        for position in cuts:
            part = WHOLE[:position] if missing == "end" else WHOLE[position:]
            server.responses[:] = [(http(200, part),)]
            with pytest.raises(UnexpectedResponseError):
                await anext(client.get_leads(limit=5, prefetch=0))
        assert len(cuts) <= len(server.requests) <= 3 * len(cuts)


async def test_truncated_compressed_page_is_an_unexpected_response() -> None:
    whole = gzip.compress(WHOLE)
    async with RawServer((http(),)) as server, client_of(server) as client:
        for position in range(0, len(whole) - 12, 7):  # the last 12 bytes belong to its checksum
            server.responses[:] = [(http(200, whole[:position], content_encoding="gzip"),)]
            with pytest.raises(UnexpectedResponseError):
                await anext(client.get_leads(limit=5, prefetch=0))


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_page_cut_by_a_closed_connection_is_requested_again(end: End) -> None:
    first, second = [http(200, json.dumps(page_of(8, at, 5)).encode()) for at in (0, 5)]
    for position in range(0, len(second), 25):
        found: list[str] = []
        async with RawServer((first,), (second[:position], end), (second,)) as server:
            await walk(found, server, limit=5)
            assert len(server.requests) == 3
        assert found == ids(0, 8)
