"""Lead labels and lead sources: listed, added, changed, deleted."""

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


async def test_a_label_lives_from_its_creation_to_its_deletion(client: LeadsClient) -> None:
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


async def test_a_label_that_does_not_exist_is_not_found(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^updateLeadLabel: "):
        await client.update_lead_label(ID, UpdateLeadLabelRequest(color="blue"))
    with pytest.raises(NotFoundError, match=r"^deleteLeadLabel: "):
        await client.delete_lead_label(ID)


async def test_a_label_that_pipedrive_refuses_is_a_bad_request(client: LeadsClient) -> None:
    with pytest.raises(BadRequestError, match=r"^addLeadLabel: .*color must be one of"):
        await client.add_lead_label(AddLeadLabelRequest(name="Urgent", color="octarine"))


async def test_a_label_of_unknown_fate_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLeadLabel", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="before sending it again"):
        await client.add_lead_label(AddLeadLabelRequest(name="Urgent", color="red"))
    assert [label.name for label in await client.get_lead_labels()].count("Urgent") == 1


async def test_a_color_of_the_future_stays_a_string() -> None:
    future = {"id": ID, "name": "Hot", "color": "octarine"}
    async with RawServer((success([future]),)) as server, client_of(server) as client:
        assert await client.get_lead_labels() == [LeadLabel(id=ID, name="Hot", color="octarine")]


async def test_one_label_that_cannot_be_read_is_an_error_that_names_it() -> None:
    labels = [{"id": ID, "name": "Hot"}, {"id": ID, "name": None}]
    async with RawServer((success(labels),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getLeadLabels: ") as caught:
            await client.get_lead_labels()
    assert caught.value.paths == ("$.data[1].name: expected str, got NoneType",)


async def test_sources_are_listed(client: LeadsClient) -> None:
    names = [source.name for source in await client.get_lead_sources()]
    assert {"Manually created", "API", "Import"} < set(names)


@pytest.mark.parametrize("id", ["", "../persons/1", f"{ID}\n"])
async def test_what_is_not_an_id_reaches_no_server(
    client: LeadsClient, sandbox: Sandbox, id: str
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.update_lead_label(id, UpdateLeadLabelRequest(name="New"))
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.delete_lead_label(id)
    assert not sandbox.requests


async def test_another_type_reaches_no_server(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = {"name": "Urgent"}
    with pytest.raises(TypeError, match=r"^request must be AddLeadLabelRequest"):
        await client.add_lead_label(anything)
    with pytest.raises(TypeError, match=r"^request must be UpdateLeadLabelRequest"):
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
def test_pipedrives_own_operation_ids_are_the_same_methods(operation_id: str, method: str) -> None:
    assert getattr(LeadsClient, operation_id) is getattr(LeadsClient, method)
