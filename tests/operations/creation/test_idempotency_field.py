"""Test idempotency keys in a custom field of the account."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    AccessToken,
    ConfigurationError,
    CustomField,
    InvalidRequestError,
    Lead,
    LeadsClient,
    custom_field,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import KEY, new_lead, operations

CAMPAIGN = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    """A lead class that has the field as an attribute."""

    campaign: str | None = custom_field(CAMPAIGN)


@pytest.fixture(params=[Lead, MyLead], ids=["plain lead", "lead with the field as an attribute"])
def lead_type(request: pytest.FixtureRequest) -> type[Lead]:
    kind: type[Lead] = request.param
    return kind


def field_client(sandbox: Sandbox, **options: Any) -> LeadsClient[Any]:
    options = {"idempotency_field": CAMPAIGN, "base_url": sandbox.url, **options}
    return LeadsClient(AccessToken(sandbox.access_token), **options)


def with_key(sandbox: Sandbox, key: str = KEY) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if lead.get(CAMPAIGN) == key]


async def test_key_is_sent_in_the_field(sandbox: Sandbox, lead_type: type[Lead]) -> None:
    sandbox.publish_app()
    async with field_client(sandbox, lead_type=lead_type) as client:
        lead = await client.add_lead(new_lead(sandbox, origin_id="mine"), idempotency_key=KEY)
    assert with_key(sandbox) == [lead.id]


async def test_origin_id_belongs_to_the_caller(sandbox: Sandbox) -> None:
    async with field_client(sandbox) as client:
        await client.add_lead(new_lead(sandbox, origin_id="mine"), idempotency_key=KEY)
    assert sandbox.leads[-1]["origin_id"] == "mine"


@pytest.mark.parametrize("archived", [False, True])
async def test_lead_is_found_by_the_field(
    sandbox: Sandbox, lead_type: type[Lead], *, archived: bool
) -> None:
    sandbox.publish_app()
    async with field_client(sandbox, lead_type=lead_type) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        if archived:
            sandbox.archive_lead(lead.id)
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (ensured.lead.id, ensured.created) == (lead.id, False)
    assert type(ensured.lead) is lead_type
    assert with_key(sandbox) == [lead.id]


async def test_lead_whose_response_was_lost_is_found_by_the_field(
    sandbox: Sandbox, lead_type: type[Lead]
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    async with field_client(sandbox, lead_type=lead_type) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert with_key(sandbox) == [lead.id]
    assert operations(sandbox) == ["addLead", "getLeads"]


async def test_malformed_lead_is_found_by_the_field(sandbox: Sandbox) -> None:
    person = sandbox.leads[0]["person_id"]
    lead = sandbox.add_lead(channel="web", person_id=person, **{CAMPAIGN: KEY})

    @attrs.frozen(kw_only=True)
    class LooseLead(Lead):
        channel: Any = None

    async with field_client(sandbox, lead_type=LooseLead) as client:
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (ensured.lead.id, ensured.lead.channel) == (lead["id"], "web")
    assert "addLead" not in operations(sandbox)


async def test_origin_id_with_the_key_is_not_the_lead(sandbox: Sandbox) -> None:
    sandbox.add_lead(origin_id=KEY, person_id=sandbox.leads[0]["person_id"])
    async with field_client(sandbox) as client:
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.created


async def test_add_leads_sends_the_keys_in_the_field(sandbox: Sandbox) -> None:
    items = [(number, new_lead(sandbox)) for number in range(5)]
    async with field_client(sandbox) as client:
        results = [result async for result in client.add_leads(items)]
    assert {result.error for result in results} == {None}
    assert all(len(with_key(sandbox, str(number))) == 1 for number in range(5))


async def test_request_that_has_the_field_itself_is_refused(sandbox: Sandbox) -> None:
    request = new_lead(sandbox, custom_fields={CAMPAIGN: "Spring"})
    async with field_client(sandbox) as client:
        for call in (client.add_lead, client.ensure_lead):
            with pytest.raises(InvalidRequestError, match=r"idempotency_field.*leave out one"):
                await call(request, idempotency_key=KEY)
        [result] = [each async for each in client.add_leads([("a", request)])]
        assert isinstance(result.error, InvalidRequestError)
        assert not sandbox.requests
        assert (await client.add_lead(request)).custom_fields[CAMPAIGN] == "Spring"


@pytest.mark.parametrize("field", [CAMPAIGN, None])
async def test_key_of_256_characters_is_refused(sandbox: Sandbox, field: str | None) -> None:
    async with field_client(sandbox, idempotency_field=field) as client:
        with pytest.raises(InvalidRequestError, match=r"^idempotency_key has 256 characters"):
            await client.add_lead(new_lead(sandbox), idempotency_key="é" * 256)
        assert not sandbox.requests
        lead = await client.add_lead(new_lead(sandbox), idempotency_key="é" * 255)
    assert "é" * 255 in (lead.origin_id, lead.custom_fields.get(CAMPAIGN))


@pytest.mark.parametrize("field_type", ["varchar", "varchar_auto", "text"])
async def test_custom_field_of_a_text_type_is_accepted(sandbox: Sandbox, field_type: str) -> None:
    field = CustomField(key=CAMPAIGN, name="Campaign", field_type=field_type, options={})
    async with field_client(sandbox, idempotency_field=field) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert with_key(sandbox) == [lead.id]


@pytest.mark.parametrize("field_type", ["double", "enum", "set", "phone", "monetary", None])
def test_custom_field_of_another_type_is_refused(field_type: str | None) -> None:
    field = CustomField(key=CAMPAIGN, name="Campaign", field_type=field_type, options={})
    with pytest.raises(
        ConfigurationError, match=rf"^idempotency_field is of the type {field_type}"
    ):
        LeadsClient("token", idempotency_field=field)


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Campaign",
        "origin_id",
        CAMPAIGN[:39],
        CAMPAIGN.upper(),
        f"{CAMPAIGN}_currency",
        f"{CAMPAIGN}\n",
    ],
)
def test_text_that_is_not_the_key_of_a_field_is_refused(field: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^idempotency_field must be the 40 lower-case"):
        LeadsClient("token", idempotency_field=field)
    with pytest.raises(ConfigurationError, match=r"^idempotency_field must be the 40 lower-case"):
        odd = CustomField(key=field, name="Campaign", field_type="text", options={})
        LeadsClient("token", idempotency_field=odd)


@pytest.mark.parametrize("field", [5, b"a", ["a"], True], ids=repr)
def test_field_of_another_python_type_is_refused(field: Any) -> None:
    with pytest.raises(TypeError, match=r"^idempotency_field must be a str or a CustomField"):
        LeadsClient("token", idempotency_field=field)
