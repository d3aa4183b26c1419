"""Test the operations on persons."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AddPersonRequest,
    BadRequestError,
    ContactDetail,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    LinkedItem,
    NotFoundError,
    Organization,
    OutcomeUnknownError,
    Person,
    PersonSearchResult,
    UnexpectedResponseError,
    UpdatePersonRequest,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.contacts.recorded import RECORDED
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success

ANN: Final = AddPersonRequest(
    name="Ann Lee", emails=["ann@lee.example", "ann@home.example"], phones=["+44 20 7946 0123"]
)


async def test_person_is_added_read_updated_and_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    person = await client.add_person(ANN)
    assert (person.name, person.first_name, person.last_name) == ("Ann Lee", "Ann", "Lee")
    assert [email.value for email in person.emails] == ["ann@lee.example", "ann@home.example"]
    assert [email.primary for email in person.emails] == [True, False]
    assert await client.get_person(person.id) == await client.get_person(person) == person

    change = UpdatePersonRequest(organization_id=3, emails=["new@lee.example"])
    changed = await client.update_person(person.id, change)
    assert changed.organization_id == 3
    assert [email.value for email in changed.emails] == ["new@lee.example"]
    assert changed.phones == person.phones
    assert await client.update_person(changed, UpdatePersonRequest(name="Ann Ray")) != changed

    found = [result async for result in client.search_persons("new@lee", fields="email")]
    assert [(result.id, result.name) for result in found] == [(person.id, "Ann Ray")]
    assert found[0].organization is not None
    assert found[0].organization.id == 3
    costs = [request.operation for request in sandbox.requests]
    assert costs == [
        "addPerson",
        "getPerson",
        "getPerson",
        "updatePerson",
        "updatePerson",
        "searchPersons",
    ]


async def test_missing_person_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^getPerson: "):
        await client.get_person(10_000)
    with pytest.raises(NotFoundError, match=r"^updatePerson: "):
        await client.update_person(10_000, UpdatePersonRequest(name="Ann"))


async def test_refused_person_is_a_bad_request_error(client: LeadsClient) -> None:
    with pytest.raises(BadRequestError, match=r"^addPerson: .*org_id must be the id") as caught:
        await client.add_person(AddPersonRequest(name="Ann", organization_id=10_000))
    assert caught.value.code == "ERR_SCHEMA_VALIDATION_FAILED"


async def test_person_of_unknown_outcome_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addPerson", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError):
        await client.add_person(ANN)
    assert [request.operation for request in sandbox.requests] == ["addPerson"]


async def test_recorded_search_result_has_its_score() -> None:
    page = success({"items": RECORDED["person_search"]})
    async with RawServer((page,)) as server, client_of(server) as client:
        [found] = [result async for result in client.search_persons("Jane")]
    assert found.result_score == 0.489265
    assert (found.id, found.emails) == (201, ("jane.smith@example.com",))
    assert found.organization == LinkedItem(id=301, name="Acme Corp", extra={"address": None})


async def test_every_argument_of_a_search_is_sent() -> None:
    page = success({"items": []})
    async with RawServer((page,)) as server, client_of(server) as client:
        for organization in (7, Organization(id=7, name="Acme")):
            found = client.search_persons(
                "Ann",
                fields=["email", "name"],
                exact_match=True,
                organization_id=organization,
                max_items=5,
            )
            assert [result async for result in found] == []
    query = "term=Ann&fields=email,name&exact_match=true&organization_id=7&limit=5"
    assert [request.target.replace("%2C", ",") for request in server.requests] == [
        f"/api/v2/persons/search?{query}"
    ] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"term": ""}, "term is empty"),
        ({"term": "A"}, "term must have at least 2 characters"),
        ({"term": "Ann", "fields": "title"}, "fields must be any of custom_fields, email, name"),
        ({"term": "Ann", "organization_id": 0}, "organization_id must be at least 1"),
        ({"term": "Ann", "max_items": -1}, "max_items must be at least 0"),
    ],
    ids=str,
)
async def test_invalid_search_is_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox, arguments: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        client.search_persons(**arguments)
    assert not sandbox.requests


@pytest.mark.parametrize("id", [0, -1])
async def test_invalid_id_is_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox, id: int
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^id must be at least 1"):
        await client.get_person(id)
    with pytest.raises(InvalidRequestError, match=r"^id must be at least 1"):
        await client.update_person(id, UpdatePersonRequest(name="Ann"))
    assert not sandbox.requests


async def test_argument_of_another_type_is_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = {"name": "Ann"}
    with pytest.raises(TypeError, match=r"^request must be an AddPersonRequest"):
        await client.add_person(anything)
    with pytest.raises(TypeError, match=r"^request must be an UpdatePersonRequest"):
        await client.update_person(1, anything)
    organization: Any = Organization(id=7, name="Acme")
    with pytest.raises(TypeError, match=r"^id must be an int"):
        await client.get_person(organization)
    assert not sandbox.requests


async def test_malformed_person_is_an_error_with_its_path() -> None:
    row = {"id": 42, "name": "Ann", "emails": [{"value": "a@b.example"}, {"value": 5}]}
    async with RawServer((success(row),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getPerson: ") as caught:
            await client.get_person(42)
    assert caught.value.paths == ("$.data.emails[1].value: expected str, got int",)


async def test_another_person_in_the_response_is_refused() -> None:
    async with (
        RawServer((success({"id": 7, "name": "Bo"}),)) as server,
        client_of(server) as client,
    ):
        with pytest.raises(UnexpectedResponseError, match="belongs to another request"):
            await client.get_person(42)
        with pytest.raises(OutcomeUnknownError):
            await client.update_person(42, UpdatePersonRequest(name="Ann"))


async def test_kept_person_can_be_sent_again(client: LeadsClient) -> None:
    person = await client.add_person(ANN)
    request = UpdatePersonRequest(emails=[*person.emails, "third@lee.example"])
    changed = await client.update_person(person, request)
    assert changed.emails == (
        *person.emails,
        ContactDetail(value="third@lee.example", label="work", primary=False),
    )
    assert isinstance(changed, Person)


def test_new_operations_have_no_aliases() -> None:
    for name in ("getPerson", "addPerson", "updatePerson", "searchPersons"):
        assert not hasattr(LeadsClient, name)
    assert PersonSearchResult(id=1, name="Ann").result_score is None
