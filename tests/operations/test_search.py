"""Test the search for leads: its requests, its pages and its results."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from pipedrive_leads_async import LeadsClient, LeadSearchResult, LinkedItem
from pipedrive_leads_async._operations.search.leads import LeadSearchOperations
from pipedrive_leads_async.errors import (
    BadRequestError,
    DecodeError,
    PaginationError,
    UnexpectedResponseError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import CANARY, client_of
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http

ID: Final = "39c433f0-8a4c-11ec-8728-09968f0a1ca0"

# As in Pipedrive's reference.
ROW: Final[dict[str, Any]] = {
    "result_score": 0.29,
    "item": {
        "id": ID,
        "type": "lead",
        "title": "John Doe lead",
        "owner": {"id": 1},
        "person": {"id": 2, "name": "John Doe"},
        "organization": {"id": 3, "name": "John company"},
        "phones": [],
        "emails": ["john@doe.com"],
        "custom_fields": [],
        "notes": ["a note"],
        "value": 100,
        "currency": "USD",
        "visible_to": 3,
        "is_archived": False,
    },
}


def row(number: int) -> dict[str, Any]:
    return {"result_score": 1.5, "item": {"id": f"lead-{number}", "title": "A lead"}}


def page(*rows: Any, cursor: object = None) -> ScriptedResponse:
    """Return a page as Pipedrive sends it; without a cursor it is the last page."""
    return raw({"items": list(rows)}, {"next_cursor": cursor})


def raw(data: Any, additional_data: Any = None) -> ScriptedResponse:
    envelope = {"success": True, "data": data, "additional_data": additional_data}
    return (http(200, json.dumps(envelope).encode()),)


def queries(server: RawServer) -> list[dict[str, str]]:
    """Return the query of each request, after checking that it is a search."""
    found: list[dict[str, str]] = []
    for request in server.requests:
        path, query = urlsplit(request.target).path, urlsplit(request.target).query
        assert (request.method, path, request.body) == ("GET", "/api/v2/leads/search", b"")
        found.append(dict(parse_qsl(query, strict_parsing=True)))
    return found


async def found(client: LeadsClient, term: str = "John", **arguments: Any) -> list[str]:
    return [result.id async for result in client.search_leads(term, **arguments)]


# Requests


async def test_search_sends_the_term_and_no_other_filter() -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, "Doe & Söhne 100%")
        assert queries(server) == [{"term": "Doe & Söhne 100%", "limit": "100"}]
        assert "term=Doe+%26+S%C3%B6hne+100%25" in server.requests[0].target


async def test_every_argument_is_sent_as_in_pipedrives_reference() -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(
            client,
            "J",
            fields=["title", "notes"],
            exact_match=True,
            person_id=42,
            organization_id=7,
            include_was_seen=True,
            max_items=5,
        )
        assert queries(server) == [
            {
                "term": "J",
                "fields": "title,notes",
                "exact_match": "true",
                "person_id": "42",
                "organization_id": "7",
                "include_fields": "lead.was_seen",
                "limit": "5",
            }
        ]


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ("title", "title"),
        ("title, notes", "title,notes"),
        (["custom_fields"], "custom_fields"),
        (("notes", "title", "notes"), "notes,title"),
        (iter(["title", "custom_fields"]), "title,custom_fields"),
    ],
    ids=["str", "str with commas", "list", "tuple with a duplicate", "iterator"],
)
async def test_fields_are_sent_without_duplicates(fields: Any, sent: str) -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, fields=fields)
        assert queries(server)[0]["fields"] == sent


async def test_false_is_sent_for_exact_match_only() -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, exact_match=False, include_was_seen=False)
        assert queries(server) == [{"term": "John", "exact_match": "false", "limit": "100"}]


@pytest.mark.parametrize("base", ["/v1", "/api/v1", ""])
async def test_search_uses_version_2_of_the_api_on_the_same_host(base: str) -> None:
    async with RawServer(page()) as server:
        async with LeadsClient(CANARY, base_url=f"{server.origin}{base}") as client:
            await found(client)
        assert server.requests[0].target == "/api/v2/leads/search?term=John&limit=100"


# Results


async def test_result_has_every_value_of_the_response() -> None:
    async with RawServer(page(ROW)) as server, client_of(server) as client:
        [result] = [result async for result in client.search_leads("John")]
    assert result == LeadSearchResult(
        id=ID,
        title="John Doe lead",
        result_score=0.29,
        type="lead",
        owner=LinkedItem(id=1),
        person=LinkedItem(id=2, name="John Doe"),
        organization=LinkedItem(id=3, name="John company"),
        emails=("john@doe.com",),
        notes=("a note",),
        value=100,
        currency="USD",
        visible_to=3,
        is_archived=False,
    )


async def test_result_has_was_seen_and_unknown_values() -> None:
    lead = {**ROW["item"], "was_seen": True, "new_key": [1], "person": None, "notes": None}
    async with RawServer(page({"item": lead, "new": 1})) as server, client_of(server) as client:
        [result] = [result async for result in client.search_leads("John", include_was_seen=True)]
    assert (result.was_seen, result.extra) == (True, {"new_key": [1]})
    assert (result.person, result.notes, result.result_score) == (None, (), None)


@pytest.mark.parametrize(
    "response",
    [
        raw(None),
        raw({}),
        raw({"items": None}),
        raw({"items": []}, {}),
        raw({"items": []}, {"next_cursor": None}),
        raw({"items": []}, {"next_cursor": ""}),
    ],
    ids=["no data", "no items", "null", "no cursor", "null cursor", "empty cursor"],
)
async def test_empty_response_yields_no_results(response: ScriptedResponse) -> None:
    async with RawServer(response) as server, client_of(server) as client:
        assert await found(client) == []
        assert len(server.requests) == 1


# Pages


async def test_pages_are_read_until_one_has_no_cursor() -> None:
    pages = page(row(1), row(2), cursor="a&b"), page(cursor="c"), page(row(3))
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await found(client, person_id=42) == ["lead-1", "lead-2", "lead-3"]
        first = {"term": "John", "person_id": "42", "limit": "100"}
        assert queries(server) == [first, first | {"cursor": "a&b"}, first | {"cursor": "c"}]


async def test_last_page_is_not_larger_than_max_items_needs() -> None:
    pages = page(*map(row, range(100)), cursor="a"), page(*map(row, range(100, 103)), cursor="b")
    async with RawServer(*pages) as server, client_of(server) as client:
        assert len(await found(client, max_items=102)) == 102
        assert [query["limit"] for query in queries(server)] == ["100", "2"]


async def test_max_items_of_zero_sends_no_request() -> None:
    async with RawServer(page(row(1))) as server:
        async with client_of(server) as client:
            assert await found(client, max_items=0) == []
        assert not server.connections


def test_search_is_an_async_generator() -> None:
    assert inspect.isasyncgen(LeadsClient(CANARY).search_leads("John"))


async def test_page_is_requested_when_its_results_are_needed() -> None:
    pages = page(row(1), cursor="a"), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        leads = client.search_leads("John")
        assert len(server.requests) == 0
        assert (await anext(leads)).id == "lead-1"
        assert len(server.requests) == 1
        assert (await anext(leads)).id == "lead-2"
        await leads.aclose()


async def test_search_left_early_sends_no_more_requests() -> None:
    async with RawServer(page(row(1), row(2), cursor="a")) as server, client_of(server) as client:
        async with contextlib.aclosing(client.search_leads("John")) as leads:
            async for _ in leads:
                break
        async for _ in client.search_leads("John"):
            break
        assert len(server.requests) == 2
        assert server.connections == 1


async def test_concurrent_searches_do_not_disturb_each_other() -> None:
    pages = page(row(1), cursor="a"), page(row(1), cursor="a"), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        first, second = await asyncio.gather(found(client), found(client))
    assert first == second == ["lead-1", "lead-2"]


@pytest.mark.parametrize("cursors", ["aa", "aba", "abcb"])
async def test_repeated_cursor_ends_the_search_with_an_error(cursors: str) -> None:
    pages = [page(row(i), cursor=cursor) for i, cursor in enumerate(cursors)]
    async with RawServer(*pages) as server, client_of(server) as client:
        leads = client.search_leads("John")
        ids = [(await anext(leads)).id for _ in cursors]
        with pytest.raises(PaginationError, match=r"^searchLeads: the server repeats a cursor"):
            await anext(leads)
        assert ids == [f"lead-{i}" for i in range(len(cursors))]
        assert len(server.requests) == len(cursors)


async def test_too_many_empty_pages_end_the_search_with_an_error() -> None:
    pages = [page(cursor=f"{i}") for i in range(100)]
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^searchLeads: .* 6 empty pages in a row"):
            await anext(client.search_leads("John"))
        assert len(server.requests) == 6


async def test_few_empty_pages_between_and_after_others_raise_no_error() -> None:
    pages = [
        each
        for i in range(8)
        for each in (page(cursor=f"empty-{i}"), page(row(i), cursor=f"full-{i}"))
    ]
    pages += [*(page(cursor=f"last-{i}") for i in range(5)), page()]
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await found(client) == [f"lead-{i}" for i in range(8)]


async def test_error_of_a_later_page_is_not_raised_after_max_items() -> None:
    pages = page(row(1), cursor="a"), page(row(2), cursor="a")
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await found(client, max_items=2) == ["lead-1", "lead-2"]


# Malformed responses


def changed(**fields: Any) -> dict[str, Any]:
    return {**ROW, "item": ROW["item"] | fields}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (changed(owner={"id": "1"}), "$.data.items[2].item.owner.id: expected int, got str"),
        (changed(id=None), "$.data.items[2].item.id: expected str, got NoneType"),
        (changed(visible_to=True), "$.data.items[2].item.visible_to: expected int, got bool"),
        (changed(emails="j@d"), "$.data.items[2].item.emails: expected list, got str"),
        ({"item": {"title": "x"}}, "$.data.items[2].item.id: missing"),
        (ROW | {"result_score": "1"}, "$.data.items[2].result_score: expected float, got str"),
        (ROW | {"item": None}, "$.data.items[2].item: expected an object, got NoneType"),
        ({"result_score": 1}, "$.data.items[2].item: missing"),
        (None, "$.data.items[2]: expected an object, got NoneType"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_malformed_lead_is_an_error_with_its_path(wrong: Any, path: str) -> None:
    async with RawServer(page(ROW, ROW, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^searchLeads: the response does not fit") as caught:
            await found(client)
    assert caught.value.paths == (path,)
    assert caught.value.raw in (wrong, wrong and wrong.get("item"))


async def test_error_of_a_malformed_lead_has_its_id() -> None:
    async with RawServer(page(changed(title=None))) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match="does not fit LeadSearchItem") as caught:
            await found(client)
    assert caught.value.lead_id == ID


@pytest.mark.parametrize(
    ("response", "path"),
    [
        (raw([ROW]), "$.data: expected dict, got list"),
        (raw({"items": ROW}), "$.data.items: expected list, got dict"),
        (raw({"items": []}, "a"), "$.additional_data: expected dict, got str"),
        (page(cursor=5), "$.additional_data.next_cursor: expected str, got int"),
    ],
    ids=["data", "items", "additional_data", "next_cursor"],
)
async def test_response_of_another_shape_is_an_error_with_its_path(
    response: ScriptedResponse, path: str
) -> None:
    async with RawServer(response) as server, client_of(server) as client:
        with pytest.raises(
            DecodeError, match=r"^searchLeads: the response is not a page"
        ) as caught:
            await found(client)
    assert caught.value.paths == (path,)


async def test_cursor_that_is_too_long_is_refused() -> None:
    async with RawServer(page(cursor="a" * 5_000)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match="cursor of the next page has more than"):
            await found(client)


async def test_refused_search_is_a_bad_request_error() -> None:
    async with RawServer((failure(400, "limit is too large"),)) as server:
        async with client_of(server) as client:
            with pytest.raises(BadRequestError, match=r"^searchLeads: .* limit is too large"):
                await found(client)
        assert len(server.requests) == 1


async def test_response_that_is_not_json_is_an_error() -> None:
    async with RawServer((http(200, b"<html>"),)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match=r"^searchLeads: "):
            await found(client)


async def test_failed_request_for_a_page_is_retried() -> None:
    responses = page(row(1), cursor="a"), (failure(500),), page(row(2))
    async with RawServer(*responses) as server, client_of(server) as client:
        assert await found(client) == ["lead-1", "lead-2"]
        assert [query.get("cursor") for query in queries(server)] == [None, "a", "a"]


# With the sandbox


async def test_search_finds_open_and_archived_leads_on_every_page() -> None:
    with Sandbox(leads=250, burst=None) as sandbox:
        for lead in sandbox.leads:
            sandbox.delete_lead(lead["id"])
        ids = {sandbox.add_lead(title="Needle", was_seen=True)["id"] for _ in range(230)}
        other = sandbox.add_lead(title="Straw")["id"]
        archived = min(ids)
        sandbox.archive_lead(archived)
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            leads = client.search_leads("need", fields="title", include_was_seen=True)
            results = [result async for result in leads]
            assert await found(client, "straw", exact_match=True) == [other]
            assert await found(client, "need", exact_match=True) == []
        searches = [request for request in sandbox.requests if request.operation == "searchLeads"]
    assert sorted(result.id for result in results) == sorted(ids)
    assert {result.id for result in results if result.is_archived} == {archived}
    assert all(result.was_seen for result in results)
    assert len(searches) == 5


def test_search_has_an_alias_with_its_operation_id() -> None:
    methods = vars(LeadSearchOperations)
    assert methods["searchLeads"] is methods["search_leads"]
