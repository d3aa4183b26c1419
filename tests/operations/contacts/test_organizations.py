"""Test the operations on organizations."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import (
    AddOrganizationRequest,
    BadRequestError,
    InvalidRequestError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    Person,
    PostalAddress,
    UnexpectedResponseError,
    UpdateOrganizationRequest,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success


async def test_organization_is_added_read_updated_and_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = AddOrganizationRequest(
        name="Nemo Divers", address="Pikk 12, Tallinn", employee_count=0, website="https://nemo.ee"
    )
    organization = await client.add_organization(request)
    assert (organization.name, str(organization.address)) == ("Nemo Divers", "Pikk 12, Tallinn")
    assert (organization.employee_count, organization.website) == (0, "https://nemo.ee")
    for id in (organization.id, organization):
        assert await client.get_organization(id) == organization

    change = UpdateOrganizationRequest(website=None, address=PostalAddress(value="Lai 1"))
    changed = await client.update_organization(organization.id, change)
    assert (changed.website, str(changed.address), changed.name) == (None, "Lai 1", "Nemo Divers")

    found = [result async for result in client.search_organizations("lai 1", fields="address")]
    assert [(each.id, each.name, each.address) for each in found] == [
        (organization.id, "Nemo Divers", "Lai 1")
    ]
    assert [request.operation for request in sandbox.requests] == [
        "addOrganization",
        "getOrganization",
        "getOrganization",
        "updateOrganization",
        "searchOrganization",
    ]


async def test_missing_organization_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^getOrganization: "):
        await client.get_organization(10_000)
    with pytest.raises(NotFoundError, match=r"^updateOrganization: "):
        await client.update_organization(10_000, UpdateOrganizationRequest(name="Acme"))


async def test_refused_organization_is_a_bad_request_error(client: LeadsClient) -> None:
    with pytest.raises(BadRequestError, match=r"^addOrganization: .*owner_id must be the id"):
        await client.add_organization(AddOrganizationRequest(name="Acme", owner_id=1))


async def test_organization_of_unknown_outcome_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addOrganization", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError):
        await client.add_organization(AddOrganizationRequest(name="Acme"))
    assert [request.operation for request in sandbox.requests] == ["addOrganization"]


async def test_every_argument_of_a_search_is_sent() -> None:
    page = success({"items": [{"item": {"id": 7, "name": "Acme"}, "result_score": 0.5}]})
    async with RawServer((page,)) as server, client_of(server) as client:
        found = client.search_organizations("Acme", fields="name", exact_match=False, max_items=1)
        assert [(result.id, result.result_score) async for result in found] == [(7, 0.5)]
    assert server.requests[0].target == (
        "/api/v2/organizations/search?term=Acme&fields=name&exact_match=false&limit=1"
    )


async def test_invalid_arguments_are_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    anything: Any = {"name": "Acme"}
    with pytest.raises(TypeError, match=r"^request must be an AddOrganizationRequest"):
        await client.add_organization(anything)
    with pytest.raises(TypeError, match=r"^request must be an UpdateOrganizationRequest"):
        await client.update_organization(1, anything)
    with pytest.raises(InvalidRequestError, match=r"^id must be at least 1"):
        await client.get_organization(0)
    person: Any = Person(id=7, name="Ann")
    with pytest.raises(TypeError, match=r"^id must be an int"):
        await client.get_organization(person)
    with pytest.raises(
        InvalidRequestError, match=r"^fields must be any of address, custom_fields, name, notes"
    ):
        client.search_organizations("Acme", fields="email")
    with pytest.raises(InvalidRequestError, match=r"^max_items must be at least 0"):
        client.search_organizations("Acme", max_items=-1)
    assert not sandbox.requests


async def test_another_organization_in_the_response_is_refused() -> None:
    row = {"id": 7, "name": "Acme"}
    async with RawServer((success(row),)) as server, client_of(server) as client:
        with pytest.raises(UnexpectedResponseError, match="belongs to another request"):
            await client.get_organization(42)
