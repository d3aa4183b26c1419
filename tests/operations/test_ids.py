"""Test that operations take a UUID, an integer of numpy, or the object itself as an id."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from pipedrive_leads_async import (
    InvalidRequestError,
    Lead,
    LeadLabel,
    LeadsClient,
    Organization,
    Person,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
    User,
)
from pipedrive_leads_async.sandbox import Sandbox


def itself(lead: Lead) -> Lead:
    return lead


def uuid_of(lead: Lead) -> uuid.UUID:
    return uuid.UUID(lead.id)


@pytest.mark.parametrize("form", [itself, uuid_of])
async def test_lead_is_named_by_itself_or_by_a_uuid(
    form: Callable[[Lead], Lead | uuid.UUID], client: LeadsClient, sandbox: Sandbox
) -> None:
    lead = await client.get_lead(sandbox.leads[0]["id"])
    label = (await client.get_lead_labels())[0]
    assert await client.get_lead(form(lead)) == lead
    assert (await client.update_lead(form(lead), UpdateLeadRequest(title="B"))).title == "B"
    assert label.id in (await client.change_lead_labels(form(lead), add=[label])).label_ids
    assert await client.get_lead_users(form(lead))
    conversion = await client.convert_lead_to_deal(form(lead))
    assert conversion.source_id == lead.id
    other = await client.get_lead(sandbox.leads[1]["id"])
    assert await client.delete_lead(form(other)) == other.id


async def test_label_is_named_by_itself_or_by_a_uuid(client: LeadsClient) -> None:
    first, second = (await client.get_lead_labels())[:2]
    renamed = await client.update_lead_label(first, UpdateLeadLabelRequest(name="Frosty"))
    assert (renamed.id, renamed.name) == (first.id, "Frosty")
    assert await client.delete_lead_label(first) == first.id
    assert await client.delete_lead_label(uuid.UUID(second.id)) == second.id


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("person_id", Person(id=42, name="Ann"), "42"),
        ("organization_id", Organization(id=43, name="Acme"), "43"),
        ("owner_id", User(id=44, name="Bo"), "44"),
        ("limit", np.int64(46), "46"),
        ("start", np.int64(47), "47"),
    ],
    ids=repr,
)
async def test_list_takes_objects_and_integers_of_numpy(
    name: str, value: object, sent: str, client: LeadsClient, sandbox: Sandbox
) -> None:
    options: dict[str, Any] = {name: value}
    await client.get_lead_page(**options)
    assert sandbox.requests[-1].query[name] == sent
    async for _ in client.get_leads(**options):
        pass
    assert sandbox.requests[-1].query[name] == sent


async def test_search_takes_objects(client: LeadsClient, sandbox: Sandbox) -> None:
    person, organization = Person(id=42, name="Ann"), Organization(id=43, name="Acme")
    found = client.search_leads("order", person_id=person, organization_id=organization)
    assert [result async for result in found] == []
    query = sandbox.requests[-1].query
    assert (query["person_id"], query["organization_id"]) == ("42", "43")


@pytest.mark.parametrize(
    "value", [5, None, Person(id=42, name="Ann")], ids=["int", "None", "Person"]
)
async def test_id_of_another_kind_is_refused(value: Any, client: LeadsClient) -> None:
    with pytest.raises(
        TypeError, match=r"^id must be a str .* got .*: pass a Lead or its id, as get_l"
    ):
        await client.get_lead(value)
    with pytest.raises(
        TypeError, match=r"^id must be a str .*: pass a LeadLabel or its id, as get"
    ):
        await client.delete_lead_label(value)


async def test_label_is_not_the_id_of_a_lead(client: LeadsClient) -> None:
    label = LeadLabel(id=str(uuid.uuid4()), name="Hot")
    with pytest.raises(TypeError, match="pass a Lead or its id"):
        await client.get_lead(cast("Any", label))
    with pytest.raises(InvalidRequestError, match="pass a LeadLabel or its id, as get_lead_labels"):
        await client.delete_lead_label("Hot")
