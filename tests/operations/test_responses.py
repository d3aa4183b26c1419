"""Readers: from the bytes of an answer to models, or to an error that says what is wrong."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import attrs
import pytest

from pipedrive_leads_async._http.message import Response
from pipedrive_leads_async._operations.responses import (
    read_data,
    read_leads,
    read_list,
    read_one,
    read_rows,
)
from pipedrive_leads_async.errors import DecodeError, NotFoundError, UnexpectedResponseError
from pipedrive_leads_async.models import Lead, LeadLabel
from tests.support.calls import ID, LEAD
from tests.support.responses import REQUEST


def answer(data: Any, *, status: int = 200, **more: Any) -> Response:
    envelope = {"success": status < 400, "data": data, **more}
    return Response(REQUEST, status, {"x-correlation-id": "42"}, json.dumps(envelope).encode())


NOT_A_LIST = answer({"id": ID})


@pytest.mark.parametrize("data", [None, 5, "text", [1, None], {"a": {"b": []}}])
def test_plain_data_comes_as_it_is(data: object) -> None:
    assert read_data(answer(data)) == data


def test_an_answer_without_data_gives_none() -> None:
    assert read_data(Response(REQUEST, 200, {}, b'{"success": true}')) is None


READERS = {
    "data": read_data,
    "rows": read_rows,
    "one": read_one(Lead),
    "list": read_list(Lead),
    "leads": read_leads("getLeads", Lead),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_raises_the_error_of_an_answer(read: Any) -> None:
    with pytest.raises(NotFoundError):
        read(answer(None, status=404))
    with pytest.raises(UnexpectedResponseError):
        read(Response(REQUEST, 200, {}, b"<html>"))


def test_one_model_is_read() -> None:
    assert read_one(Lead)(answer(LEAD)) == Lead(id=ID, title="Big order")


@pytest.mark.parametrize("data", [None, [], "text", {"id": ID}, {"id": ID, "title": 5}])
def test_what_is_not_the_model_is_an_error(data: object) -> None:
    with pytest.raises(DecodeError, match="does not fit Lead") as caught:
        read_one(Lead)(answer(data))
    assert caught.value.raw == data
    assert all(path.startswith("$.data") for path in caught.value.paths)


def test_a_list_is_read() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID, "name": "Cold"}]
    assert [label.name for label in read_list(LeadLabel)(answer(labels))] == ["Hot", "Cold"]


@pytest.mark.parametrize("data", [None, []])
def test_null_is_an_empty_list(data: object) -> None:
    assert read_list(LeadLabel)(answer(data)) == []


def test_the_first_item_that_cannot_be_read_is_the_error() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID}, {"id": 5}]
    with pytest.raises(DecodeError) as caught:
        read_list(LeadLabel)(answer(labels))
    assert caught.value.paths == ("$.data[1].name: missing",)
    assert caught.value.lead_id == ID


@pytest.mark.parametrize("read", [read_rows, read_list(Lead)], ids=["rows", "list"])
def test_what_is_not_a_list_is_an_error(read: Any) -> None:
    with pytest.raises(DecodeError, match=r"\$\.data: expected list, got dict") as caught:
        read(NOT_A_LIST)
    assert caught.value.raw == {"id": ID}
    assert caught.value.paths == ("$.data: expected list, got dict",)


# A page of leads


def test_a_page_knows_where_the_list_goes_on_before_its_leads_are_decoded() -> None:
    position = {"start": 0, "limit": 1, "more_items_in_collection": True, "next_start": 1}
    page = answer([{"id": ID}], additional_data={"pagination": position})
    read = read_leads("getLeads", Lead)(page)
    assert (read.more, read.next_start) == (True, 1)


async def test_the_leads_of_a_page_come_with_the_errors_of_those_that_cannot_be_read() -> None:
    third = attrs.evolve(REQUEST, attempt=3)
    arrived = attrs.evolve(answer([LEAD, {"id": ID}], additional_data={}), request=third)
    decoded = await read_leads("getLeads", Lead)(arrived).decode()
    assert decoded.leads == [Lead(id=ID, title="Big order")]
    [error] = decoded.errors.values()
    assert (error.operation, error.attempts, error.request_id) == ("getLeads", 3, "42")


async def test_a_page_that_is_none_is_an_error_that_names_its_operation() -> None:
    page = read_leads("getLeads", Lead)(NOT_A_LIST)
    with pytest.raises(DecodeError, match=r"^getLeads: the answer is not a list") as caught:
        await page.decode()
    assert caught.value.request_id == "42"


async def test_a_large_page_lets_other_tasks_go_on_and_counts_its_rows_from_its_start() -> None:
    rows = [{"id": f"lead-{row}", "title": "New"} for row in range(1000)]
    rows[700] = {"id": "lead-700"}
    page = read_leads("getLeads", Lead)(answer(rows, additional_data={}))
    decoding = asyncio.create_task(page.decode())
    turns = 0
    while not decoding.done():
        await asyncio.sleep(0)
        turns += 1
    decoded = await decoding
    assert [lead.id for lead in decoded.leads] == [row["id"] for row in rows if "title" in row]
    assert decoded.errors[700].paths == ("$.data[700].title: missing",)
    assert 3 < turns < 10  # each without a wait
