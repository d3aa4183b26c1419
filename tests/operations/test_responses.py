"""Test how responses are read into models, or into errors that name the malformed value."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import attrs
import pytest

from pipedrive_leads_async._http.message import Response
from pipedrive_leads_async._operations.responses import (
    parse_data,
    read_leads,
    read_list,
    read_one,
    read_whole,
)
from pipedrive_leads_async._shared import steps
from pipedrive_leads_async.errors import DecodeError, NotFoundError, UnexpectedResponseError
from pipedrive_leads_async.models import Lead, LeadLabel
from tests.support.calls import ID, LEAD
from tests.support.responses import REQUEST


def response_of(data: Any, *, status: int = 200, **more: Any) -> Response:
    envelope = {"success": status < 400, "data": data, **more}
    return Response(REQUEST, status, {"x-correlation-id": "42"}, json.dumps(envelope).encode())


NOT_A_LIST = response_of({"id": ID})


@pytest.mark.parametrize("data", [None, 5, "text", [1, None], {"a": {"b": []}}])
def test_plain_data_is_returned_unchanged(data: object) -> None:
    assert parse_data(response_of(data)) == data


def test_response_without_data_returns_none() -> None:
    assert parse_data(Response(REQUEST, 200, {}, b'{"success": true}')) is None


READERS = {
    "whole": read_whole,
    "one": read_one(Lead),
    "list": read_list(Lead),
    "leads": read_leads("getLeads", Lead),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
async def test_every_reader_raises_the_error_of_the_response(read: Any) -> None:
    with pytest.raises(NotFoundError):
        await read(response_of(None, status=404))
    with pytest.raises(UnexpectedResponseError):
        await read(Response(REQUEST, 200, {}, b"<html>"))


async def test_one_model_is_decoded() -> None:
    assert await read_one(Lead)(response_of(LEAD)) == Lead(id=ID, title="Big order")


@pytest.mark.parametrize("data", [None, [], "text", {"id": ID}, {"id": ID, "title": 5}])
async def test_data_that_does_not_fit_the_model_is_an_error(data: object) -> None:
    with pytest.raises(DecodeError, match="does not fit Lead") as caught:
        await read_one(Lead)(response_of(data))
    assert caught.value.raw == data
    assert all(path.startswith("$.data") for path in caught.value.paths)


async def test_list_of_models_is_decoded() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID, "name": "Cold"}]
    decoded = await read_list(LeadLabel)(response_of(labels))
    assert [label.name for label in decoded] == ["Hot", "Cold"]


@pytest.mark.parametrize("data", [None, []])
async def test_null_is_an_empty_list(data: object) -> None:
    assert await read_list(LeadLabel)(response_of(data)) == []


async def test_first_malformed_item_of_a_list_is_the_error() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID}, {"id": 5}]
    with pytest.raises(DecodeError) as caught:
        await read_list(LeadLabel)(response_of(labels))
    assert caught.value.paths == ("$.data[1].name: missing",)
    assert caught.value.lead_id == ID


async def test_data_that_is_not_a_list_is_an_error() -> None:
    with pytest.raises(DecodeError, match=r"\$\.data: expected list, got dict") as caught:
        await read_list(Lead)(NOT_A_LIST)
    assert caught.value.raw == {"id": ID}
    assert caught.value.paths == ("$.data: expected list, got dict",)


# A page of leads


async def test_position_of_the_next_page_is_read_before_the_leads() -> None:
    position = {"start": 0, "limit": 1, "more_items_in_collection": True, "next_start": 1}
    page = response_of([{"id": ID}], additional_data={"pagination": position})
    read = await read_leads("getLeads", Lead)(page)
    assert (read.more, read.next_start) == (True, 1)


async def test_page_has_its_leads_and_the_errors_of_malformed_ones() -> None:
    third = attrs.evolve(REQUEST, attempt=3)
    arrived = attrs.evolve(response_of([LEAD, {"id": ID}], additional_data={}), request=third)
    decoded = await (await read_leads("getLeads", Lead)(arrived)).decode()
    assert decoded.leads == [Lead(id=ID, title="Big order")]
    [error] = decoded.errors.values()
    assert (error.operation, error.attempts, error.request_id) == ("getLeads", 3, "42")


async def test_page_that_is_not_a_list_is_an_error_with_its_operation() -> None:
    page = await read_leads("getLeads", Lead)(NOT_A_LIST)
    with pytest.raises(DecodeError, match=r"^getLeads: the response is not a list") as caught:
        await page.decode()
    assert caught.value.request_id == "42"


async def test_decoding_a_large_page_lets_other_tasks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_LONG", -1.0)  # so that each step is a long one
    rows = [{"id": f"lead-{row}", "title": "New"} for row in range(1000)]
    rows[700] = {"id": "lead-700"}
    page = await read_leads("getLeads", Lead)(response_of(rows, additional_data={}))
    decoding = asyncio.create_task(page.decode())
    turns = 0
    while not decoding.done():
        await asyncio.sleep(0)
        turns += 1
    decoded = await decoding
    assert [lead.id for lead in decoded.leads] == [row["id"] for row in rows if "title" in row]
    assert decoded.errors[700].paths == ("$.data[700].title: missing",)
    assert 20 < turns < 40  # one turn for each batch: the exact decoder's have 25 rows
