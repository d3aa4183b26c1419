"""Test that the pagination is read from the end of a page, and never from a lead."""

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
from pipedrive_leads_async._http.pagination import Pagination, peek_pagination, read_pagination
from tests.support.responses import BURST, make_response

HTML = b"<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("additional_data", "expected"),
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
def test_pagination_is_read_nested_and_flat(additional_data: object, expected: Pagination) -> None:
    assert read_pagination(additional_data) == expected

    page: dict[str, Any] = {"success": True, "data": [], "additional_data": additional_data}
    reordered = dict(reversed(page.items()))
    assert peek_pagination(make_response(200, page)) == expected
    assert peek_pagination(make_response(200, reordered)) == expected


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
def test_content_of_a_lead_is_not_mistaken_for_the_pagination(
    data: object, order: tuple[int, ...]
) -> None:
    items = [("success", True), ("data", data), ("additional_data", MORE)]
    page = dict(items[position] for position in order)
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(page, separators=separators).encode()
        assert peek_pagination(make_response(200, body)) == Pagination(more=True, next_start=2)


@pytest.mark.parametrize("leads", [b"unread", b'{"additional_data": unread}'])
def test_leads_are_not_decoded_for_the_pagination(leads: bytes) -> None:
    positions = b'{"more_items_in_collection": true, "next_start": 2}'
    body = b'{"success": true, "data": [%b], "additional_data": %b}' % (leads, positions)
    assert peek_pagination(make_response(200, body)) == Pagination(more=True, next_start=2)


def test_page_without_pagination_is_the_last() -> None:
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
def test_response_other_than_a_page_raises(
    status: int, body: Any, kind: type[PipedriveError]
) -> None:
    with pytest.raises(kind):
        peek_pagination(make_response(status, body))
