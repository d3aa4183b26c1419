"""Test the operations on lead labels and lead sources."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import (
    AddLeadLabelRequest,
    LabelColor,
    LeadLabel,
    LeadsClient,
    UpdateLeadLabelRequest,
)
from pipedrive_leads_async.errors import (
    BadRequestError,
    DecodeError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import ID, client_of
from tests.support.raw_server import RawServer, success


async def test_label_is_added_updated_listed_and_deleted(client: LeadsClient) -> None:
    others = await client.get_lead_labels()
    request = AddLeadLabelRequest(name="Urgent", color=LabelColor.RED)
    label = await client.add_lead_label(request)
    assert (label.name, label.color) == ("Urgent", LabelColor.RED)
    assert await client.get_lead_labels() == [*others, label]

    change = UpdateLeadLabelRequest(name="Very urgent")
    changed = await client.update_lead_label(label.id, change)
    assert (changed.id, changed.name, changed.color) == (label.id, "Very urgent", LabelColor.RED)

    assert await client.delete_lead_label(label.id) == label.id
    assert await client.get_lead_labels() == others


async def test_missing_label_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^updateLeadLabel: "):
        await client.update_lead_label(ID, UpdateLeadLabelRequest(color="blue"))
    with pytest.raises(NotFoundError, match=r"^deleteLeadLabel: "):
        await client.delete_lead_label(ID)


async def test_refused_label_is_a_bad_request_error(client: LeadsClient) -> None:
    with pytest.raises(BadRequestError, match=r"^addLeadLabel: .*color must be one of"):
        await client.add_lead_label(AddLeadLabelRequest(name="Urgent", color="octarine"))


async def test_label_of_unknown_outcome_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLeadLabel", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="check with get_lead_labels whether it"):
        await client.add_lead_label(AddLeadLabelRequest(name="Urgent", color="red"))
    assert [label.name for label in await client.get_lead_labels()].count("Urgent") == 1


async def test_unknown_color_stays_a_string() -> None:
    future = {"id": ID, "name": "Hot", "color": "octarine"}
    async with RawServer((success([future]),)) as server, client_of(server) as client:
        assert await client.get_lead_labels() == [LeadLabel(id=ID, name="Hot", color="octarine")]


async def test_malformed_label_is_an_error_with_its_path() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID, "name": None}]
    async with RawServer((success(labels),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadLabels: ") as caught:
            await client.get_lead_labels()
    assert caught.value.paths == ("$.data[1].name: expected str, got NoneType",)


async def test_sources_are_listed(client: LeadsClient) -> None:
    names = [source.name for source in await client.get_lead_sources()]
    assert {"Manually created", "API", "Import"} < set(names)


@pytest.mark.parametrize("id", ["", "../persons/1", f"{ID}\n"])
async def test_invalid_id_is_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox, id: str
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.update_lead_label(id, UpdateLeadLabelRequest(name="New"))
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.delete_lead_label(id)
    assert not sandbox.requests


async def test_request_of_another_type_is_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = {"name": "Urgent"}
    with pytest.raises(TypeError, match=r"^request must be an AddLeadLabelRequest"):
        await client.add_lead_label(anything)
    with pytest.raises(TypeError, match=r"^request must be an UpdateLeadLabelRequest"):
        await client.update_lead_label(ID, anything)
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("operation_id", "method"),
    [
        ("getLeadLabels", "get_lead_labels"),
        ("addLeadLabel", "add_lead_label"),
        ("updateLeadLabel", "update_lead_label"),
        ("deleteLeadLabel", "delete_lead_label"),
        ("getLeadSources", "get_lead_sources"),
    ],
)
def test_methods_have_aliases_with_their_operation_ids(operation_id: str, method: str) -> None:
    assert getattr(LeadsClient, operation_id) is getattr(LeadsClient, method)
