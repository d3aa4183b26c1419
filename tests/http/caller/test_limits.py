"""Test that calls keep to Pipedrive's limits and report their responses to the limiter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from pipedrive_leads_async import (
    Governor,
    LeadsClient,
    Rate,
    RetryPolicy,
    SessionManager,
)
from pipedrive_leads_async._limits.limiter import LocalLimiter
from pipedrive_leads_async.errors import (
    ApiError,
    DailyBudgetExhaustedError,
    RateLimitedError,
)
from tests.support.calls import CANARY, DONE, LEAD, add, client_of, get
from tests.support.raw_server import RawServer, failure, success


class RecordingLimiter(LocalLimiter):
    """A limiter that records its calls, and for which searches have no window of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[str, bool]] = []
        self.patience: list[float] = []

    def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AbstractAsyncContextManager[None]:
        self.records.append((operation, search))
        self.patience.append(patience)
        return super().admission(operation=operation, cost=cost, patience=patience)

    def observe(
        self, headers: Mapping[str, str], *, search: bool = False, is_local: bool = False
    ) -> None:
        self.records.append(("observe", search))

    def react_to(self, error: ApiError, *, search: bool = False) -> None:
        self.records.append(("react_to", search))


class RecordingGovernor(Governor):
    """A governor with a `RecordingLimiter`."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = RecordingLimiter()

    def __limiter__(self) -> RecordingLimiter:
        return self.recorded


@pytest.mark.parametrize("header", ["retry_after", "x_ratelimit_reset"])
async def test_wait_that_pipedrive_asks_for_is_waited(header: str) -> None:
    limited = (failure(429, **{header: "0.1"}),)
    async with RawServer(limited, DONE) as server, client_of(server) as client:
        started = time.monotonic()
        await get(client)
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize(
    ("headers", "window"),
    [
        ({"x_ratelimit_reset": "0.05"}, 2.0),
        ({"x_ratelimit_reset": "0.05", "x_sandbox_burst_window": "1e-6"}, 2.0),
        ({"x_sandbox_burst_window": "0.2"}, 0.2),
    ],
    ids=["a fraction as reset", "an impossible window", "the window of the sandbox"],
)
async def test_only_the_sandbox_shortens_the_window(headers: dict[str, str], window: float) -> None:
    limited = (success(LEAD, x_ratelimit_limit="2", **headers),)
    async with RawServer(limited) as server, client_of(server) as client:
        started = time.monotonic()
        await get(client)
        await asyncio.gather(get(client), get(client))
    assert time.monotonic() - started >= window


async def test_rate_limit_with_a_wait_costs_no_attempt() -> None:
    limited = (failure(429, retry_after="0.01"),)
    async with RawServer(*[limited] * 5, DONE) as server:
        async with client_of(server, retry=RetryPolicy(attempts=1, base=0.001)) as client:
            await add(client)
        assert len(server.requests) == 6


async def test_wait_beyond_the_deadline_is_raised_at_once_with_its_length() -> None:
    async with RawServer((failure(429, retry_after="30"),)) as server:
        async with client_of(server, timeout=5.0) as client:
            started = time.monotonic()
            with pytest.raises(RateLimitedError) as caught:
                await add(client)
            assert time.monotonic() - started < 1.0
        assert len(server.requests) == 1
    assert caught.value.retry_after == 30.0


async def test_call_whose_turn_comes_after_its_deadline_fails_at_once_with_advice() -> None:
    async with RawServer((success(LEAD, x_ratelimit_limit="2"),)) as server:
        async with client_of(server, timeout=1.5) as client:
            await get(client)
            started = time.monotonic()
            calls = await asyncio.gather(*[get(client) for _ in range(5)], return_exceptions=True)
            errors = [call for call in calls if isinstance(call, RateLimitedError)]
            assert len(errors) == 4
            assert time.monotonic() - started < 1.0
        assert len(server.requests) == 2
    for error in errors:
        assert error.attempts == 0
        for words in ("beyond the call's deadline", "timeout=", "fewer calls at once"):
            assert words in str(error)


async def test_exhausted_daily_budget_sends_nothing_more() -> None:
    spent = failure(429, "daily request budget exceeded", retry_after="3939")
    async with RawServer((spent,)) as server:
        async with client_of(server) as client:
            for attempts in (1, 0, 0):
                with pytest.raises(DailyBudgetExhaustedError) as caught:
                    await get(client)
                assert caught.value.attempts == attempts
        assert len(server.requests) == 1


async def test_clients_of_one_credential_and_manager_share_its_limits() -> None:
    headers = {"x_ratelimit_limit": "20", "x_ratelimit_remaining": "19", "x_ratelimit_reset": "2"}
    async with RawServer((success(LEAD, **headers),)) as server, SessionManager() as manager:
        first = client_of(server, session=manager)
        same = [
            client_of(server, session=manager),
            # One account has several base URLs.
            LeadsClient(CANARY, base_url=f"{server.origin}/api/v1", session=manager),
            LeadsClient(CANARY, session=manager),
        ]
        others = [
            LeadsClient("another-canary", base_url=server.url, session=manager),
            client_of(server),
        ]
        assert first.rate == Rate()
        await get(first)
        assert (first.rate.limit, first.rate.remaining, first.rate.reset) == (20, 19, 2.0)
        assert {each.rate for each in same} == {first.rate}
        assert {other.rate.limit for other in others} == {None}


async def test_users_governor_is_used() -> None:
    governor = Governor(max_in_flight=1)
    async with RawServer((0.01, *DONE)) as server, client_of(server, governor=governor) as client:
        await asyncio.gather(*[get(client) for _ in range(5)])
        assert server.connections == 1


@pytest.mark.parametrize(
    ("path", "search"), [("/api/v2/leads/search", True), ("/v1/persons/42", False)]
)
async def test_limiter_sees_each_attempt_and_whether_it_is_a_search(
    path: str, search: bool
) -> None:
    governor, too_many = RecordingGovernor(), (failure(429, retry_after="0.01"),)
    async with (
        RawServer(too_many, DONE) as server,
        client_of(server, governor=governor, timeout=5.0) as client,
    ):
        await client.request("GET", path)
    admitted, observed = (f"GET {path}", search), ("observe", search)
    assert governor.recorded.records == [
        admitted,
        observed,
        ("react_to", search),
        admitted,
        observed,
    ]
    first, second = governor.recorded.patience
    assert 4.0 < second < first - 0.01 < 5.0
