"""Test the failures and delays that `Sandbox.fail` and `Sandbox.block` inject."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import serving, until


@pytest.mark.parametrize(
    ("status", "error", "from_gateway"),
    [
        (400, "Bad Request", False),
        (401, "unauthorized access", True),
        (403, "You do not have permissions to do this.", False),
        (404, "requested lead not found", False),
        (429, "request over limit", True),
        (499, "Request failed", False),
        (500, "Internal Server Error", False),
        (503, "Service unavailable", True),
    ],
)
async def test_failure_has_the_error_body_of_its_status(
    status: int, error: str, *, from_gateway: bool
) -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=status)
        reply = await api.get()
        assert reply.status == status
        assert reply.body["success"] is False
        assert reply.body["error"] == error
        assert ("errorCode" in reply.body) is from_gateway
        assert ("additional_data" in reply.body) is not from_gateway
        assert (await api.get()).status == 200


@pytest.mark.parametrize("status", [502, 504, 520, 530])
async def test_failures_of_cloudflare_have_an_html_body(status: int) -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=status)
        reply = await api.get()
        assert reply.status == status
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert "Cloudflare" in reply.text


async def test_block_responds_to_any_request_with_403_and_html() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.block(times=2)
        for path in ("/leads", "/nowhere"):
            reply = await api.get(path)
            assert (reply.status, reply.text[:15]) == (403, "<!DOCTYPE html>")
        assert (await api.get()).status == 200


async def test_failures_happen_in_the_order_of_the_calls() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=500, times=2)
        api.sandbox.fail("getLeadSources", status=404)
        api.sandbox.fail("*", status=503)
        paths = ("/leads", "/leadSources", "/leads", "/leads", "/leads")
        assert [(await api.get(path)).status for path in paths] == [500, 404, 500, 503, 200]


async def test_injected_429_has_the_correct_limit_headers() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=429)
        api.sandbox.fail("getLeads", status=429, retry_after=0.05)
        api.sandbox.fail("getLeads", status=429, retry_after=30)
        replies = [await api.get() for _ in range(3)]
        names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
        assert [reply.status for reply in replies] == [429, 429, 429]
        assert [[reply.headers.get(name) for name in names] for reply in replies] == [
            ["20", "19", "2", None],
            ["20", "18", "2", "0.05"],
            ["20", "17", "2", "30"],
        ]


async def test_any_failure_can_have_a_retry_after_header() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=503, retry_after=1)
        assert (await api.get()).headers["retry-after"] == "1"
        api.sandbox.fail("getLeads", status=503)
        assert "retry-after" not in (await api.get()).headers


NEW_LEAD = {"title": "Big order", "person_id": 1}


async def test_dropped_request_has_no_response_and_no_effect() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("addLead", drop=True)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await api.post("/leads", NEW_LEAD)
        assert api.sandbox.requests[0].status is None
        assert api.sandbox.leads == []


@pytest.mark.parametrize("delay", [0.0, 0.01])
async def test_after_commit_creates_the_lead_and_loses_the_response(delay: float) -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("addLead", drop=True, after_commit=True, delay=delay)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await api.post("/leads", NEW_LEAD)
        api.sandbox.fail("addLead", status=500, after_commit=True)
        assert (await api.post("/leads", NEW_LEAD)).status == 500
        assert [lead["title"] for lead in api.sandbox.leads] == ["Big order"] * 2


async def test_failure_without_after_commit_has_no_effect() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("addLead", status=500)
        assert (await api.post("/leads", NEW_LEAD)).status == 500
        assert api.sandbox.leads == []


async def test_delay_without_a_status_delays_the_normal_response() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("addLead", delay=0.05)
        api.sandbox.fail("addLead", delay=0.05, after_commit=True)
        for count in (1, 2):
            start = time.monotonic()
            reply = await api.post("/leads", NEW_LEAD)
            assert time.monotonic() - start >= 0.05
            assert reply.status == 201
            assert len(api.sandbox.leads) == count


async def test_delayed_request_is_performed_after_the_client_disconnects() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("addLead", delay=0.2)
        cancelled = asyncio.create_task(api.post("/leads", NEW_LEAD))
        await until(lambda: len(api.sandbox.requests) == 1)
        cancelled.cancel()
        assert api.sandbox.leads == []
        await until(lambda: len(api.sandbox.leads) == 1)
        assert cancelled.cancelled()


async def test_delayed_request_does_not_delay_others() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", delay=50)
        delayed = asyncio.create_task(api.get())
        await until(lambda: len(api.sandbox.requests) == 1)
        assert (await api.get()).status == 200
        assert not delayed.done()
        delayed.cancel()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"operation": "getLeed", "status": 500}, "operation must be .*'getLeads'"),
        ({"operation": "getLeads", "status": 200}, "status must be from 400 to 599, got 200"),
        ({"operation": "getLeads", "status": 500, "drop": True}, "status and drop exclude"),
        ({"operation": "getLeads", "retry_after": 1}, "retry_after is a header of an error"),
        (
            {"operation": "getLeads", "retry_after": 1, "drop": True},
            "retry_after is a header of an error",
        ),
        ({"operation": "getLeads", "status": 429, "retry_after": -1}, "retry_after"),
        ({"operation": "getLeads", "status": 500, "times": 0}, "times must be at least 1, got 0"),
        ({"operation": "getLeads", "delay": -1}, "delay"),
        ({"operation": "getLeads", "delay": float("nan")}, "delay"),
        ({"operation": "getLeads", "delay": float("inf")}, "delay"),
    ],
)
def test_fail_names_its_argument_with_an_invalid_value(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(leads=0).fail(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"status": "500"},
        {"status": 500.0},
        {"status": 429, "retry_after": "1"},
        {"status": 500, "times": 1.5},
        {"drop": 1},
        {"after_commit": None},
        {"delay": True},
    ],
    ids=str,
)
def test_fail_names_its_argument_of_the_wrong_type(
    arguments: dict[str, Any],
) -> None:
    with pytest.raises(TypeError, match=rf"{list(arguments)[-1]} must be a.*, got "):
        Sandbox(leads=0).fail("getLeads", **arguments)


@pytest.mark.parametrize(
    "operation",
    [
        "searchLeads",
        "getLeadUsers",
        "getLeadFields",
        "convertLeadToDeal",
        "getLeadConversionStatus",
        "convertDealToLead",
        "getDealConversionStatus",
        "getDeal",
    ],
)
async def test_every_operation_can_fail(operation: str) -> None:
    calls = {
        "searchLeads": ("GET", "/api/v2/leads/search?term=xx"),
        "getLeadUsers": ("GET", "/leads/x/permittedUsers"),
        "getLeadFields": ("GET", "/leadFields"),
        "convertLeadToDeal": ("POST", "/api/v2/leads/x/convert/deal"),
        "getLeadConversionStatus": ("GET", "/api/v2/leads/x/convert/status/y"),
        "convertDealToLead": ("POST", "/api/v2/deals/1/convert/lead"),
        "getDealConversionStatus": ("GET", "/api/v2/deals/1/convert/status/y"),
        "getDeal": ("GET", "/deals/1"),
    }
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail(operation, status=503)
        assert (await api.call(*calls[operation])).status == 503
        assert api.sandbox.requests[0].operation == operation


async def test_failure_of_searches_applies_to_both_versions() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail("searchLeads", status=503, times=2)
        for path in ("/leads/search", "/api/v2/leads/search"):
            assert (await api.get(path, term="xx")).status == 503
            assert (await api.get("/leadSources")).status == 200


async def test_clear_failures_removes_the_unused_ones() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api.sandbox.fail("getLeads", status=500, times=2)
        api.sandbox.block()
        assert (await api.get()).status == 500
        api.sandbox.clear_failures()
        assert (await api.get()).status == 200
