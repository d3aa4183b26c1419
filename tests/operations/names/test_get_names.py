"""Test `get_names`: the names, the requests for them, and what is remembered."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from pipedrive_leads_async import (
    AccessToken,
    AddLeadLabelRequest,
    ClientClosedError,
    DecodeError,
    InvalidRequestError,
    Lead,
    LeadNames,
    LeadsClient,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    SessionManager,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.names.named_leads import ids_in, lead_of, leads_of_persons, operations_in
from tests.support.calls import QUICK, client_of
from tests.support.clock import Clock, ClockedSessionManager
from tests.support.raw_server import RawServer, success

EVERYTHING = ["getLeadFields", "getLeadLabels", "getOrganizations", "getPersons", "getUsers"]


async def everything(client: LeadsClient, sandbox: Sandbox) -> Lead:
    """Return a lead that is linked to everything, without a request in the log."""
    [label, *_] = await client.get_lead_labels()
    user = sandbox.users[1].id
    return lead_of(owner_id=user, person_id=1, organization_id=2, channel=8, label_ids=(label.id,))


# Names


async def test_all_names_of_a_lead_are_read_by_one_request_each(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    lead = await everything(client, sandbox)
    before = len(sandbox.requests)
    names = await client.get_names(lead)
    person = await client.request("GET", "/api/v2/persons/1")
    organization = await client.request("GET", "/api/v2/organizations/2")
    assert names.owner(lead) == "Marco Silva"
    assert names.person(lead) == person["name"]
    assert names.organization(lead) == organization["name"]
    assert names.labels(lead) == ("Hot",)
    assert names.channel(lead) == "Marketplace"
    assert len(names.owners) == len(names.labels) == 3
    assert sorted(map(str, operations_in(sandbox)[before:-2])) == EVERYTHING


async def test_only_the_parts_that_leads_have_are_requested(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    assert await client.get_names([]) == LeadNames()
    assert await client.get_names(lead_of(), refresh=True) == LeadNames()
    assert await client.get_names(leads_of_persons(1), only=()) == LeadNames()
    assert not sandbox.requests
    lead = lead_of(owner_id=1, person_id=1, channel=8)
    names = await client.get_names(lead, only={"person"})
    assert (names.person(lead) is not None, names.owner(lead)) == (True, None)
    assert operations_in(sandbox) == ["getPersons"]


async def test_names_of_3000_persons_of_10_000_leads_take_30_requests(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    leads = [lead_of(person_id=1 + n % 3000) for n in range(10_000)]
    names = await client.get_names(leads)
    assert names.persons.keys() == set(range(1, 81))  # the others do not exist
    assert operations_in(sandbox) == ["getPersons"] * 30
    requested = Counter(id for batch in ids_in(sandbox) for id in batch)
    assert requested == Counter(range(1, 3001))


async def test_any_iterable_of_leads_is_read_once(client: LeadsClient, sandbox: Sandbox) -> None:
    def leads() -> Iterator[Lead]:
        yield from leads_of_persons(2, 1, 2)

    names = await client.get_names(leads())
    assert names.persons.keys() == {1, 2}
    assert ids_in(sandbox) == [[1, 2]]


async def test_values_that_are_no_ids_are_not_requested(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    strange: list[Any] = [0, -5, True, "7", 2.0, None]
    leads = [lead_of(owner_id=id, person_id=id, label_ids=("",)) for id in strange]
    assert await client.get_names(leads) == LeadNames()
    assert not sandbox.requests


async def test_other_malformed_properties_do_not_hide_names() -> None:
    rows = [{"id": 7, "name": "Ann", "lang": "x"}, {"id": 8, "name": None}]
    async with RawServer((success(rows),)) as server, client_of(server) as client:
        names = await client.get_names([lead_of(owner_id=7), lead_of(owner_id=8)])
        assert names.owners == {7: "Ann"}
        server.responses[:] = [(success([{"id": 7, "name": 5}, {"id": 8, "name": "Bo"}]),)]
        assert (await client.get_names(leads_of_persons(7, 8))).persons == {8: "Bo"}
        server.responses[:] = [(success({"id": 7}),)]
        with pytest.raises(DecodeError, match=r"^getOrganizations: .* not a list"):
            await client.get_names(lead_of(organization_id=7))


async def test_row_of_an_id_that_was_not_requested_is_ignored() -> None:
    rows = [{"id": 7, "name": "Ann"}, {"id": 8, "name": "Bo"}]
    async with RawServer((success(rows),)) as server, client_of(server) as client:
        assert (await client.get_names(leads_of_persons(7))).persons == {7: "Ann"}


async def test_channel_is_read_from_the_options_of_its_field() -> None:
    options = [{"id": 8, "label": "Fair"}, {"id": "9", "label": "Ads"}, {"id": "x", "label": "-"}]
    rows: list[object] = [
        {"key": "title", "name": 5},
        {"key": "channel", "name": "Channel", "options": options},
        [],
    ]
    async with RawServer((success(rows),)) as server, client_of(server) as client:
        names = await client.get_names([lead_of(channel=8), lead_of(channel=9)])
        assert names.channels == {8: "Fair", 9: "Ads"}
        malformed = {"key": "channel", "name": 5, "options": options}
        server.responses[:] = [(success([malformed]),)]
        names = await client.get_names(lead_of(channel=8), refresh=True)
        assert names.channels == {8: "Fair", 9: "Ads"}


# What is remembered


async def test_known_names_are_not_requested_again(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await everything(client, sandbox)
    names = await client.get_names(lead)
    before = len(sandbox.requests)
    assert await client.get_names([lead, lead]) == names
    assert len(sandbox.requests) == before
    await client.get_names([lead, *leads_of_persons(3, 1)])
    assert ids_in(sandbox)[-1] == [3]


async def test_names_are_remembered_for_all_clients_of_the_account(sandbox: Sandbox) -> None:
    async with SessionManager() as manager:
        for _ in range(3):
            async with LeadsClient(
                sandbox.api_token, base_url=sandbox.url, session=manager
            ) as client:
                assert (await client.get_names(leads_of_persons(1, 2))).persons.keys() == {1, 2}
    assert len(sandbox.requests) == 1


async def test_changing_the_result_does_not_change_what_is_remembered(
    client: LeadsClient,
) -> None:
    lead = lead_of(owner_id=1, person_id=1)
    names = await client.get_names(lead)
    for mapping in (names.owners, names.persons):
        changeable: Any = mapping
        changeable.clear()
    names = await client.get_names(lead)
    assert names.person(lead)
    assert names.owners


async def test_refresh_reads_everything_again(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await everything(client, sandbox)
    await client.get_names(lead)
    before = len(sandbox.requests)
    assert (await client.get_names(lead, refresh=True)).person(lead)
    assert sorted(map(str, operations_in(sandbox)[before:])) == EVERYTHING


async def test_missing_and_invisible_persons_are_remembered(sandbox: Sandbox) -> None:
    first, marco, _ = sandbox.users
    private = sandbox.add_person(name="Ann", visible_to=1, owner_id=first.id)["id"]
    leads = leads_of_persons(1, private, 999)
    async with LeadsClient(marco.api_token, base_url=sandbox.url) as client:
        for _ in range(2):
            assert (await client.get_names(leads)).persons.keys() == {1}
    assert ids_in(sandbox) == [[1, private, 999]]


async def test_unknown_owner_is_read_again_once(client: LeadsClient, sandbox: Sandbox) -> None:
    known = lead_of(owner_id=sandbox.users[0].id)
    await client.get_names([known, lead_of(owner_id=5)])
    assert operations_in(sandbox) == ["getUsers"]
    new = lead_of(owner_id=sandbox.add_user("Ann Lee").id)
    for _ in range(3):
        names = await client.get_names([known, new, lead_of(owner_id=5)])
        assert names.owner(new) == "Ann Lee"
    assert operations_in(sandbox) == ["getUsers"] * 2
    for _ in range(3):
        await client.get_names([new, lead_of(owner_id=6)])
    assert operations_in(sandbox) == ["getUsers"] * 3


async def test_unknown_label_is_read_again_once(client: LeadsClient, sandbox: Sandbox) -> None:
    [label, *_] = await client.get_lead_labels()
    await client.get_names(lead_of(label_ids=(label.id,)))
    new = await client.add_lead_label(AddLeadLabelRequest(name="Urgent", color="red"))
    before = len(sandbox.requests)
    lead = lead_of(label_ids=(new.id, label.id, "8ba414d0-8ad8-11ef-9e9e-07879dd74146"))
    for _ in range(3):
        assert (await client.get_names(lead)).labels(lead) == ("Urgent", label.name)
    assert operations_in(sandbox)[before:] == ["getLeadLabels"]


# Failures


async def test_part_without_permission_is_left_out_with_one_warning(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = lead_of(owner_id=sandbox.users[0].id, person_id=1)
    sandbox.fail("getUsers", status=403, times=2)
    clock = Clock()
    async with (
        ClockedSessionManager(clock) as manager,
        LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager) as client,
    ):
        for _ in range(3):
            names = await client.get_names(lead)
            assert (names.person(lead) is not None, names.owner(lead)) == (True, None)
        [record] = [each for each in caplog.records if each.levelno >= logging.WARNING]
        assert "names of owners are left out" in record.getMessage()
        assert "scope users:read" in record.getMessage()
        assert vars(record)["operation"] == "getUsers"
        assert operations_in(sandbox).count("getUsers") == 1
        assert (await client.get_names(lead, refresh=True)).owner(lead) is None
        clock.skip(601.0)
        assert (await client.get_names(lead)).owner(lead) == "Aino Kask"
    assert operations_in(sandbox).count("getUsers") == 3


async def test_part_without_its_oauth_scope_is_left_out(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.change_scopes("leads:read", "contacts:read")
    token = AccessToken(sandbox.install_app()["access_token"])
    lead = lead_of(owner_id=sandbox.users[0].id, person_id=1)
    async with LeadsClient(token, base_url=sandbox.url) as client:
        names = await client.get_names(lead)
    assert (names.person(lead) is not None, names.owner(lead)) == (True, None)
    assert "an OAuth token needs the scope users:read" in caplog.text


async def test_persons_without_permission_are_left_out(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getPersons", status=403)
    names = await client.get_names(lead_of(person_id=1, organization_id=1))
    assert (len(names.persons), len(names.organizations)) == (0, 1)


@pytest.mark.parametrize(("status", "kind"), [(500, ServerError), (404, NotFoundError)])
@pytest.mark.parametrize("operation", EVERYTHING)
async def test_any_other_error_is_raised_and_the_next_call_requests_again(
    sandbox: Sandbox, operation: str, status: int, kind: type[Exception]
) -> None:
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=QUICK) as client:
        lead = await everything(client, sandbox)
        sandbox.fail(operation, status=status, times=3)
        with pytest.raises(kind, match=f"^{operation}: "):
            await client.get_names(lead)
        sandbox.clear_failures()
        names = await client.get_names(lead)
    found = names.owner(lead), names.person(lead), names.organization(lead), names.channel(lead)
    assert all((*found, names.labels(lead)))


async def test_deadline_counts_each_request(sandbox: Sandbox) -> None:
    sandbox.fail("getPersons", delay=30.0)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=0.05) as client:
        with pytest.raises(RequestTimeoutError, match=r"^getPersons: "):
            await client.get_names(leads_of_persons(1))


async def test_closed_client_sends_nothing(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    await client.aclose()
    for lead, operation in (
        (lead_of(owner_id=1), "getUsers"),
        (lead_of(person_id=1), "getPersons"),
    ):
        with pytest.raises(ClientClosedError, match=f"^{operation}: "):
            await client.get_names(lead)
    assert not sandbox.requests


# Arguments


async def async_leads() -> AsyncGenerator[Lead, None]:
    yield lead_of()


@pytest.mark.parametrize(
    ("leads", "message"),
    [
        (None, "leads must be a Lead or an iterable of leads, got NoneType: "),
        (async_leads(), "leads must be a Lead or .*, got async_generator: pass the leads of each"),
        ("abc", "each of leads must be a Lead, got str"),
        ([lead_of(), {"id": 1}], "each of leads must be a Lead, got dict"),
    ],
    ids=["None", "async", "str", "dict"],
)
async def test_anything_but_leads_is_refused(
    client: LeadsClient, sandbox: Sandbox, leads: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        await client.get_names(leads)
    assert not sandbox.requests


async def test_invalid_option_is_refused(client: LeadsClient, sandbox: Sandbox) -> None:
    wrong: Any
    for wrong in ("owner", 5, {"owner": 1}):
        with pytest.raises(TypeError, match=r"^only must be a list of parts, got "):
            await client.get_names(leads_of_persons(1), only=wrong)
    for wrong in (["owners"], [5], [["owner"]]):
        with pytest.raises(InvalidRequestError, match=r"^only must contain owner, person, "):
            await client.get_names(leads_of_persons(1), only=wrong)
    with pytest.raises(TypeError, match=r"^refresh must be a bool"):
        wrong = 1
        await client.get_names(leads_of_persons(1), refresh=wrong)
    assert not sandbox.requests
