"""Test how `add_leads` creates many leads concurrently."""

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
from tests.operations.creation.new_leads import created, new_lead, operations
from tests.support.credentials import auth_with


async def test_each_item_yields_one_result(client: LeadsClient, sandbox: Sandbox) -> None:
    items = [(f"row-{row}", new_lead(sandbox, was_seen=row % 2 == 0)) for row in range(50)]
    results = {result.key: result async for result in client.add_leads(items)}
    assert set(results) == {key for key, _ in items}
    for key, request in items:
        lead = results[key].lead
        assert lead is not None
        assert created(sandbox, key) == [lead.id]
        assert lead.was_seen == request.was_seen


async def test_invalid_item_does_not_fail_the_others(client: LeadsClient, sandbox: Sandbox) -> None:
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
    assert str(results[3].error) == "idempotency_key must be a str or an int, got list"
    assert str(results[4].error) == (
        "idempotency_key 'a' is in items twice: make the key of each item unique"
    )
    assert len(created(sandbox, "a")) == len(created(sandbox, "z")) == 1


class Number:
    """An object that can be used as an int, such as one of numpy's."""

    def __index__(self) -> int:
        return 12


async def test_key_that_is_an_int_is_sent_as_its_decimal_text(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    keys: list[Any] = [0, -1, 10**20, Number(), "7"]
    items = [(key, new_lead(sandbox)) for key in keys]
    results = [result async for result in client.add_leads(items, concurrency=1)]
    texts = ["0", "-1", "100000000000000000000", "12", "7"]
    assert [result.key for result in results] == texts
    for text, result in zip(texts, results, strict=True):
        assert result.lead is not None
        assert created(sandbox, text) == [result.lead.id]


async def test_int_and_its_text_are_the_same_key(client: LeadsClient, sandbox: Sandbox) -> None:
    items: list[tuple[Any, AddLeadRequest]] = [(5, new_lead(sandbox)), ("5", new_lead(sandbox))]
    first, second = [result async for result in client.add_leads(items, concurrency=1)]
    assert first.lead is not None
    assert isinstance(second.error, InvalidRequestError)


@pytest.mark.parametrize("key", [True, 5.0, None, b"a", ("a",), float("nan")], ids=repr)
async def test_key_of_another_type_is_refused_by_name(
    client: LeadsClient, sandbox: Sandbox, key: Any
) -> None:
    [result] = [result async for result in client.add_leads([(key, new_lead(sandbox))])]
    kind = type(key).__name__
    assert str(result.error) == f"idempotency_key must be a str or an int, got {kind}"
    assert isinstance(result.error, TypeError)
    assert not sandbox.requests


async def test_items_are_taken_only_as_slots_become_free(
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


async def test_exhausted_budget_is_raised_after_the_results_in_progress() -> None:
    with Sandbox(leads=5, burst=None, daily_tokens=55) as sandbox:
        items = ((f"row-{row}", new_lead(sandbox)) for row in range(100))
        keys: list[str] = []
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
            with pytest.raises(DailyBudgetExhaustedError):
                async for result in client.add_leads(items, concurrency=4):
                    assert result.error is None
                    keys.append(result.key)
        existing = [lead["origin_id"] for lead in sandbox.leads if lead["origin_id"] is not None]
        assert sorted(keys) == sorted(existing)
        assert operations(sandbox).count("addLead") < 12


async def test_error_that_would_fail_every_item_ends_the_iteration(sandbox: Sandbox) -> None:
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
        AuthUnavailableError("no token is available"),
        BlockedError(status=403),
        ClientClosedError(),
        WrongLoopError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_other_errors_that_would_fail_every_item_end_the_iteration(
    sandbox: Sandbox, error: PipedriveError
) -> None:
    class FailingCredential:
        async def authorization(self) -> Authorization:
            raise error

        async def renew(self, refused: Authorization) -> Authorization | None:
            return None

        async def reload(self, refused: Authorization) -> Authorization | None:
            return None

        async def wait_for_refresh(self) -> None:
            pass

    items = [(f"row-{row}", new_lead(sandbox)) for row in range(100)]
    async with LeadsClient(auth_with(FailingCredential()), base_url=sandbox.url) as client:
        with pytest.raises(type(error)):
            await anext(client.add_leads(items))


@pytest.mark.parametrize(("item", "got"), [(None, "NoneType"), (("a",), "tuple"), ("ab", "str")])
async def test_item_that_is_not_a_pair_ends_the_iteration(
    client: LeadsClient, sandbox: Sandbox, item: Any, got: str
) -> None:
    items = [("a", new_lead(sandbox)), item, ("b", new_lead(sandbox))]
    adding = client.add_leads(items, concurrency=1)
    assert (await anext(adding)).key == "a"
    pair = r"a pair \(key, AddLeadRequest\)"
    with pytest.raises(TypeError, match=rf"^items\[1\] must be {pair}, got {got}: without keys"):
        await anext(adding)


@pytest.mark.parametrize("items", [None, 5, "rows", b"rows", {"a": 1}], ids=repr)
def test_items_of_another_type_are_refused_by_the_call_itself(
    client: LeadsClient, items: Any
) -> None:
    pairs = r"a sync or async iterable of pairs \(key, AddLeadRequest\)"
    got = r"dict: pass its items\(\)" if items == {"a": 1} else type(items).__name__
    with pytest.raises(TypeError, match=f"^items must be {pairs}, got {got}$"):
        client.add_leads(items)


def test_concurrency_of_zero_is_refused_by_the_call_itself(client: LeadsClient) -> None:
    with pytest.raises(InvalidRequestError, match=r"^concurrency must be at least 1"):
        client.add_leads([], concurrency=0)
