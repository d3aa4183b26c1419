"""Test the operations on one lead."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    Lead,
    LeadLabel,
    LeadsClient,
    LeadValue,
    UpdateLeadRequest,
    VisibleTo,
    from_dict,
)
from pipedrive_leads_async.errors import (
    BadRequestError,
    DecodeError,
    InvalidRequestError,
    NotFoundError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import ID, LEAD, client_of
from tests.support.raw_server import RawServer, ScriptedResponse, success

HOT, WARM, COLD = (f"aecece6{i}-c069-11eb-93bf-b59c4f1731e6" for i in range(3))

NOT_IDS = [
    "",
    "42",
    "../persons/1",
    f"{ID}/",
    f"{ID}?x=1",
    f"{ID}\n",
    f"%2e%2e/{ID}",
    ID.replace("8", "\N{FULLWIDTH DIGIT EIGHT}"),
    "x" * 10_000,
]


def new_lead(sandbox: Sandbox, **more: Any) -> AddLeadRequest:
    """Return a request for a lead of a person that exists in the sandbox."""
    return AddLeadRequest(title="Big order", person_id=sandbox.leads[0]["person_id"], **more)


# Get


async def test_lead_has_every_value_that_the_server_has(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    for stored in sandbox.leads[:5]:
        assert await client.get_lead(stored["id"]) == from_dict(Lead, stored)


async def test_archived_lead_is_returned(client: LeadsClient, sandbox: Sandbox) -> None:
    id = sandbox.leads[0]["id"]
    sandbox.archive_lead(id)
    assert (await client.get_lead(id)).is_archived is True


async def test_missing_lead_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^getLead: "):
        await client.get_lead(ID)


# Add


async def test_added_lead_has_every_value_of_the_request(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    [label, *_] = await client.get_lead_labels()
    values: dict[str, Any] = {
        "title": "Big order",
        "person_id": sandbox.leads[0]["person_id"],
        "label_ids": (label.id,),
        "value": LeadValue(amount=1200.5, currency="EUR"),
        "expected_close_date": dt.date(2027, 1, 31),
        "visible_to": VisibleTo.LEVEL_3,
        "was_seen": True,
        "origin_id": "mine",
    }
    lead = await client.add_lead(AddLeadRequest(**values))
    assert {name: getattr(lead, name) for name in values} == values
    assert lead == from_dict(Lead, sandbox.leads[-1])


async def test_fields_left_out_are_not_sent(client: LeadsClient, sandbox: Sandbox) -> None:
    await client.add_lead(new_lead(sandbox))
    assert set(sandbox.requests[-1].body) == {"title", "person_id"}


async def test_idempotency_key_becomes_the_origin_id(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key="order 1/ä")
    assert lead.origin_id == "order 1/ä"
    assert sandbox.requests[-1].body["origin_id"] == "order 1/ä"


@pytest.mark.parametrize("origin_id", ["mine", None])
async def test_key_and_origin_id_together_are_refused(
    client: LeadsClient, sandbox: Sandbox, origin_id: str | None
) -> None:
    request = new_lead(sandbox, origin_id=origin_id)
    with pytest.raises(InvalidRequestError, match="but request has an origin_id too"):
        await client.add_lead(request, idempotency_key="order-1")
    assert not sandbox.requests


async def test_refused_lead_is_a_bad_request_error(client: LeadsClient) -> None:
    reason = '"person_id" must be the id of a person'
    with pytest.raises(BadRequestError, match=f"body is invalid. {reason}"):
        await client.add_lead(AddLeadRequest(title="Big order", person_id=999_999_999))


# Update


async def test_update_changes_only_the_fields_that_are_set(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    before = from_dict(Lead, sandbox.add_lead(value={"amount": 5, "currency": "EUR"}))
    after = await client.update_lead(before.id, UpdateLeadRequest(title="New", value=None))
    assert sandbox.requests[-1].body == {"title": "New", "value": None}
    assert after == attrs.evolve(before, title="New", value=None, update_time=after.update_time)


async def test_update_of_a_missing_lead_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^updateLead: "):
        await client.update_lead(ID, UpdateLeadRequest(title="New"))


# Change labels


def labelled(*label_ids: str) -> ScriptedResponse:
    return (success(LEAD | {"label_ids": label_ids}),)


@pytest.mark.parametrize(
    ("add", "remove", "written"),
    [
        ([WARM], [], [HOT, COLD, WARM]),
        ([WARM, WARM, HOT], [], [HOT, COLD, WARM]),
        ([], [HOT], [COLD]),
        ([], [COLD, HOT, WARM], []),
        ([WARM], [HOT], [COLD, WARM]),
        ({WARM}, (HOT, COLD), [WARM]),
        (iter([LeadLabel(id=WARM, name="Warm")]), [LeadLabel(id=HOT, name="Hot")], [COLD, WARM]),
        ([WARM.upper()], [HOT.upper()], [COLD, WARM]),
    ],
    ids=[
        "add",
        "add existing ones",
        "remove",
        "remove all",
        "add and remove",
        "set and tuple",
        "LeadLabel objects",
        "upper case",
    ],
)
async def test_change_of_labels_keeps_the_order_of_the_others(
    add: Any, remove: Any, written: list[str]
) -> None:
    async with RawServer(labelled(HOT, COLD), labelled(*written)) as server:
        async with client_of(server) as client:
            lead = await client.change_lead_labels(ID, add=add, remove=remove)
        read, write = server.requests
    assert (read.method, read.target, read.body) == ("GET", f"/v1/leads/{ID}", b"")
    assert (write.method, write.target) == ("PATCH", f"/v1/leads/{ID}")
    assert write.json == {"label_ids": written}
    assert lead.label_ids == tuple(written)


@pytest.mark.parametrize(
    ("add", "remove"),
    [([HOT], []), ([], [WARM]), ([COLD, HOT], [WARM])],
    ids=["add existing", "remove missing", "both"],
)
async def test_labels_that_do_not_change_are_not_sent(add: Any, remove: Any) -> None:
    async with RawServer(labelled(HOT, COLD)) as server, client_of(server) as client:
        lead = await client.change_lead_labels(ID, add=add, remove=remove)
        assert [request.method for request in server.requests] == ["GET"]
    assert lead.label_ids == (HOT, COLD)


async def test_labels_are_changed_in_the_sandbox(client: LeadsClient, sandbox: Sandbox) -> None:
    first, second, *_ = await client.get_lead_labels()
    id = sandbox.add_lead(label_ids=[first.id])["id"]
    lead = await client.change_lead_labels(id, add=[second], remove=[first])
    assert lead == await client.get_lead(id)
    assert lead.label_ids == (second.id,)


async def test_change_of_labels_of_a_missing_lead_is_a_not_found_error(client: LeadsClient) -> None:
    with pytest.raises(NotFoundError, match=r"^getLead: "):
        await client.change_lead_labels(ID, add=[HOT])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "add and remove are both empty"),
        ({"add": [], "remove": iter(())}, "add and remove are both empty"),
        ({"add": [HOT, WARM], "remove": [COLD, WARM]}, f"add and remove both contain {WARM}"),
        ({"add": [HOT], "remove": [HOT.upper()]}, f"add and remove both contain {HOT}"),
        ({"add": ["Hot"]}, r"add\[0\] must be a UUID"),
        ({"remove": [HOT, ""]}, r"remove\[1\] must be a UUID"),
        ({"id": "42", "add": [HOT]}, "id must be a UUID"),
    ],
    ids=[
        "left out",
        "empty",
        "common label",
        "common label in upper case",
        "name",
        "empty id",
        "invalid lead id",
    ],
)
async def test_invalid_change_of_labels_is_refused_before_any_request(
    arguments: dict[str, Any], message: str, client: LeadsClient, sandbox: Sandbox
) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        await client.change_lead_labels(**{"id": ID, **arguments})
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (HOT, r" must be a list of labels or their ids, got str: write {}=\[\.\.\.\]$"),
        (LeadLabel(id=HOT, name="Hot"), " must be a list of labels or their ids, got LeadLabel"),
        (None, " must be a list of labels or their ids, got NoneType"),
        ([5], r"\[0\] must be a str \(a UUID\), got int"),
    ],
    ids=["str", "LeadLabel", "None", "list of int"],
)
@pytest.mark.parametrize("name", ["add", "remove"])
async def test_labels_of_another_type_are_refused_by_name(
    name: str, labels: Any, message: str, client: LeadsClient, sandbox: Sandbox
) -> None:
    with pytest.raises(TypeError, match=f"^{name}{message.format(name)}"):
        await client.change_lead_labels(ID, **{name: labels})
    assert not sandbox.requests


# Users


@pytest.mark.parametrize(
    ("data", "user_ids"),
    [([10100010, 22302444], [10100010, 22302444]), ([], []), (None, [])],
    ids=["two", "empty", "null"],
)
async def test_users_of_a_lead_are_returned_by_id(data: object, user_ids: list[int]) -> None:
    async with RawServer((success(data),)) as server, client_of(server) as client:
        assert await client.get_lead_users(ID) == user_ids
        [request] = server.requests
    assert (request.method, request.target) == ("GET", f"/v1/leads/{ID}/permittedUsers")
    assert request.body == b""


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ([1, True], ("$.data[1]: expected int, got bool",)),
        (
            ["1", 2, None, 3.0],
            (
                "$.data[0]: expected int, got str",
                "$.data[2]: expected int, got NoneType",
                "$.data[3]: expected int, got float",
            ),
        ),
        ({"1": 1}, ("$.data: expected list, got dict",)),
    ],
    ids=["bool", "other types", "object"],
)
async def test_malformed_user_ids_are_an_error_with_their_paths(
    data: object, paths: tuple[str, ...]
) -> None:
    async with RawServer((success(data),)) as server, client_of(server) as client:
        with pytest.raises(
            DecodeError, match=r"^getLeadUsers: the response is not a list"
        ) as caught:
            await client.get_lead_users(ID)
    assert (caught.value.paths, caught.value.raw) == (paths, data)


# Delete


async def test_deleted_lead_is_gone_and_its_id_is_returned(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    id = sandbox.leads[0]["id"]
    assert await client.delete_lead(id) == id
    assert id not in {lead["id"] for lead in sandbox.leads}
    with pytest.raises(NotFoundError, match=r"^deleteLead: "):
        await client.delete_lead(id)


# Invalid arguments


@pytest.mark.parametrize("id", NOT_IDS, ids=lambda text: repr(text[:40]))
async def test_invalid_id_is_refused_before_any_request(
    client: LeadsClient, sandbox: Sandbox, id: str
) -> None:
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.get_lead(id)
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.update_lead(id, UpdateLeadRequest(title="New"))
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.delete_lead(id)
    with pytest.raises(InvalidRequestError, match=r"^id must be a UUID"):
        await client.get_lead_users(id)
    assert not sandbox.requests


async def test_arguments_of_another_type_are_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    anything: Any = {"title": "Big order"}
    with pytest.raises(TypeError, match=r"^id must be a str"):
        await client.get_lead(anything)
    with pytest.raises(TypeError, match=r"^request must be an AddLeadRequest"):
        await client.add_lead(anything)
    with pytest.raises(TypeError, match=r"^request must be an UpdateLeadRequest"):
        await client.update_lead(ID, anything)
    with pytest.raises(TypeError, match=r"^idempotency_key must be a str"):
        await client.add_lead(new_lead(sandbox), idempotency_key=anything)
    with pytest.raises(InvalidRequestError, match=r"^idempotency_key is empty"):
        await client.add_lead(new_lead(sandbox), idempotency_key=" ")
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("operation_id", "method"),
    [
        ("getLead", "get_lead"),
        ("addLead", "add_lead"),
        ("updateLead", "update_lead"),
        ("deleteLead", "delete_lead"),
        ("getLeadUsers", "get_lead_users"),
    ],
)
def test_methods_have_aliases_with_their_operation_ids(operation_id: str, method: str) -> None:
    assert getattr(LeadsClient, operation_id) is getattr(LeadsClient, method)
