"""Test that `ensure_person` finds a person by an address, or adds one."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AddPersonRequest,
    BadRequestError,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    ServerError,
    UpdatePersonRequest,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import operations
from tests.support.calls import client_of
from tests.support.clock import Clock, ClockedSessionManager
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http, success

EMAIL: Final = "ann@lee.example"
ANN: Final = AddPersonRequest(name="Ann Lee", emails=[EMAIL])
NO_RESULTS: Final = success({"items": []})


def result(id: int, **addresses: Any) -> dict[str, Any]:
    return {"item": {"id": id, "name": "Ann", **addresses}}


def person(id: int, *emails: str, **properties: Any) -> bytes:
    rows = [{"value": email} for email in emails]
    return success({"id": id, "name": "Ann", "emails": rows, **properties})


async def test_new_person_is_added_with_everything_in_the_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = AddPersonRequest(name="Ann Lee", emails=[EMAIL], organization_id=3)
    ensured = await client.ensure_person(request)
    assert ensured.created
    assert ensured.other_ids == ()
    assert (ensured.person.name, ensured.person.organization_id) == ("Ann Lee", 3)
    assert operations(sandbox) == ["searchPersons", "addPerson"]
    assert sandbox.requests[0].query == {
        "term": EMAIL,
        "fields": "email",
        "exact_match": "true",
        "limit": "100",
    }


async def test_person_with_the_address_is_found_and_not_changed(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    row = sandbox.add_person(name="Ann", emails=["other@lee.example", " ANN@Lee.example"])
    sandbox.add_person(name="Ann Lee", emails=["ann@lee.example.org"])
    found = await client.ensure_person(AddPersonRequest(name="New", emails=["other@lee.example"]))
    assert (found.person.id, found.person.name, found.created) == (row["id"], "Ann", False)
    assert operations(sandbox) == ["searchPersons", "getPerson"]


async def test_addresses_are_compared_without_case_and_white_space() -> None:
    page = success({"items": [result(7, emails=["ANN@LEE.example "])]})
    found = person(7, " Ann@Lee.Example ")
    async with RawServer((page,), (found,)) as server, client_of(server) as client:
        assert (await client.ensure_person(ANN)).person.id == 7


async def test_every_address_is_searched_the_primary_one_first(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    last = sandbox.add_person(name="Last", emails="third@lee.example")
    emails: list[Any] = [
        "first@lee.example",
        {"value": EMAIL, "primary": True},
        "third@lee.example",
    ]
    request = AddPersonRequest(name="Ann", emails=emails)
    assert (await client.ensure_person(request)).person.id == last["id"]
    assert [each.query["term"] for each in sandbox.requests if "term" in each.query] == [
        EMAIL,
        "first@lee.example",
        "third@lee.example",
    ]
    primary = sandbox.add_person(name="Primary", emails=EMAIL)
    assert (await client.ensure_person(request)).person.id == primary["id"]


async def test_lowest_id_of_several_persons_is_the_person(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    ids = [sandbox.add_person(name=name, emails=EMAIL)["id"] for name in ("Zoe", "Ann", "Bo")]
    found = await client.ensure_person(ANN)
    assert (found.person.id, found.created) == (ids[0], False)
    assert found.other_ids == tuple(ids[1:])


async def test_many_persons_are_read_by_lists(client: LeadsClient, sandbox: Sandbox) -> None:
    ids = [sandbox.add_person(emails=EMAIL)["id"] for _ in range(103)]
    found = await client.ensure_person(ANN)
    assert (found.person.id, *found.other_ids) == tuple(ids)
    assert operations(sandbox) == ["searchPersons"] * 2 + ["getPersons"] * 2


async def test_lowest_id_is_found_in_a_list_in_any_order() -> None:
    page = success({"items": [result(id) for id in range(1, 12)]})
    rows = [{"id": id, "name": "Ann", "emails": [{"value": EMAIL}]} for id in (9, 8, 10)]
    async with RawServer((page,), (success(rows),)) as server, client_of(server) as client:
        found = await client.ensure_person(ANN)
    assert (found.person.id, found.other_ids) == (8, (9, 10))


async def test_deleted_person_in_the_index_is_no_match(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    deleted = sandbox.add_person(emails=EMAIL)["id"]
    sandbox.stall_search_index()
    sandbox.delete_person(deleted)
    ensured = await client.ensure_person(ANN)
    assert ensured.created
    assert ensured.person.id != deleted
    assert operations(sandbox) == ["searchPersons", "getPerson", "addPerson"]


@pytest.mark.parametrize(
    "other",
    [
        person(7, EMAIL, is_deleted=True),
        person(7, "new@lee.example"),
        person(7),
        failure(404),
        failure(410),
    ],
    ids=["deleted", "another address", "no address", "404", "410"],
)
async def test_person_that_is_no_match_any_more_is_left_out(other: bytes) -> None:
    page = success({"items": [result(7, emails=[EMAIL]), result(8)]})
    responses: list[ScriptedResponse] = [(page,), (other,), (person(8, EMAIL),)]
    async with RawServer(*responses) as server, client_of(server) as client:
        found = await client.ensure_person(ANN)
    assert (found.person.id, found.other_ids, found.created) == (8, (), False)


@pytest.mark.parametrize(
    "response",
    [http(404, b"<html>nothing here</html>"), http(404, b'{"error": "no route"}'), http(204)],
    ids=["page", "JSON of a proxy", "204"],
)
async def test_404_of_a_proxy_is_no_proof_that_a_person_is_deleted(response: bytes) -> None:
    page = success({"items": [result(7, emails=[EMAIL])]})
    async with RawServer((page,), (response,)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError, match=r"^getPerson: ") as caught:
            await client.ensure_person(ANN)
    assert not caught.value.from_api
    assert {request.method for request in server.requests} == {"GET"}


async def test_result_with_other_addresses_is_not_read() -> None:
    page = success({"items": [result(7, emails=["ann@lee.example.org"])]})
    async with (
        RawServer((page,), (person(9, EMAIL),)) as server,
        client_of(server) as client,
    ):
        assert (await client.ensure_person(ANN)).created
    assert [request.method for request in server.requests] == ["GET", "POST"]


# Phone numbers


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("+442079460123", ["442079460123"]),
        ("+44 (20) 7946-0123", ["442079460123", "+44 (20) 7946-0123"]),
        ("\u0664\u0664 20 7946 0123", ["442079460123", "\u0664\u0664 20 7946 0123"]),
    ],
)
async def test_phone_numbers_are_compared_by_their_digits(
    client: LeadsClient, sandbox: Sandbox, written: str, terms: list[str]
) -> None:
    request = AddPersonRequest(name="Ann", phones=[written])
    assert (await client.ensure_person(request, match="phone")).created
    searches = [each.query for each in sandbox.requests if each.operation == "searchPersons"]
    assert [query["term"] for query in searches] == terms
    assert {query["fields"] for query in searches} == {"phone"}
    for number in ("+44 20 7946 0123", "442079460123"):
        again = AddPersonRequest(name="Bo", phones=[number])
        assert not (await client.ensure_person(again, match="phone")).created


async def test_number_that_contains_the_digits_is_no_match(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.add_person(phones="+44 20 7946 01234")
    request = AddPersonRequest(name="Ann", phones=["2079460123"], emails=[EMAIL])
    assert (await client.ensure_person(request, match="phone")).created


async def test_numbers_with_other_letters_are_different(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    ids: list[int] = []
    for number in ("1-800-FLOWERS", "1-800-CONTACTS", "1 (800) flowers", "1800"):
        request = AddPersonRequest(name="Ann", phones=[number])
        ids.append((await client.ensure_person(request, match="phone")).person.id)
    assert ids[0] == ids[2]
    assert len(set(ids)) == 3
    terms = [each.query["term"] for each in sandbox.requests if "term" in each.query]
    assert terms == ["1-800-FLOWERS", "1-800-CONTACTS", "1 (800) flowers", "1800"]


async def test_number_after_a_page_of_longer_ones_is_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    for number in range(101):
        sandbox.add_person(phones=f"1555{number:03}")
    id = sandbox.add_person(phones="1555")["id"]
    request = AddPersonRequest(name="Ann", phones=["1555"])
    assert (await client.ensure_person(request, match="phone")).person.id == id
    assert operations(sandbox) == ["searchPersons", "searchPersons", "getPerson"]


async def test_number_is_found_where_only_the_written_form_is_searched() -> None:
    number = "+44 20 7946 0123"
    page = success({"items": [result(7, phones=[number])]})
    row = success({"id": 7, "name": "Ann", "phones": [{"value": number}]})
    async with (
        RawServer((NO_RESULTS,), (page,), (row,)) as server,
        client_of(server) as client,
    ):
        request = AddPersonRequest(name="Ann", phones=[number])
        assert (await client.ensure_person(request, match="phone")).person.id == 7


# Contacts that were made lately


async def test_person_that_the_index_does_not_know_yet_is_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    request = AddPersonRequest(name="Ann", emails=[EMAIL], phones=["+44 20 7946 0123"])
    first = await client.ensure_person(request)
    again = await client.ensure_person(ANN)
    assert (again.person, again.created) == (first.person, False)
    by_phone = AddPersonRequest(name="Bo", phones=["442079460123"])
    assert (await client.ensure_person(by_phone, match="phone")).person == first.person


async def test_person_added_or_changed_by_other_methods_is_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    added = await client.add_person(ANN)
    assert (await client.ensure_person(ANN)).person == added
    change = UpdatePersonRequest(emails=["new@lee.example"])
    changed = await client.update_person(added, change)
    request = AddPersonRequest(name="Ann", emails=["new@lee.example"])
    assert (await client.ensure_person(request)).person == changed
    assert (await client.ensure_person(ANN)).created  # the address is free again


async def test_lowest_id_is_found_also_if_another_was_made_lately(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    old = sandbox.add_person(emails=EMAIL)["id"]
    sandbox.stall_search_index()
    new = (await client.add_person(ANN)).id
    found = await client.ensure_person(ANN)
    assert (found.person.id, found.other_ids) == (old, (new,))


async def test_new_person_is_remembered_for_ten_minutes(sandbox: Sandbox) -> None:
    clock = Clock()
    async with ClockedSessionManager(clock) as manager:
        client = LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager)
        sandbox.stall_search_index()
        first = await client.ensure_person(ANN)
        clock.skip(599)
        assert (await client.ensure_person(ANN)).person == first.person
        clock.skip(2)
        assert (await client.ensure_person(ANN)).created


async def test_clients_of_one_account_remember_together(sandbox: Sandbox) -> None:
    other = sandbox.add_account(leads=0)
    sandbox.stall_search_index()
    async with ClockedSessionManager(Clock()) as manager:
        created: list[bool] = []
        for token in (sandbox.api_token, sandbox.api_token, other.api_token):
            async with LeadsClient(token, base_url=sandbox.url, session=manager) as client:
                created.append((await client.ensure_person(ANN)).created)
    assert created == [True, False, True]


# Errors


@pytest.mark.parametrize(
    ("request_", "match", "message"),
    [
        (AddPersonRequest(name="Ann"), "email", "request has no email address, which ensure_pers"),
        (AddPersonRequest(name="Ann", emails=[]), "email", "request has no email address"),
        (AddPersonRequest(name="Ann", phones=["112"]), "email", "request has no email address"),
        (ANN, "phone", "request has no phone number with at least 2 digits"),
        (AddPersonRequest(name="Ann", phones=["5"]), "phone", "request has no phone number"),
        (ANN, "name", "match must be 'email' or 'phone', got 'name'"),
    ],
    ids=str,
)
async def test_request_without_what_match_needs_is_refused(
    client: LeadsClient, sandbox: Sandbox, request_: AddPersonRequest, match: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        await client.ensure_person(request_, match=match)
    assert not sandbox.requests


async def test_argument_of_another_type_is_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = {"name": "Ann"}
    with pytest.raises(TypeError, match=r"^request must be an AddPersonRequest"):
        await client.ensure_person(anything)
    with pytest.raises(TypeError, match=r"^match must be a str"):
        await client.ensure_person(ANN, match=anything)
    assert not sandbox.requests


async def test_refused_person_can_be_ensured_again(client: LeadsClient) -> None:
    wrong = AddPersonRequest(name="Ann", emails=[EMAIL], organization_id=10_000)
    for _ in range(2):
        with pytest.raises(BadRequestError, match=r"^addPerson: "):
            await client.ensure_person(wrong)
    assert (await client.ensure_person(ANN)).created


async def test_failed_search_is_retried_and_its_error_is_raised() -> None:
    server_error = (failure(503),)
    async with RawServer(server_error) as server, client_of(server) as client:
        with pytest.raises(ServerError, match=r"^searchPersons: ") as caught:
            await client.ensure_person(ANN)
    assert caught.value.attempts == len(server.requests) == 3


async def test_malformed_search_result_is_read_by_its_id() -> None:
    page = success({"items": [result(7, phones=5), result(8), result(9, phones=5)]})
    rows = (person(7, "other@lee.example"), person(8), person(9, EMAIL))
    async with RawServer((page,), *[(row,) for row in rows]) as server, client_of(server) as client:
        ensured = await client.ensure_person(ANN)
    assert (ensured.person.id, ensured.created) == (9, False)


async def test_malformed_result_without_an_id_is_left_out_unless_it_may_match() -> None:
    no_id = {"item": {"id": None, "name": "Bo"}}
    added = person(7, EMAIL)
    page = success({"items": [no_id]})
    async with RawServer((page,), (added,)) as server, client_of(server) as client:
        assert (await client.ensure_person(ANN)).created
    page = success({"items": [no_id, {"item": {"id": True, "emails": [EMAIL.upper()]}}]})
    async with RawServer((page,)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^searchPersons: .*\[1\]\.item\.id: expected int"):
            await client.ensure_person(ANN)
    assert len(server.requests) == 1


async def test_malformed_person_is_an_error_and_adds_nothing() -> None:
    page = success({"items": [result(7)]})
    row = success({"id": 7, "name": 5})
    async with RawServer((page,), (row,)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getPerson: "):
            await client.ensure_person(ANN)
    assert [request.method for request in server.requests] == ["GET", "GET"]
