"""Creations with a key: looked for when their fate is unknown, and made once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    AuthenticationError,
    AuthUnavailableError,
    BadRequestError,
    BlockedError,
    ClientClosedError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    DecodeError,
    EnsuredLead,
    InvalidRequestError,
    Lead,
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
    RetryPolicy,
    ServerError,
    TransportError,
    WrongLoopError,
    to_dict,
)
from pipedrive_leads_async._lead_creation import LeadCreationOperations
from pipedrive_leads_async.auth import Authorization
from pipedrive_leads_async.sandbox import Sandbox
from tests.calls import ID, client_of
from tests.raw_server import RawServer, success
from tests.sandbox_api import until

KEY = "order-1234"


def new_lead(sandbox: Sandbox, **fields: Any) -> AddLeadRequest:
    person = sandbox.leads[0]["person_id"]
    return AddLeadRequest(title="Big order", **{"person_id": person, **fields})


def made(sandbox: Sandbox, key: str = KEY) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if lead["origin_id"] == key]


def sent(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def settling(sandbox: Sandbox, settle: float = 0.01, **options: Any) -> LeadsClient:
    retry = RetryPolicy(base=0.001, settle=settle)
    return LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=retry, **options)


# One lead, with a key


async def test_nothing_is_looked_for_before_the_first_attempt(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead"]
    assert not caplog.records


async def test_without_a_key_a_lead_keeps_an_origin_id_of_its_own(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await client.add_lead(new_lead(sandbox, origin_id="mine"))
    assert made(sandbox, "mine") == [lead.id]
    assert not caplog.records


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 500}, {"status": 504}], ids=str)
async def test_a_lead_that_was_made_and_its_answer_lost_is_found(
    client: LeadsClient, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.fail("addLead", after_commit=True, **fault)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead", "getLeads"]


async def test_a_lead_that_was_archived_since_is_found_too(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", delay=0.05)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(made(sandbox)))
    sandbox.archive_lead(made(sandbox)[0])
    lead = await adding
    assert lead.is_archived
    assert sent(sandbox) == ["addLead", "getLeads", "getArchivedLeads"]


@pytest.mark.parametrize(
    ("linked", "looked_through"),
    [
        (["organization_id"], "organization_id"),
        (["person_id"], "person_id"),
        (["person_id", "organization_id"], "person_id"),
    ],
    ids=str,
)
async def test_only_the_leads_of_the_person_or_organization_are_looked_through(
    client: LeadsClient, sandbox: Sandbox, linked: list[str], looked_through: str
) -> None:
    links = {name: sandbox.leads[0][name] for name in linked}
    sandbox.fail("addLead", drop=True, after_commit=True)
    await client.add_lead(AddLeadRequest(title="Big order", **links), idempotency_key=KEY)
    query = sandbox.requests[-1].query
    asked = {name: query[name] for name in ("person_id", "organization_id") if name in query}
    assert asked == {looked_through: str(links[looked_through])}


async def test_a_lead_that_is_not_found_may_still_come_so_it_is_not_sent_again(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True)
    with pytest.raises(OutcomeUnknownError, match=r"ensure_lead with idempotency_key=.order-1234"):
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert sent(sandbox).count("addLead") == 1


async def test_where_the_look_fails_too_the_creation_is_what_is_told(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    sandbox.fail("getLeads", status=403)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert isinstance(caught.value.__cause__, TransportError)
    [note] = caught.value.__notes__
    assert note.startswith("Finding out failed too: getLeads: Pipedrive answered 403")


async def test_there_is_no_look_beyond_the_deadline(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", delay=30.0)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=0.1) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert caught.value.__notes__ == ["Finding out failed too: there was no time left"]


async def test_without_a_key_nothing_is_looked_for(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    with pytest.raises(OutcomeUnknownError, match="look before you send it again"):
        await client.add_lead(new_lead(sandbox))
    assert sent(sandbox) == ["addLead"]


async def test_a_malformed_lead_of_the_person_hides_no_other(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.add_lead(owner_id="seven", person_id=sandbox.leads[0]["person_id"])
    sandbox.fail("addLead", drop=True, after_commit=True)
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]


async def test_what_is_no_lead_at_all_hides_no_lead_either() -> None:
    page = success([5, {"id": ID, "title": "Big order", "origin_id": KEY}])
    async with RawServer((page,)) as server, client_of(server) as client:
        request = AddLeadRequest(title="Big order", person_id=42)
        assert (await client.ensure_lead(request, idempotency_key=KEY)).lead.id == ID


async def test_a_lead_that_is_found_but_malformed_is_said_to_be(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    person = sandbox.leads[0]["person_id"]
    sandbox.add_lead(owner_id="seven", person_id=person, origin_id=KEY)
    with pytest.raises(DecodeError, match="owner_id"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in sent(sandbox)


# Settling


async def test_what_is_not_there_after_settling_is_sent_once_more(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    began = time.monotonic()
    async with settling(sandbox, settle=0.2) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert time.monotonic() - began >= 0.2
    assert made(sandbox) == [lead.id]
    look = ["getLeads", "getArchivedLeads"]
    assert sent(sandbox) == ["addLead", *look, *look, "addLead"]


async def test_what_is_found_at_once_has_no_time_to_settle(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    async with settling(sandbox) as client:
        lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert made(sandbox) == [lead.id]
    assert sent(sandbox) == ["addLead", "getLeads"]


async def test_what_comes_while_it_settles_is_found_and_not_sent_again(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling(sandbox, settle=0.2) as client:
        adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
        await until(lambda: "getArchivedLeads" in sent(sandbox))
        late = sandbox.add_lead(origin_id=KEY, person_id=new_lead(sandbox).person_id)
        assert (await adding).id == late["id"]
    assert sent(sandbox).count("addLead") == 1


async def test_it_is_sent_once_more_and_never_twice(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True, times=9)
    async with settling(sandbox) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert sent(sandbox).count("addLead") == 2


async def test_the_deadline_grows_by_the_time_to_settle(sandbox: Sandbox) -> None:
    sandbox.fail("addLead", drop=True)
    async with settling(sandbox, settle=0.4, timeout=0.3) as client:
        await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    assert len(made(sandbox)) == 1


# One at a time for each key


async def test_calls_with_one_key_at_once_make_one_lead(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.add_lead(request, idempotency_key=KEY) for _ in range(20)]
    assert {lead.id for lead in await asyncio.gather(*calls)} == set(made(sandbox))
    assert len(made(sandbox)) == 1


async def test_of_calls_that_ensure_one_key_at_once_one_has_created_it(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    calls = [client.ensure_lead(request, idempotency_key=KEY) for _ in range(20)]
    ensured = await asyncio.gather(*calls)
    assert [each.created for each in ensured].count(True) == 1
    assert {each.lead.id for each in ensured} == set(made(sandbox))


async def test_calls_with_two_keys_at_once_make_two_leads(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    request = new_lead(sandbox)
    keys = (KEY, "order-1235")
    calls = [client.ensure_lead(request, idempotency_key=key) for key in keys]
    for key, ensured in zip(keys, await asyncio.gather(*calls), strict=True):
        assert made(sandbox, key) == [ensured.lead.id]


@pytest.mark.parametrize("name", ["add_lead", "ensure_lead"])
async def test_another_request_with_the_key_of_one_under_way_is_refused(
    client: LeadsClient, sandbox: Sandbox, name: str
) -> None:
    call = getattr(client, name)
    first = asyncio.create_task(call(new_lead(sandbox), idempotency_key=KEY))
    await asyncio.sleep(0)
    with pytest.raises(InvalidRequestError, match="belongs to another request"):
        await call(new_lead(sandbox, was_seen=True), idempotency_key=KEY)
    await first


async def test_who_is_cancelled_takes_the_creation_from_nobody_else(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05)
    request = new_lead(sandbox)
    first, second = (
        asyncio.create_task(client.add_lead(request, idempotency_key=KEY)) for _ in range(2)
    )
    await until(lambda: sent(sandbox) == ["addLead"])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).id == made(sandbox)[0]
    assert len(made(sandbox)) == 1


async def test_the_last_who_is_cancelled_ends_the_creation_and_can_ensure_it_later(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", delay=0.05, after_commit=True)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: bool(made(sandbox)))
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert not ensured.created
    assert made(sandbox) == [ensured.lead.id]


# Ensuring


async def test_a_lead_is_ensured_once_in_any_number_of_processes(sandbox: Sandbox) -> None:
    ensured: list[EnsuredLead[Lead]] = []
    for _ in range(3):
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            ensured.append(await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY))
    assert [each.created for each in ensured] == [True, False, False]
    assert {each.lead.id for each in ensured} == set(made(sandbox))


async def test_a_lead_whose_answer_was_lost_was_created_all_the_same(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", drop=True, after_commit=True)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.created
    assert made(sandbox) == [ensured.lead.id]


async def test_an_archived_lead_is_there_too(client: LeadsClient, sandbox: Sandbox) -> None:
    lead = await client.add_lead(new_lead(sandbox), idempotency_key=KEY)
    sandbox.archive_lead(lead.id)
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert (ensured.lead.id, ensured.created) == (lead.id, False)


async def test_the_oldest_of_several_is_the_one(client: LeadsClient, sandbox: Sandbox) -> None:
    person = new_lead(sandbox).person_id
    first, _ = (sandbox.add_lead(origin_id=KEY, person_id=person) for _ in range(2))
    ensured = await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert ensured.lead.id == first["id"]


async def test_where_it_cannot_look_it_does_not_add(client: LeadsClient, sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", status=500, times=9)
    with pytest.raises(ServerError):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=KEY)
    assert "addLead" not in sent(sandbox)


async def test_bad_keys_reach_no_server(client: LeadsClient, sandbox: Sandbox) -> None:
    request: Any
    for request in (to_dict(new_lead(sandbox)), None):
        for call in (client.add_lead, client.ensure_lead):
            with pytest.raises(TypeError, match=r"^request is AddLeadRequest"):
                await call(request, idempotency_key=KEY)
    no_text: Any = 5
    with pytest.raises(TypeError, match=r"^idempotency_key is a str"):
        await client.ensure_lead(new_lead(sandbox), idempotency_key=no_text)
    with pytest.raises(InvalidRequestError, match="origin_id, which request has already"):
        await client.ensure_lead(new_lead(sandbox, origin_id="mine"), idempotency_key=KEY)
    assert not sandbox.requests


# Many leads


async def test_each_item_gets_its_result(client: LeadsClient, sandbox: Sandbox) -> None:
    items = [(f"row-{row}", new_lead(sandbox, was_seen=row % 2 == 0)) for row in range(50)]
    results = {result.key: result async for result in client.add_leads(items)}
    assert set(results) == {key for key, _ in items}
    for key, request in items:
        lead = results[key].lead
        assert lead is not None
        assert made(sandbox, key) == [lead.id]
        assert lead.was_seen == request.was_seen


async def test_one_bad_row_fails_no_other(client: LeadsClient, sandbox: Sandbox) -> None:
    bad: Any = {"title": "Not a request"}
    no_key: Any = ["d"]
    items = [
        ("a", new_lead(sandbox)),
        ("b", AddLeadRequest(title="Nobody's", person_id=999_999_999)),
        ("c", bad),
        (no_key, new_lead(sandbox)),
        ("a", new_lead(sandbox)),
        ("z", new_lead(sandbox)),
    ]
    results = [result async for result in client.add_leads(items, concurrency=1)]
    assert [type(result.error) for result in results] == [
        type(None),
        BadRequestError,
        TypeError,
        TypeError,
        InvalidRequestError,
        type(None),
    ]
    assert [result.key for result in results] == [key for key, _ in items]
    assert str(results[3].error) == "idempotency_key is a str, got list"
    assert "was in items before" in str(results[4].error)
    assert len(made(sandbox, "a")) == len(made(sandbox, "z")) == 1


async def test_items_are_taken_when_there_is_room_for_them(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    taken: list[int] = []

    async def items() -> AsyncIterator[tuple[str, AddLeadRequest]]:
        for row in range(100):
            taken.append(row)
            yield f"row-{row}", new_lead(sandbox)

    adding = client.add_leads(items(), concurrency=3)
    for results in range(1, 5):
        await anext(adding)
        assert len(taken) <= results + 3
    await adding.aclose()


async def test_after_the_daily_budget_what_is_under_way_comes_first() -> None:
    with Sandbox(leads=5, burst=None, daily_tokens=55) as sandbox:
        items = ((f"row-{row}", new_lead(sandbox)) for row in range(100))
        keys: list[str] = []
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            with pytest.raises(DailyBudgetExhaustedError):
                async for result in client.add_leads(items, concurrency=4):
                    assert result.error is None
                    keys.append(result.key)
        there = [lead["origin_id"] for lead in sandbox.leads if lead["origin_id"] is not None]
        assert sorted(keys) == sorted(there)
        assert sent(sandbox).count("addLead") < 12


async def test_what_would_fail_every_row_ends_them_all(sandbox: Sandbox) -> None:
    items = [(f"row-{row}", new_lead(sandbox)) for row in range(100)]
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        sandbox.revoke()
        with pytest.raises(AuthenticationError):
            await anext(client.add_leads(items))
        url = sandbox.url
    assert len(sandbox.requests) <= 8
    sandbox.stop()
    retry = RetryPolicy(attempts=1)
    async with LeadsClient(sandbox.api_token, base_url=url, retry=retry) as client:
        with pytest.raises(ConnectionFailedError):
            await anext(client.add_leads(items))


@pytest.mark.parametrize(
    "error",
    [
        AuthUnavailableError("no token can be got"),
        BlockedError(status=403),
        ClientClosedError(),
        WrongLoopError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_else_would_fail_every_row_ends_them_all(
    sandbox: Sandbox, error: PipedriveError
) -> None:
    class LettingNobodyIn:
        async def authorization(self) -> Authorization:
            raise error

        async def renewed(self, refused: Authorization) -> Authorization | None:
            return None

        async def settle(self) -> None:
            pass

    items = [(f"row-{row}", new_lead(sandbox)) for row in range(100)]
    async with LeadsClient(LettingNobodyIn(), base_url=sandbox.url) as client:
        with pytest.raises(type(error)):
            await anext(client.add_leads(items))


@pytest.mark.parametrize(("item", "got"), [(None, "NoneType"), (("a",), "tuple"), ("ab", "str")])
async def test_an_item_that_is_no_pair_ends_the_rest_and_says_where(
    client: LeadsClient, sandbox: Sandbox, item: Any, got: str
) -> None:
    items = [("a", new_lead(sandbox)), item, ("b", new_lead(sandbox))]
    adding = client.add_leads(items, concurrency=1)
    assert (await anext(adding)).key == "a"
    pair = r"a pair \(key, AddLeadRequest\)"
    with pytest.raises(TypeError, match=f"^each of items is {pair}, got {got} after 1 others$"):
        await anext(adding)


async def test_a_key_that_pipedrive_may_change_is_refused(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    with pytest.raises(InvalidRequestError, match="begins or ends with white space"):
        await client.add_lead(new_lead(sandbox), idempotency_key="order-1234 ")
    assert not sandbox.requests


async def test_a_key_that_pipedrive_did_not_keep_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed = success({"id": ID, "title": "Big order", "origin_id": "order"})
    async with RawServer((changed,)) as server, client_of(server) as client:
        request = AddLeadRequest(title="Big order", person_id=42)
        assert (await client.add_lead(request, idempotency_key=KEY)).id == ID
    [record] = caplog.records
    assert record.name == "pipedrive_leads_async"
    assert f"did not keep the key of lead {ID}" in record.message


async def test_a_client_that_is_closed_does_not_wait_for_the_time_to_settle(
    sandbox: Sandbox,
) -> None:
    sandbox.fail("addLead", drop=True)
    client = settling(sandbox, settle=60.0)
    adding = asyncio.create_task(client.add_lead(new_lead(sandbox), idempotency_key=KEY))
    await until(lambda: "getArchivedLeads" in sent(sandbox))
    await client.aclose()
    with pytest.raises(OutcomeUnknownError):
        await asyncio.wait_for(adding, 5.0)


async def test_who_gets_it_first_has_created_it_though_another_began(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads", delay=0.05)
    request = new_lead(sandbox)
    first, second, third = (
        asyncio.create_task(client.ensure_lead(request, idempotency_key=KEY)) for _ in range(3)
    )
    await until(lambda: sent(sandbox) == ["getLeads"])
    first.cancel()
    ensured = await asyncio.gather(second, third)
    assert sorted(each.created for each in ensured) == [False, True]


@pytest.mark.parametrize("items", [None, 5, "rows", b"rows"], ids=repr)
def test_items_that_are_none_are_refused_at_once(client: LeadsClient, items: Any) -> None:
    pairs = r"a sync or async iterable of pairs \(key, AddLeadRequest\)"
    with pytest.raises(TypeError, match=f"^items is {pairs}, got {type(items).__name__}$"):
        client.add_leads(items)


def test_a_concurrency_of_none_is_refused_at_once(client: LeadsClient) -> None:
    with pytest.raises(InvalidRequestError, match=r"^concurrency is at least 1"):
        client.add_leads([], concurrency=0)


def test_pipedrives_own_operation_id_is_the_same_method() -> None:
    assert vars(LeadCreationOperations)["addLead"] is vars(LeadCreationOperations)["add_lead"]
