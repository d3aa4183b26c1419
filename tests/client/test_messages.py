"""Test that messages about usual mistakes say what to write instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, cast

import aiohttp
import pytest

from pipedrive_leads_async import (
    AccessToken,
    AddLeadLabelRequest,
    AddLeadRequest,
    ApiToken,
    AuthenticationError,
    Governor,
    InvalidRequestError,
    Lead,
    LeadLabel,
    LeadsClient,
    LeadValue,
    OAuth2,
    Person,
    RetryPolicy,
    SessionManager,
    Timeouts,
    from_dict,
    to_dict,
)
from pipedrive_leads_async.sandbox import Sandbox

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
LEAD: Final = Lead(id=ID, title="Big order", person_id=7)


def new_lead(**values: Any) -> AddLeadRequest:
    arguments: dict[str, Any] = {"title": "Big order", "person_id": 7, **values}
    return AddLeadRequest(**arguments)


def made(kind: Callable[..., Any], **options: Any) -> Any:
    return kind(**options)


def leads_with(**filters: Any) -> Any:
    return client_of().get_leads(**filters)


def client_of(auth: Any = "token", **options: Any) -> LeadsClient:
    return LeadsClient(auth, **options)


async def coroutine() -> str:
    return ID


# What is wrong, and how the message ends.
MISTAKES: Final[dict[str, tuple[Callable[[], Any], str]]] = {
    "custom field by name": (
        lambda: new_lead(custom_fields={"Budget": 5}),
        "pass custom_fields=(await client.get_custom_fields()).write({'Budget': ...})",
    ),
    "custom fields as a list": (lambda: new_lead(custom_fields=[]), "must be a dict, got list"),
    "value as a bool": (
        lambda: new_lead(value=True),
        'got bool: write value=LeadValue(amount=5, currency="EUR")',
    ),
    "value as a class": (
        lambda: new_lead(value=LeadValue),
        'got the class LeadValue: write value=LeadValue(amount=5, currency="EUR")',
    ),
    "labels as one name": (lambda: new_lead(label_ids="Hot"), "got str: write label_ids=[...]"),
    "labels by name": (
        lambda: new_lead(label_ids=["Hot"]),
        "pass a LeadLabel or its id, as get_lead_labels() returns them",
    ),
    "person by name": (
        lambda: new_lead(person_id="Ann"),
        "got str: pass a Person or its id, as search_persons() returns them",
    ),
    "person as digits": (lambda: new_lead(person_id="7"), "got str: convert it with int()"),
    "person of a lead": (lambda: new_lead(person_id=LEAD), "got Lead: pass its .person_id"),
    "organization by name": (
        lambda: new_lead(organization_id="Acme"),
        "pass an Organization or its id, as search_organizations() returns them",
    ),
    "owner by name": (
        lambda: new_lead(owner_id="me"),
        "pass a User or its id, as get_users() returns them",
    ),
    "owner of a lead": (lambda: new_lead(owner_id=LEAD), "got Lead: pass its .owner_id"),
    "title as a number": (lambda: new_lead(title=5), "got int: convert it with str()"),
    "flag as a text": (lambda: new_lead(was_seen="yes"), "got str: write True or False"),
    "date as a text": (
        lambda: new_lead(expected_close_date="2026-01-31"),
        "got str: convert it with date.fromisoformat()",
    ),
    "color in upper case": (
        lambda: AddLeadLabelRequest(name="Hot", color="Red"),
        "color must be in lower case, got 'Red': write 'red'",
    ),
    "session of another kind": (
        lambda: client_of(session="x"),
        "an aiohttp.ClientSession, got str: write session=SessionManager(), or leave it out",
    ),
    "session as a class": (
        lambda: client_of(session=SessionManager),
        "got the class SessionManager: write session=SessionManager(), or leave it out",
    ),
    "session of a manager": (
        lambda: made(SessionManager, session="x"),
        "session must be a ClientSession, got str",
    ),
    "no check of certificates": (
        lambda: made(SessionManager, ssl=False),
        "certificates are always checked: write ssl.create_default_context(cafile=...)",
    ),
    "no timeout": (
        lambda: client_of(timeout=None),
        "number of seconds, got NoneType: write timeout=Timeouts(read=30, deadline=120)",
    ),
    "timeout of aiohttp": (
        lambda: client_of(timeout=aiohttp.ClientTimeout(total=5)),
        "got ClientTimeout: write timeout=Timeouts(read=30, deadline=120)",
    ),
    "timeout as a text": (
        lambda: client_of(timeout="5"),
        "got str: write timeout=Timeouts(read=30, deadline=120)",
    ),
    "timeout as a timedelta": (
        lambda: made(Timeouts, read=dt.timedelta(seconds=5)),
        "got timedelta: pass its total_seconds()",
    ),
    "no retries": (
        lambda: client_of(retry=None),
        "got NoneType: write RetryPolicy(attempts=3); attempts=1 means no retries",
    ),
    "retry as a class": (
        lambda: client_of(retry=RetryPolicy),
        "got the class RetryPolicy: write RetryPolicy(attempts=3); attempts=1 means no retries",
    ),
    "governor as a class": (
        lambda: client_of(governor=Governor),
        "got the class Governor: write Governor()",
    ),
    "credential as a class": (
        lambda: client_of(ApiToken),
        "got the class ApiToken: write ApiToken(...)",
    ),
    "OAuth as a class": (lambda: client_of(OAuth2), "got the class OAuth2: write OAuth2(...)"),
    "credential as a number": (lambda: client_of(5), "AccessToken or OAuth2, got int"),
    "base URL of version 2": (
        lambda: client_of(base_url="https://acme.pipedrive.com/api/v2"),
        "or have no path: write https://<company>.pipedrive.com",
    ),
    "limit as a total": (
        lambda: leads_with(limit=1000),
        "got 1000: it is the size of a page; max_items is the number of leads",
    ),
    "limit as a text": (
        lambda: leads_with(limit="10"),
        "got str: convert it with int()",
    ),
    "archived as a flag": (
        lambda: leads_with(archived_status=True),
        "archived_status must be one of archived, not_archived, all, got bool",
    ),
    "archived in upper case": (
        lambda: leads_with(archived_status="ALL"),
        "archived_status must be one of archived, not_archived, all, got 'ALL'",
    ),
    "since a date": (
        lambda: leads_with(updated_since=dt.date(2026, 1, 31)),
        "got date: pass an aware one, such as datetime(2026, 1, 31, tzinfo=UTC)",
    ),
    "since a text": (
        lambda: leads_with(updated_since="2026-01-31"),
        "got str: pass an aware one, such as datetime(2026, 1, 31, tzinfo=UTC)",
    ),
    "position as a checkpoint": (
        lambda: leads_with(resume_from=100),
        "got int: pass the checkpoint of a LeadPage or of an error",
    ),
    "data before its class": (
        lambda: cast("Any", from_dict)({}, Lead),
        "got dict: write from_dict(Lead, data)",
    ),
    "list of models": (
        lambda: to_dict([LEAD]),
        "got list: write [to_dict(lead) for lead in leads]",
    ),
}


@pytest.mark.parametrize(("make", "end"), MISTAKES.values(), ids=MISTAKES.keys())
def test_message_says_what_to_write(make: Callable[[], Any], end: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    message = str(caught.value)
    # The sentence about Pipedrive's own properties follows the one about custom fields.
    assert message.partition("; Pipedrive's own")[0].endswith(end)


CALLS: Final[dict[str, tuple[Callable[[LeadsClient, Any], Any], object, str]]] = {
    "lead by a number": (
        LeadsClient.get_lead,
        5,
        "; a number is the id of a person, an organization, a user or a deal",
    ),
    "lead by another key": (
        LeadsClient.delete_lead,
        "order-1",
        "got 'order-1': pass a Lead or its id, as get_leads() returns them",
    ),
    "lead by a label": (
        LeadsClient.convert_lead_to_deal,
        LeadLabel(id=ID, name="Hot", color="red"),
        "got LeadLabel: pass a Lead or its id, as get_leads() returns them",
    ),
    "person by a name": (
        LeadsClient.get_person,
        "Ann",
        "got str: pass a Person or its id, as search_persons() returns them",
    ),
    "note by digits": (LeadsClient.get_note, "5", "got str: convert it with int()"),
    "new lead as a dict": (
        LeadsClient.add_lead,
        {"title": "x"},
        "request must be an AddLeadRequest, got dict: write AddLeadRequest(...)",
    ),
    "new lead as a class": (
        LeadsClient.add_lead,
        AddLeadRequest,
        "got the class AddLeadRequest: write AddLeadRequest(...)",
    ),
    "new person as a person": (
        LeadsClient.add_person,
        Person(id=7, name="Ann"),
        "request must be an AddPersonRequest, got Person: write AddPersonRequest(...)",
    ),
    "new note as a text": (
        LeadsClient.add_note,
        "Called",
        "request must be an AddNoteRequest, got str: write AddNoteRequest(...)",
    ),
    "conversion by its id": (
        LeadsClient.wait_for_conversion,
        ID,
        "conversion must be a Conversion, got str: pass that of convert_lead_to_deal()",
    ),
    "deal by digits": (
        LeadsClient.convert_deal_to_lead,
        "5",
        "deal_id must be an int, got str: convert it with int()",
    ),
    "names of an id": (LeadsClient.get_names, ID, "each of leads must be a Lead, got str"),
    "body with a date": (
        lambda client, body: client.request("POST", "/v1/deals", json=body),
        {"day": dt.date(2026, 1, 31)},
        "write dates and times as str in ISO 8601, and models with to_dict()",
    ),
}


@pytest.mark.parametrize(("call", "value", "end"), CALLS.values(), ids=CALLS.keys())
async def test_message_of_an_operation_says_what_to_pass(
    call: Callable[[LeadsClient, Any], Any], value: object, end: str
) -> None:
    with pytest.raises((TypeError, InvalidRequestError)) as caught:
        await call(client_of(), value)
    assert str(caught.value).endswith(end)


async def test_unknown_argument_is_an_error_of_the_public_class() -> None:
    client: Any = client_of()
    with pytest.raises(TypeError, match=r"^LeadsClient\.update_lead\(\) got an unexpected keyword"):
        await client.update_lead(ID, title="x")
    with pytest.raises(TypeError, match=r"^LeadsClient\.add_lead\(\) got an unexpected keyword"):
        await client.addLead(title="x")


def test_method_of_a_users_client_keeps_its_name() -> None:
    class Shop(LeadsClient[Lead]):
        def order(self) -> None:
            """Do nothing."""

    assert Shop.order.__qualname__.endswith("Shop.order")


async def test_coroutine_is_to_be_awaited() -> None:
    forgotten = coroutine()
    with pytest.raises(TypeError, match=r"got a coroutine \(await it\): pass a Lead or its id"):
        await client_of().get_lead(cast("Any", forgotten))
    forgotten.close()


async def test_keyed_item_without_a_key_is_named_by_its_position() -> None:
    items: Any = [("order-1", new_lead()), new_lead()]
    with pytest.raises(TypeError) as caught:
        async for _ in client_of(retry=RetryPolicy(attempts=1)).add_leads(items[1:]):
            pass
    assert str(caught.value) == (
        "items[0] must be a pair (key, AddLeadRequest), got AddLeadRequest: without keys, call "
        "add_lead for each request"
    )


async def test_ended_access_token_leads_to_oauth(sandbox: Sandbox) -> None:
    token = AccessToken(sandbox.access_token)
    sandbox.expire_access_tokens()
    async with LeadsClient(token, base_url=sandbox.url) as client:
        with pytest.raises(AuthenticationError, match="valid for an hour; OAuth2 renews it"):
            await client.get_lead_labels()
