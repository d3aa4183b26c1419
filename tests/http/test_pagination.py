"""Where a list goes on: read from the end of a page, never from what stands in a lead."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipedrive_leads_async import (
    NotFoundError,
    PipedriveError,
    RateLimitedError,
    UnexpectedResponseError,
)
from pipedrive_leads_async._http.pagination import Pagination, pagination, peek_pagination
from tests.support.responses import BURST, make_response

HTML = b"<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("additional_data", "found"),
    [
        (
            {"pagination": {"start": 0, "limit": 2, "more_items_in_collection": False}},
            Pagination(),
        ),
        (
            {"pagination": {"more_items_in_collection": True, "next_start": 2}},
            Pagination(more=True, next_start=2),
        ),
        (
            {"start": 0, "limit": 2, "more_items_in_collection": True},
            Pagination(more=True),
        ),
        (
            {"more_items_in_collection": True, "next_start": 2},
            Pagination(more=True, next_start=2),
        ),
        ({"next_cursor": None}, Pagination()),
        ({}, Pagination()),
        (None, Pagination()),
        ([], Pagination()),
        ("more", Pagination()),
        ({"pagination": None}, Pagination()),
        ({"pagination": [1]}, Pagination()),
        ({"more_items_in_collection": True, "next_start": None}, Pagination(more=True)),
        ({"more_items_in_collection": True, "next_start": "2"}, Pagination(more=True)),
        ({"more_items_in_collection": True, "next_start": True}, Pagination(more=True)),
        ({"more_items_in_collection": True, "next_start": 2.0}, Pagination(more=True)),
    ],
)
def test_the_positions_are_read_in_both_shapes(additional_data: object, found: Pagination) -> None:
    assert pagination(additional_data) == found

    page: dict[str, Any] = {"success": True, "data": [], "additional_data": additional_data}
    reordered = dict(reversed(page.items()))
    assert peek_pagination(make_response(200, page)) == found
    assert peek_pagination(make_response(200, reordered)) == found


MORE = {"pagination": {"more_items_in_collection": True, "next_start": 2}}
LESS = {"pagination": {"more_items_in_collection": False, "next_start": 1}}


@pytest.mark.parametrize(
    "data",
    [
        [],
        None,
        [{"title": "additional_data"}],
        [{"title": '"additional_data"'}],
        [{"title": '"additional_data": {"more_items_in_collection": false}}'}],
        [{"title": 'x", "additional_data": {}}]}'}],
        [{"additional_data": LESS}],
        [{"x": {"additional_data": LESS}}],
        [{'x"additional_data': LESS}],
        [{"title": "\\"}],
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_what_stands_in_a_lead_is_not_taken_for_the_lists_positions(
    data: object, order: tuple[int, ...]
) -> None:
    items = [("success", True), ("data", data), ("additional_data", MORE)]
    page = dict(items[position] for position in order)
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(page, separators=separators).encode()
        assert peek_pagination(make_response(200, body)) == Pagination(more=True, next_start=2)


@pytest.mark.parametrize("leads", [b"unread", b'{"additional_data": unread}'])
def test_a_pages_leads_are_not_decoded_for_its_positions(leads: bytes) -> None:
    positions = b'{"more_items_in_collection": true, "next_start": 2}'
    body = b'{"success": true, "data": [%b], "additional_data": %b}' % (leads, positions)
    assert peek_pagination(make_response(200, body)) == Pagination(more=True, next_start=2)


def test_a_page_without_positions_is_the_last() -> None:
    assert peek_pagination(make_response(200, {"success": True, "data": []})) == Pagination()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, BURST, RateLimitedError),
        (404, {"success": False, "data": None, "additional_data": None}, NotFoundError),
        (302, b"", UnexpectedResponseError),
        (200, b"", UnexpectedResponseError),
        (200, HTML, UnexpectedResponseError),
        (200, b'{"success": true, "data": [', UnexpectedResponseError),
        (200, {"success": False}, UnexpectedResponseError),
    ],
)
def test_an_answer_that_is_not_a_page_is_an_error_at_once(
    status: int, body: Any, kind: type[PipedriveError]
) -> None:
    with pytest.raises(kind):
        peek_pagination(make_response(status, body))
