"""Walks over servers that err: the right leads or a typed error, after so many requests at most."""

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

Answer = Callable[[int, int], Any]


async def walk(
    into: list[str], server: LeadsServer | RawServer, *, limit: int = LIMIT, **options: Any
) -> None:
    """Walk, and keep the ids, also those before an error."""
    async with LeadsClient(CANARY, base_url=server.url, retry=QUICK) as client:
        async for lead in client.get_leads(limit=limit, **options):
            into.append(lead.id)  # noqa: PERF401 - what came before the error counts


# Odd, and right


def fewer_rows(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, min(limit, 40))


def one_row(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, min(limit, 1))


def more_rows(start: int, limit: int) -> Any:
    return page_of(TOTAL, start, limit + 10)


def flat(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    return whole | {"additional_data": whole["additional_data"]["pagination"]}


def reordered(start: int, limit: int) -> Any:
    return dict(reversed(page_of(TOTAL, start, limit).items()))


def with_more_behind(start: int, limit: int) -> Any:
    related = {"organization": {"1": {"additional_data": {"pagination": positions(0)}}}}
    return page_of(TOTAL, start, limit) | {"related_objects": related}


def without_next_start(start: int, limit: int) -> Any:
    return page(rows(start, min(start + limit, TOTAL)), positions(None, more=start + limit < TOTAL))


def with_positions_as_text(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    if pagination := whole["additional_data"]["pagination"]:
        pagination["next_start"] = str(pagination["next_start"])
    return whole


def beyond_any_integer(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    if pagination := whole["additional_data"]["pagination"]:
        pagination["next_start"] = 1e300
    return whole


def with_a_null_page_behind_the_end(start: int, limit: int) -> Any:
    found = rows(start, min(start + limit, TOTAL))
    return page(found, positions(start + len(found))) if found else page(None)


def without_creation_times(start: int, limit: int) -> Any:
    whole = page_of(TOTAL, start, limit)
    return whole | {"data": [{**each, "add_time": None} for each in whole["data"]]}


@PREFETCH
@pytest.mark.parametrize(
    "answer",
    [
        fewer_rows,
        more_rows,
        flat,
        reordered,
        with_more_behind,
        without_next_start,
        with_positions_as_text,
        beyond_any_integer,
        with_a_null_page_behind_the_end,
        without_creation_times,
    ],
)
async def test_an_odd_server_is_understood(answer: Answer, prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(answer) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)
    assert len(server.asked) <= 20


@PREFETCH
async def test_a_server_that_gives_one_lead_at_a_time_costs_a_request_for_each(
    prefetch: int,
) -> None:
    found: list[str] = []
    async with LeadsServer(one_row) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)
    assert len(server.asked) <= TOTAL + prefetch


@PREFETCH
async def test_a_page_whose_rows_are_all_hidden_does_not_end_the_walk(prefetch: int) -> None:
    def answer(start: int, limit: int) -> Any:
        stop = min(start + limit, TOTAL)
        visible = [row(number) for number in range(start, stop) if not 30 <= number < 180]
        return page(visible, positions(stop) if stop < TOTAL else None)

    found: list[str] = []
    async with LeadsServer(answer) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == [*ids(0, 30), *ids(180, TOTAL)]
    assert len(server.asked) <= 16


@PREFETCH
@pytest.mark.parametrize("additional_data", [None, [], "more", 1, {}, {"pagination": None}])
async def test_without_positions_a_page_is_the_last(additional_data: Any, prefetch: int) -> None:
    whole = page(rows(0, 5)) | {"additional_data": additional_data}
    found: list[str] = []
    async with LeadsServer(lambda start, limit: whole) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, 5)
    assert server.asked == [(0, LIMIT)]


@PREFETCH
async def test_data_that_is_null_is_an_empty_list(prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(lambda start, limit: page(None)) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == []
    assert server.asked == [(0, LIMIT)]


# Positions that lead nowhere


@PREFETCH
@pytest.mark.parametrize("next_start", [0, -5, -(10**18)])
async def test_positions_that_do_not_advance_are_an_error(next_start: int, prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(lambda start, limit: page(rows(0, 60), positions(next_start))) as server:
        with pytest.raises(PaginationError, match="do not advance") as caught:
            await walk(found, server, prefetch=prefetch)
    assert found == ids(0, 60)
    assert caught.value.checkpoint is not None
    assert len(server.asked) == 1


@PREFETCH
async def test_positions_that_go_back_in_the_middle_are_an_error(prefetch: int) -> None:
    def answer(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        return whole if start < 70 else page(whole["data"], positions(start - 30))

    found: list[str] = []
    async with LeadsServer(answer) as server:
        with pytest.raises(PaginationError, match="do not advance"):
            await walk(found, server, prefetch=prefetch)
    assert found == ids(0, len(found))
    assert len(server.asked) <= 3 + prefetch


@PREFETCH
async def test_a_position_behind_what_was_asked_for_is_not_jumped_to(prefetch: int) -> None:
    def answer(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        return page(whole["data"], positions(10**9)) if start == 0 else whole

    found: list[str] = []
    async with LeadsServer(answer) as server:
        await walk(found, server, prefetch=prefetch)
    assert found == ids(0, TOTAL)


def the_same_page(start: int, limit: int) -> Any:
    return page(rows(0, limit), positions(start + limit))


def the_same_page_without_positions(start: int, limit: int) -> Any:
    return page(rows(0, limit), positions(None))


def two_pages_in_turn(start: int, limit: int) -> Any:
    return page(rows(0, limit) if start % 2 else rows(500, 500 + limit), positions(start + limit))


def empty_pages(start: int, limit: int) -> Any:
    return page([], positions(start + limit))


def null_pages(start: int, limit: int) -> Any:
    return page(None, positions(start + limit))


def empty_pages_behind_the_end(start: int, limit: int) -> Any:
    return page(rows(start, min(start + limit, TOTAL)), positions(start + limit))


@PREFETCH
@pytest.mark.parametrize(
    "answer",
    [
        the_same_page,
        the_same_page_without_positions,
        two_pages_in_turn,
        empty_pages,
        null_pages,
        empty_pages_behind_the_end,
    ],
)
async def test_a_list_that_goes_on_for_ever_is_an_error(answer: Answer, prefetch: int) -> None:
    found: list[str] = []
    async with LeadsServer(answer) as server:
        with pytest.raises(PaginationError, match="brought no new lead"):
            await walk(found, server, prefetch=prefetch)
    assert len(found) == len(set(found))
    assert len(server.asked) <= 90


# What is not a page


@PREFETCH
@pytest.mark.parametrize("wrong", [1, "lead", None, [], {}, {"id": 5, "title": "A"}], ids=repr)
async def test_a_row_that_is_not_a_lead_is_an_error_or_is_skipped(
    wrong: Any, prefetch: int
) -> None:
    def answer(start: int, limit: int) -> Any:
        whole = page_of(TOTAL, start, limit)
        whole["data"] = [wrong if each["id"] == "lead-70" else each for each in whole["data"]]
        return whole

    found: list[str] = []
    async with LeadsServer(answer) as server:
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


NOT_PAGES: Final[dict[str, object]] = {
    "an array": [1],
    "null": b"null",
    "a text": "page",
    "a number": 3,
    "an empty object": {},
    "nothing": b"",
    "HTML": b"<!DOCTYPE html>",
    "NaN": b'{"success": true, "data": [NaN], "additional_data": null}',
    "UTF-16": json.dumps(page(rows(0, 5))).encode("utf-16"),
    "success: false": page(rows(60, 120)) | {"success": False},
    "success: 'true'": page(rows(60, 120)) | {"success": "true"},
    "no success": {"data": rows(60, 120), "additional_data": None},
    "only its end": b'"}], "additional_data": {"pagination": null}}',
    "data is an object": page({"items": []}),
    "data is a text": page("leads"),
    "data is false": page(data=False),
    "200,000 brackets": b'{"success": true, "data": ' + b"[" * 200_000,
}


@PREFETCH
@pytest.mark.parametrize("wrong", NOT_PAGES)
async def test_what_is_not_a_page_is_an_error_after_the_leads_before_it(
    wrong: str, prefetch: int
) -> None:
    broken = True

    def answer(start: int, limit: int) -> Any:
        return NOT_PAGES[wrong] if start > 0 and broken else page_of(TOTAL, start, limit)

    found: list[str] = []
    async with LeadsServer(answer) as server:
        with pytest.raises((UnexpectedResponseError, DecodeError)) as caught:
            await walk(found, server, prefetch=prefetch)
        assert found == ids(0, LIMIT)
        assert caught.value.operation == "getLeads"
        assert caught.value.attempts in (1, 3)  # what is not JSON is asked for again
        assert len(server.asked) <= 1 + 3 * max(1, prefetch)

        broken = False
        await walk(found, server, resume_from=caught.value.checkpoint)
    assert found == ids(0, TOTAL)


WHOLE: Final = json.dumps(page_of(TOTAL, 39, 5)).encode()


@pytest.mark.parametrize("missing", ["end", "begin"])
async def test_a_page_that_is_cut_anywhere_is_never_taken_for_a_page(missing: str) -> None:
    cuts = {*range(1, len(WHOLE), 9), *range(len(WHOLE) - 60, len(WHOLE))}
    async with RawServer((http(),)) as server, client_of(server) as client:
        for position in cuts:
            part = WHOLE[:position] if missing == "end" else WHOLE[position:]
            server.responses[:] = [(http(200, part),)]
            with pytest.raises(UnexpectedResponseError):
                await anext(client.get_leads(limit=5, prefetch=0))
        assert len(cuts) <= len(server.requests) <= 3 * len(cuts)


async def test_a_compressed_page_that_is_cut_anywhere_is_never_taken_for_a_page() -> None:
    whole = gzip.compress(WHOLE)
    async with RawServer((http(),)) as server, client_of(server) as client:
        for position in range(0, len(whole) - 12, 7):  # the rest is its checksum
            server.responses[:] = [(http(200, whole[:position], content_encoding="gzip"),)]
            with pytest.raises(UnexpectedResponseError):
                await anext(client.get_leads(limit=5, prefetch=0))


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_a_page_that_the_connection_cuts_is_asked_for_again(end: End) -> None:
    first, second = [http(200, json.dumps(page_of(8, at, 5)).encode()) for at in (0, 5)]
    for position in range(0, len(second), 25):
        found: list[str] = []
        async with RawServer((first,), (second[:position], end), (second,)) as server:
            await walk(found, server, limit=5)
            assert len(server.requests) == 3
        assert found == ids(0, 8)
