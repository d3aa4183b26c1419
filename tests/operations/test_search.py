"""The search: what is asked, how its pages are walked, what is made of them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from pipedrive_leads_async import LeadsClient, LeadSearchResult, LinkedItem
from pipedrive_leads_async._operations.search import LeadSearchOperations
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
    """A page as Pipedrive sends it; without a cursor it is the last."""
    return raw({"items": list(rows)}, {"next_cursor": cursor})


def raw(data: Any, additional_data: Any = None) -> ScriptedResponse:
    envelope = {"success": True, "data": data, "additional_data": additional_data}
    return (http(200, json.dumps(envelope).encode()),)


def queries(server: RawServer) -> list[dict[str, str]]:
    """The query of each request that came, all of which were for the search."""
    found: list[dict[str, str]] = []
    for request in server.requests:
        path, query = urlsplit(request.target).path, urlsplit(request.target).query
        assert (request.method, path, request.body) == ("GET", "/api/v2/leads/search", b"")
        found.append(dict(parse_qsl(query, strict_parsing=True)))
    return found


async def found(client: LeadsClient, term: str = "John", **arguments: Any) -> list[str]:
    return [result.id async for result in client.search_leads(term, **arguments)]


# What is asked


async def test_a_search_asks_for_its_term_and_nothing_else_that_was_not_given() -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, "Doe & Söhne 100%")
        assert queries(server) == [{"term": "Doe & Söhne 100%", "limit": "100"}]
        assert "term=Doe+%26+S%C3%B6hne+100%25" in server.requests[0].target


async def test_every_argument_is_sent_as_the_reference_has_it() -> None:
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
    ids=["a str", "some in a str", "a list", "a repetition", "an iterator"],
)
async def test_fields_are_named_in_any_way_and_sent_once(fields: Any, sent: str) -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, fields=fields)
        assert queries(server)[0]["fields"] == sent


async def test_what_is_false_is_said_so_where_pipedrive_has_a_word_for_it() -> None:
    async with RawServer(page()) as server, client_of(server) as client:
        await found(client, exact_match=False, include_was_seen=False)
        assert queries(server) == [{"term": "John", "exact_match": "false", "limit": "100"}]


@pytest.mark.parametrize("base", ["/v1", "/api/v1", ""])
async def test_the_search_is_in_the_second_version_of_the_same_host(base: str) -> None:
    async with RawServer(page()) as server:
        async with LeadsClient(CANARY, base_url=f"{server.origin}{base}") as client:
            await found(client)
        assert server.requests[0].target == "/api/v2/leads/search?term=John&limit=100"


# What comes


async def test_a_lead_that_is_found_comes_with_all_that_pipedrive_says_of_it() -> None:
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


async def test_whether_it_was_seen_and_what_is_new_come_too() -> None:
    lead = {**ROW["item"], "was_seen": True, "new_key": [1], "person": None, "notes": None}
    async with RawServer(page({"item": lead, "new": 1})) as server, client_of(server) as client:
        [result] = [result async for result in client.search_leads("John", include_was_seen=True)]
    assert (result.was_seen, result.extra) == (True, {"new_key": [1]})
    assert (result.person, result.notes, result.result_score) == (None, (), None)


@pytest.mark.parametrize(
    "answer",
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
async def test_nothing_found_is_an_empty_search(answer: ScriptedResponse) -> None:
    async with RawServer(answer) as server, client_of(server) as client:
        assert await found(client) == []
        assert len(server.requests) == 1


# Its pages


async def test_every_page_is_read_to_the_one_without_a_cursor() -> None:
    pages = page(row(1), row(2), cursor="a&b"), page(cursor="c"), page(row(3))
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await found(client, person_id=42) == ["lead-1", "lead-2", "lead-3"]
        asked = {"term": "John", "person_id": "42", "limit": "100"}
        assert queries(server) == [asked, asked | {"cursor": "a&b"}, asked | {"cursor": "c"}]


async def test_no_more_is_asked_for_than_is_wanted() -> None:
    pages = page(*map(row, range(100)), cursor="a"), page(*map(row, range(100, 103)), cursor="b")
    async with RawServer(*pages) as server, client_of(server) as client:
        assert len(await found(client, max_items=102)) == 102
        assert [query["limit"] for query in queries(server)] == ["100", "2"]


async def test_no_lead_wanted_is_no_request() -> None:
    async with RawServer(page(row(1))) as server:
        async with client_of(server) as client:
            assert await found(client, max_items=0) == []
        assert not server.connections


def test_a_search_is_an_async_generator() -> None:
    assert inspect.isasyncgen(LeadsClient(CANARY).search_leads("John"))


async def test_a_page_is_asked_for_when_it_is_needed() -> None:
    pages = page(row(1), cursor="a"), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        leads = client.search_leads("John")
        assert len(server.requests) == 0
        assert (await anext(leads)).id == "lead-1"
        assert len(server.requests) == 1
        assert (await anext(leads)).id == "lead-2"
        await leads.aclose()


async def test_a_search_that_is_left_leaves_nothing_behind() -> None:
    async with RawServer(page(row(1), row(2), cursor="a")) as server, client_of(server) as client:
        async with contextlib.aclosing(client.search_leads("John")) as leads:
            async for _ in leads:
                break
        async for _ in client.search_leads("John"):
            break
        assert len(server.requests) == 2
        assert server.connections == 1


async def test_searches_run_side_by_side() -> None:
    pages = page(row(1), cursor="a"), page(row(1), cursor="a"), page(row(2))
    async with RawServer(*pages) as server, client_of(server) as client:
        first, second = await asyncio.gather(found(client), found(client))
    assert first == second == ["lead-1", "lead-2"]


@pytest.mark.parametrize("cursors", ["aa", "aba", "abcb"])
async def test_a_cursor_that_leads_back_ends_the_search_with_an_error(cursors: str) -> None:
    pages = [page(row(i), cursor=cursor) for i, cursor in enumerate(cursors)]
    async with RawServer(*pages) as server, client_of(server) as client:
        leads = client.search_leads("John")
        ids = [(await anext(leads)).id for _ in cursors]
        with pytest.raises(PaginationError, match=r"^searchLeads: .* or back to"):
            await anext(leads)
        assert ids == [f"lead-{i}" for i in range(len(cursors))]
        assert len(server.requests) == len(cursors)


async def test_empty_pages_that_lead_on_and_on_end_the_search_with_an_error() -> None:
    pages = [page(cursor=f"{i}") for i in range(100)]
    async with RawServer(*pages) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match=r"^searchLeads: the server leads on and on"):
            await anext(client.search_leads("John"))
        assert len(server.requests) < 20


async def test_empty_pages_that_are_not_in_a_row_end_no_search() -> None:
    pages = [
        each
        for i in range(8)
        for each in (page(cursor=f"empty-{i}"), page(row(i), cursor=f"full-{i}"))
    ]
    async with RawServer(*pages, page()) as server, client_of(server) as client:
        assert await found(client) == [f"lead-{i}" for i in range(8)]


async def test_who_has_what_was_wanted_sees_no_error_of_what_follows() -> None:
    pages = page(row(1), cursor="a"), page(row(2), cursor="a")
    async with RawServer(*pages) as server, client_of(server) as client:
        assert await found(client, max_items=2) == ["lead-1", "lead-2"]


# What is wrong with an answer


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
async def test_a_lead_that_cannot_be_read_is_named(wrong: Any, path: str) -> None:
    async with RawServer(page(ROW, ROW, wrong)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^searchLeads: the answer does not fit") as caught:
            await found(client)
    assert caught.value.paths == (path,)
    assert caught.value.raw in (wrong, wrong and wrong.get("item"))


async def test_the_error_of_a_lead_has_its_id() -> None:
    async with RawServer(page(changed(title=None))) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match="does not fit LeadSearchItem") as caught:
            await found(client)
    assert caught.value.lead_id == ID


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (raw([ROW]), "$.data: expected dict, got list"),
        (raw({"items": ROW}), "$.data.items: expected list, got dict"),
        (raw({"items": []}, "a"), "$.additional_data: expected dict, got str"),
        (page(cursor=5), "$.additional_data.next_cursor: expected str, got int"),
    ],
    ids=["data", "items", "additional_data", "next_cursor"],
)
async def test_an_answer_of_another_shape_is_no_empty_search(
    answer: ScriptedResponse, path: str
) -> None:
    async with RawServer(answer) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^searchLeads: the answer is not that of") as caught:
            await found(client)
    assert caught.value.paths == (path,)


async def test_the_errors_of_a_request_are_those_of_every_other() -> None:
    async with RawServer((failure(400, "limit is too large"),)) as server:
        async with client_of(server) as client:
            with pytest.raises(BadRequestError, match=r"^searchLeads: .* limit is too large"):
                await found(client)
        assert len(server.requests) == 1


async def test_what_is_not_pipedrives_is_an_error() -> None:
    async with RawServer((http(200, b"<html>"),)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match=r"^searchLeads: "):
            await found(client)


async def test_a_page_that_fails_for_a_moment_is_asked_for_again() -> None:
    answers = page(row(1), cursor="a"), (failure(500),), page(row(2))
    async with RawServer(*answers) as server, client_of(server) as client:
        assert await found(client) == ["lead-1", "lead-2"]
        assert [query.get("cursor") for query in queries(server)] == [None, "a", "a"]


# End to end


async def test_a_search_finds_open_and_archived_leads_on_every_page() -> None:
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


def test_pipedrives_own_operation_id_is_the_same_method() -> None:
    methods = vars(LeadSearchOperations)
    assert methods["searchLeads"] is methods["search_leads"]
