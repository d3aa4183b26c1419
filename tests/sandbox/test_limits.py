"""Test the burst limit and the daily budget of the sandbox."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._limits import Limits
from tests.support.sandbox_api import serving


async def test_every_response_has_the_limit_headers() -> None:
    async with serving(Sandbox(leads=1, daily_tokens=1000)) as api:
        headers = (await api.get()).headers
        assert headers["x-ratelimit-limit"] == "20"
        assert headers["x-ratelimit-remaining"] == "19"
        assert headers["x-ratelimit-reset"] == "2"
        assert headers["x-sandbox-burst-window"] == "2"
        assert headers["x-daily-ratelimit-token-limit"] == "1000"
        assert headers["x-daily-ratelimit-token-remaining"] == "980"
        assert len(headers["x-correlation-id"]) == 36
        headers = (await api.get("/leads/unknown")).headers
        assert headers["x-ratelimit-remaining"] == "18"
        assert headers["x-daily-ratelimit-token-remaining"] == "978"


@pytest.mark.parametrize(
    ("seconds", "announced"), [(0.25, "0.25"), (1.5, "1.5"), (2.0, "2"), (3, "3")]
)
async def test_every_response_has_the_length_of_the_window(seconds: float, announced: str) -> None:
    async with serving(Sandbox(leads=1, burst=(1, seconds))) as api:
        for path in ("/leads", "/leads", "/leads/search?term=xx", "/deals"):
            headers = (await api.get(path)).headers
            assert headers["x-sandbox-burst-window"] == announced


async def test_responses_without_limits_have_no_limit_headers() -> None:
    async with serving(Sandbox(leads=1, burst=None)) as api:
        api.sandbox.fail("getLead", status=429)
        for path in ("/leads", "/leads/x"):
            headers = (await api.get(path)).headers
            names = [name.lower() for name in headers]
            assert not [name for name in names if "ratelimit" in name or "burst" in name]


async def test_requests_beyond_the_burst_limit_are_refused_until_reset() -> None:
    async with serving(Sandbox(leads=1, burst=(2, 0.4))) as api:
        replies = [await api.get() for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 429]
        assert replies[2].body == {
            "success": False,
            "error": "request over limit",
            "errorCode": 429,
        }
        assert replies[2].headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in replies[2].headers
        bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
        assert (await api.call("GET", "/leads", bearer)).status == 200  # it has its own window
        assert replies[2].headers["x-sandbox-burst-window"] == "0.4"
        reset = float(replies[2].headers["x-ratelimit-reset"])
        assert 0 < reset <= 0.4
        await asyncio.sleep(reset)
        assert (await api.get()).status == 200


@pytest.mark.parametrize("burst", [(40, 2.0), (3, 2.0)])
async def test_searches_have_a_window_of_ten_requests(
    burst: tuple[int, float],
) -> None:
    paths = ("/leads/search", "/api/v2/leads/search", "/api/v2/persons/search")
    async with serving(Sandbox(leads=1, burst=burst)) as api:
        replies = [await api.get(path, term="xx") for path in (paths * 4)[:10]]
        assert [reply.status for reply in replies] == [200] * 10
        assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == [
            str(left) for left in range(9, -1, -1)
        ]
        assert {reply.headers["x-ratelimit-limit"] for reply in replies} == {"10"}
        refused = await api.get("/leads/search", term="xx")
        assert (refused.status, refused.body["error"]) == (429, "request over limit")
        assert refused.headers["x-ratelimit-limit"] == "10"
        other = await api.get("/leads")
        assert other.status == 200
        assert other.headers["x-ratelimit-limit"] == str(burst[0])
        assert other.headers["x-ratelimit-remaining"] == str(burst[0] - 1)
        bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
        path = "/leads/search?term=xx"
        assert (await api.call("GET", path, bearer)).status == 200


async def test_window_of_searches_has_the_seconds_of_the_burst_limit() -> None:
    async with serving(Sandbox(leads=1, burst=(20, 0.4))) as api:
        for _ in range(10):
            await api.get("/leads/search", term="xx")
        refused = await api.get("/leads/search", term="xx")
        assert refused.status == 429
        await asyncio.sleep(float(refused.headers["x-ratelimit-reset"]))
        assert (await api.get("/leads/search", term="xx")).status == 200


async def test_searches_have_no_limit_without_a_burst_limit() -> None:
    async with serving(Sandbox(leads=1, burst=None)) as api:
        replies = [await api.get("/leads/search", term="xx") for _ in range(12)]
        assert {reply.status for reply in replies} == {200}
        assert not [name for name in replies[0].headers if "ratelimit" in name.lower()]


async def test_requests_beyond_the_daily_budget_are_refused() -> None:
    async with serving(Sandbox(leads=1, burst=None, daily_tokens=21)) as api:
        assert [(await api.get()).status for _ in range(2)] == [200, 200]
        reply = await api.get("/leadSources")
        assert (reply.status, reply.body["error"]) == (429, "daily request budget exceeded")
        assert reply.headers["x-daily-ratelimit-token-remaining"] == "0"
        assert 0 < int(reply.headers["retry-after"]) <= 86_400


def test_window_frees_each_request_after_exactly_its_length() -> None:
    now = [100.0]
    limits = Limits((2, 2.0), None, monotonic=lambda: now[0])

    def admit() -> tuple[bool, str, str]:
        admission = limits.admit("token", 1)
        headers = admission.headers
        return (
            admission.refusal is None,
            headers["x-ratelimit-remaining"],
            headers["x-ratelimit-reset"],
        )

    assert admit() == (True, "1", "2")
    now[0] = 101.5
    assert admit() == (True, "0", "1")  # 0.5 seconds, rounded up to whole seconds
    assert admit() == (False, "0", "1")
    now[0] = 102.0
    assert admit() == (True, "0", "2")  # the refused request does not count
    now[0] = 103.75
    assert admit() == (True, "0", "1")


def test_daily_budget_resets_at_midnight_utc() -> None:
    now = [86_400.0 * 7 - 0.5]
    limits = Limits((1, 2.0), 10, now=lambda: now[0])
    assert limits.admit("token", 30).refusal is None
    refused = limits.admit("token", 1)
    assert refused.refusal is not None
    assert refused.refusal.headers == {"retry-after": "1"}
    assert limits.admit("other", 1).headers["x-ratelimit-reset"] == "0"
    now[0] += 0.5
    admitted = limits.admit("other", 4)
    assert admitted.refusal is None
    assert admitted.headers["x-daily-ratelimit-token-remaining"] == "6"
