"""Test creations whose idempotency key Pipedrive does not keep."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    AccessToken,
    AddLeadRequest,
    AddLeadResult,
    ConfigurationError,
    DecodeError,
    IdempotencyKeyLostError,
    Lead,
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
    SessionManager,
    custom_field,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import KEY, new_lead, operations
from tests.support.calls import CANARY, ID, QUICK, client_of
from tests.support.raw_server import RawServer, success

CAMPAIGN = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
ORDER = AddLeadRequest(title="Big order", person_id=42)
MINE = {"id": ID, "title": "Big order", "person_id": 42}
EMPTY_PAGE = success([])


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    """A lead class with a custom field."""

    campaign: str | None = custom_field(CAMPAIGN)


@pytest.fixture
def app(sandbox: Sandbox) -> Sandbox:
    """Return an account whose leads are created by a Marketplace app."""
    sandbox.publish_app()
    return sandbox


def app_client(app: Sandbox, **options: Any) -> LeadsClient[Any]:
    return LeadsClient(AccessToken(app.access_token), base_url=app.url, **options)


async def raised(client: LeadsClient[Any], name: str) -> PipedriveError:
    with pytest.raises(PipedriveError) as caught:
        await getattr(client, name)(ORDER, idempotency_key=KEY)
    return caught.value


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead"])
async def test_lead_without_its_key_is_an_error_that_has_the_lead(app: Sandbox, name: str) -> None:
    async with app_client(app, lead_type=MyLead) as client:
        request = new_lead(app, custom_fields={CAMPAIGN: "Spring"})
        with pytest.raises(IdempotencyKeyLostError) as caught:
            await getattr(client, name)(request, idempotency_key=KEY)
        error = caught.value
        assert str(error).startswith("addLead: the lead was made; do not repeat")
        assert "idempotency_field" in str(error)
        assert type(error.lead) is MyLead
        assert error.lead.campaign == "Spring"
        assert error.lead.id == app.leads[-1]["id"]
        assert (error.idempotency_key, error.operation, error.attempts) == (KEY, "addLead", 1)
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead", "add_leads"])
async def test_later_call_with_a_key_is_refused_and_sends_nothing(app: Sandbox, name: str) -> None:
    async with SessionManager() as manager:
        async with app_client(app, session=manager) as client:
            with pytest.raises(IdempotencyKeyLostError):
                await client.add_lead(new_lead(app), idempotency_key=KEY)
        sent = len(app.requests)
        later = app_client(app, session=manager)
        calls: dict[str, Callable[[], Any]] = {
            "add_lead": lambda: later.add_lead(new_lead(app), idempotency_key="another"),
            "ensure_lead": lambda: later.ensure_lead(new_lead(app), idempotency_key="another"),
        }
        with pytest.raises(ConfigurationError, match=r"^idempotency_field must be the key of a "):
            if name == "add_leads":
                later.add_leads([("another", new_lead(app))])
            else:
                await calls[name]()
        assert len(app.requests) == sent
        await later.add_lead(new_lead(app))  # without a key
        keyed = app_client(app, session=manager, idempotency_field=CAMPAIGN)
        lead = await keyed.add_lead(new_lead(app), idempotency_key="another")
        assert lead.custom_fields[CAMPAIGN] == "another"


async def test_lost_key_of_one_row_is_beside_its_lead_and_fails_no_other_row() -> None:
    rows = [
        MINE | {"id": f"{number}{ID[1:]}", "origin_id": "app" if number == 1 else f"row-{number}"}
        for number in range(4)
    ]
    async with RawServer(*[(success(row),) for row in rows]) as server, client_of(server) as client:
        items = [(f"row-{number}", ORDER) for number in range(4)]
        results: list[AddLeadResult[Lead]] = [
            result async for result in client.add_leads(items, concurrency=1)
        ]
    assert [result.lead and result.lead.id for result in results] == [row["id"] for row in rows]
    errors = [result.error for result in results]
    assert isinstance(errors[1], IdempotencyKeyLostError)
    assert [errors[0], errors[2], errors[3]] == [None] * 3


async def test_every_row_of_an_app_is_made_and_reported(app: Sandbox) -> None:
    before = len(app.leads)
    async with app_client(app) as client:
        items = [(f"row-{number}", new_lead(app)) for number in range(20)]
        results = [result async for result in client.add_leads(items)]
    assert {type(result.error) for result in results} == {IdempotencyKeyLostError}
    assert all(result.lead for result in results)
    assert len(app.leads) == before + 20


@pytest.mark.parametrize(
    "changes",
    [
        {"origin_id": "order"},
        {"origin_id": None},
        {"origin_id": "ORDER-1234"},
        {"title": " Big  order", "person_id": None},
        {"organization_id": 7},
    ],
    ids=str,
)
async def test_response_with_the_title_and_links_that_were_sent_lost_its_key(
    changes: dict[str, Any],
) -> None:
    async with RawServer((success(MINE | changes),)) as server, client_of(server) as client:
        assert isinstance(await raised(client, "add_lead"), IdempotencyKeyLostError)


@pytest.mark.parametrize(
    "row",
    [
        MINE | {"title": "Small order"},
        MINE | {"person_id": 43},
        MINE | {"title": 5},
        {},
    ],
    ids=str,
)
async def test_response_with_another_lead_leaves_the_outcome_unknown(row: dict[str, Any]) -> None:
    """The lead belongs to another request."""
    async with RawServer((success(row),), (EMPTY_PAGE,)) as server, client_of(server) as client:
        error = await raised(client, "add_lead")
        assert isinstance(error, OutcomeUnknownError)
        assert "another lead" in str(error.__cause__)


@pytest.mark.parametrize("data", [None, [], "lead"], ids=repr)
async def test_response_without_a_lead_is_a_decode_error(data: Any) -> None:
    async with RawServer((success(data),)) as server, client_of(server) as client:
        error = await raised(client, "add_lead")
        assert isinstance(error, DecodeError)
        assert (error.operation, error.attempts) == ("addLead", 1)


async def test_lead_is_found_after_a_response_with_another_lead() -> None:
    other, mine = MINE | {"title": "Small order"}, MINE | {"origin_id": KEY}
    responses = (success(other),), (success([other, mine]),)
    async with RawServer(*responses) as server, client_of(server) as client:
        lead = await client.add_lead(ORDER, idempotency_key=KEY)
    assert (lead.id, lead.title) == (ID, "Big order")


async def test_custom_field_that_loses_keys_is_refused_too() -> None:
    async with RawServer((success(MINE),)) as server:
        async with LeadsClient(
            CANARY, base_url=server.url, retry=QUICK, idempotency_field=CAMPAIGN
        ) as client:
            assert isinstance(await raised(client, "add_lead"), IdempotencyKeyLostError)
            error = await raised(client, "add_lead")
            assert isinstance(error, ConfigurationError)
            assert str(error).startswith("idempotency_field must be another text field of leads")
        assert len(server.requests) == 1


async def test_published_app_that_keeps_keys_works_without_a_field(sandbox: Sandbox) -> None:
    sandbox.publish_app(keeps_origin_id=True)
    async with app_client(sandbox) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
        ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (lead.origin, ensured.lead.id, ensured.created) == ("Marketplace", lead.id, False)
    assert operations(sandbox).count("addLead") == 1
