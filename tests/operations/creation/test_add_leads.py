"""`add_leads` makes many leads at once, each once, and gives each its result."""

from __future__ import annotations

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
    InvalidRequestError,
    LeadsClient,
    PipedriveError,
    RetryPolicy,
    WrongLoopError,
)
from pipedrive_leads_async._http.authorization import Authorization
from pipedrive_leads_async.sandbox import Sandbox
from tests.operations.creation.new_leads import made, new_lead, sent


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
    assert str(results[3].error) == "idempotency_key must be a str, got list"
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
    with pytest.raises(
        TypeError, match=f"^each of items must be {pair}, got {got} after 1 others$"
    ):
        await anext(adding)


@pytest.mark.parametrize("items", [None, 5, "rows", b"rows"], ids=repr)
def test_items_that_are_none_are_refused_at_once(client: LeadsClient, items: Any) -> None:
    pairs = r"a sync or async iterable of pairs \(key, AddLeadRequest\)"
    with pytest.raises(TypeError, match=f"^items must be {pairs}, got {type(items).__name__}$"):
        client.add_leads(items)


def test_a_concurrency_of_none_is_refused_at_once(client: LeadsClient) -> None:
    with pytest.raises(InvalidRequestError, match=r"^concurrency must be at least 1"):
        client.add_leads([], concurrency=0)
