"""Test that `ensure_organization` finds an organization by its name, or adds one."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import (
    AddOrganizationRequest,
    LeadsClient,
    OutcomeUnknownError,
    UpdateOrganizationRequest,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import operations

NEMO = AddOrganizationRequest(name=" Nemo Divers ", address="Pikk 12, Tallinn")


async def test_new_organization_is_added_with_everything_in_the_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    ensured = await client.ensure_organization(NEMO)
    assert (ensured.created, ensured.other_ids) == (True, ())
    assert str(ensured.organization.address) == "Pikk 12, Tallinn"
    assert operations(sandbox) == ["searchOrganization", "addOrganization"]
    assert sandbox.requests[0].query["term"] == "Nemo Divers"
    assert sandbox.requests[0].query["fields"] == "name"
    again = await client.ensure_organization(AddOrganizationRequest(name="NEMO DIVERS"))
    assert (again.organization, again.created) == (ensured.organization, False)


async def test_lowest_id_of_several_organizations_is_the_organization(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    names = ("Nemo Divers Ltd", "Nemo divers", "Nemo Divers")
    ids = [sandbox.add_organization(name=name)["id"] for name in names]
    found = await client.ensure_organization(NEMO)
    assert (found.organization.id, found.other_ids) == (ids[1], (ids[2],))
    assert not found.created


async def test_organization_that_the_index_does_not_know_yet_is_found(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    added = await client.add_organization(NEMO)
    assert (await client.ensure_organization(NEMO)).organization == added
    change = UpdateOrganizationRequest(name="Nemo Sailors")
    changed = await client.update_organization(added, change)
    request = AddOrganizationRequest(name="nemo sailors")
    assert (await client.ensure_organization(request)).organization == changed
    assert (await client.ensure_organization(NEMO)).created


async def test_organization_of_unknown_outcome_is_found_by_the_next_call(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.stall_search_index()
    sandbox.fail("addOrganization", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="call ensure_organization, which looks"):
        await client.ensure_organization(NEMO)
    assert not (await client.ensure_organization(NEMO)).created
    assert operations(sandbox)[2:] == [
        "getOrganizations",
        "searchOrganization",
        "getOrganization",
    ]


async def test_argument_of_another_type_is_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = "Nemo Divers"
    with pytest.raises(TypeError, match=r"^request must be an AddOrganizationRequest"):
        await client.ensure_organization(anything)
    assert not sandbox.requests
