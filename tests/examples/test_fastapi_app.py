"""Test `examples/fastapi_app.py`, as seen by its callers and by Pipedrive's webhooks."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
from fastapi.testclient import TestClient

from pipedrive_leads_async.sandbox import Sandbox, SandboxAccount
from tests.examples.example_process import ROOT
from tests.examples.fastapi_service import FORM, Service, Tenant, login
from tests.support.sandbox_api import until

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

UNKNOWN = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
ADDED_ONCE = Counter({FORM["id"]: 1})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(leads=20_000, burst=None, webhook_waits=(0.01,)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def accounts(sandbox: Sandbox) -> dict[str, SandboxAccount]:
    """Return a large account, a medium one, and a small one for each test."""
    medium = sandbox.add_account(leads=2000, burst=None)
    small = {f"small-{n}": sandbox.add_account(leads=5, burst=None) for n in range(30)}
    return {"large": sandbox, "medium": medium, **small}


@pytest.fixture(scope="module")
def unused(accounts: dict[str, SandboxAccount]) -> Iterator[str]:
    """Return an iterator over the small accounts that no test has used."""
    return iter(name for name in accounts if name.startswith("small"))


@pytest.fixture(scope="module")
def environment(
    sandbox: Sandbox, accounts: dict[str, SandboxAccount], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    tenants = {
        name: {
            "password": f"password of {name}",
            "api_token": account.api_token,
            "base_url": sandbox.url,
        }
        for name, account in accounts.items()
    }
    database = tmp_path_factory.mktemp("database") / "service.db"
    return {"TENANTS": json.dumps(tenants), "DATABASE": str(database)}


@pytest.fixture(scope="module")
def service(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), environment)
    yield service
    service.stop()
    assert "Warning: " not in service.log


@pytest.fixture
def second(environment: dict[str, str], tmp_path: Path) -> Iterator[Service]:
    """Return a second process of the same service."""
    service = Service(tmp_path, environment)
    yield service
    service.stop()


@pytest.fixture
async def tenant(
    service: Service, accounts: dict[str, SandboxAccount], unused: Iterator[str]
) -> AsyncIterator[Tenant]:
    """Return a tenant with a small account that no other test uses."""
    name = next(unused)
    async with aiohttp.ClientSession(headers=login(name)) as session:
        yield Tenant(name, accounts[name], session, f"{service.url}/{name}")


@pytest.fixture
async def large(service: Service, sandbox: Sandbox) -> AsyncIterator[Tenant]:
    """Return the tenant with 20,000 leads, for tests that only read."""
    async with aiohttp.ClientSession(headers=login("large")) as session:
        yield Tenant("large", sandbox, session, f"{service.url}/large")


# Reading


async def test_tenant_reads_its_own_leads(tenant: Tenant, large: Tenant) -> None:
    async with tenant.session.get(f"{tenant.url}/leads") as response:
        assert (response.status, response.content_type) == (200, "application/x-ndjson")
        leads = [json.loads(line) async for line in response.content]
    assert [lead["id"] for lead in leads] == tenant.ids
    assert await tenant.get(f"/leads/{tenant.ids[0]}") == (200, leads[0])
    assert (await tenant.get(f"/leads/{large.ids[0]}"))[0] == 404


async def test_account_without_leads_is_an_empty_stream(tenant: Tenant) -> None:
    for id in tenant.ids:
        tenant.account.delete_lead(id)
    async with tenant.session.get(f"{tenant.url}/leads") as response:
        assert (response.status, await response.text()) == (200, "")


async def test_search_returns_the_best_twenty(large: Tenant) -> None:
    title = large.account.leads[0]["title"]
    status, found = await large.get("/search", params={"term": title})
    assert (status, len(found)) == (200, 20)
    assert found[0]["title"] == title


async def test_caller_without_the_password_is_refused(tenant: Tenant) -> None:
    for headers in (login("large"), {"authorization": "Bearer x"}, {"authorization": ""}):
        for path in ("/leads", "/search?term=an", f"/leads/{UNKNOWN}"):
            refusal = await tenant.get(path, headers=headers)
            assert refusal == (401, {"detail": "Wrong name or password."})
    stranger = attrs.evolve(tenant, url=tenant.url + "-unknown")
    assert (await stranger.send())[0] == (await stranger.post("/webhook", {}))[0] == 401


async def test_stream_of_20_000_leads_takes_constant_memory(
    service: Service, large: Tenant, accounts: dict[str, SandboxAccount]
) -> None:
    async def stream(tenant: str) -> int:
        count = 0
        async with large.session.get(
            f"{service.url}/{tenant}/leads", headers=login(tenant)
        ) as response:
            async for chunk in response.content.iter_any():
                count += chunk.count(b"\n")
        return count

    assert await stream("medium") == len(accounts["medium"].leads)
    before = service.peak
    assert await stream("large") == 20_000
    assert service.peak - before < 14.0  # all leads would take 40 MB, and their JSON 20 MB


async def test_disconnecting_caller_ends_the_walk(
    service: Service, large: Tenant, sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    response = await large.session.get(f"{large.url}/leads")
    assert json.loads(await response.content.readline())["id"] == large.ids[0]
    response.close()
    seen = -1
    while seen < len(sandbox.requests):
        seen = len(sandbox.requests)
        await asyncio.sleep(0.3)  # a running walk requests a page every 0.05 s
    assert seen - before < 25  # the whole walk takes 41 requests
    assert "CancelledError" not in service.log


# Errors


@pytest.mark.parametrize(
    ("path", "fault", "status", "word"),
    [
        ("/leads", {"status": 403}, 502, "unavailable"),
        ("/leads", {"status": 429, "retry_after": 20}, 503, "later"),
        ("/leads", {"status": 429, "retry_after": 4000}, 503, "later"),
        ("/leads?updated_since=2026-11-23T10:00:00", {}, 422, "time zone"),
        ("/leads?updated_since=yesterday", {}, 422, "updated_since"),
        ("/leads/1", {}, 422, "UUID"),
        (f"/leads/{UNKNOWN}", {}, 404, "does not exist"),
        ("/search?term=a", {}, 422, "term"),
    ],
    ids=[
        "403",
        "burst limit",
        "daily budget",
        "time without a zone",
        "invalid time",
        "invalid id",
        "unknown lead",
        "short term",
    ],
)
async def test_error_before_the_first_lead_has_a_status_and_a_message(
    tenant: Tenant, sandbox: Sandbox, path: str, *, fault: dict[str, Any], status: int, word: str
) -> None:
    if fault:
        sandbox.fail("getLeads", **fault)
    async with tenant.session.get(tenant.url + path) as response:
        assert response.status == status
        assert word in await response.text()
    retry_after = fault.get("retry_after")
    assert response.headers.get("retry-after") == (retry_after and str(retry_after))


async def test_failure_of_an_account_is_logged_without_its_token(
    tenant: Tenant, service: Service
) -> None:
    tenant.account.revoke()
    detail = {"detail": "Pipedrive is unavailable at the moment."}
    assert await tenant.get("/leads") == (502, detail)
    assert "AuthenticationError: getLeads: Pipedrive returned 401" in service.log
    assert tenant.account.api_token not in service.log


async def test_error_after_the_first_page_truncates_the_response(
    large: Tenant, sandbox: Sandbox
) -> None:
    sandbox.fail("getLeads")  # the first page succeeds
    sandbox.fail("getLeads", status=403)
    async with large.session.get(f"{large.url}/leads") as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


# Forms


async def test_form_sent_to_two_processes_many_times_adds_one_lead(
    tenant: Tenant, second: Service, sandbox: Sandbox
) -> None:
    other = attrs.evolve(tenant, url=f"{second.url}/{tenant.name}")
    before = len(sandbox.requests)
    responses = await asyncio.gather(
        *(process.send_until_done() for process in [tenant, other] * 25)
    )
    assert tenant.added == ADDED_ONCE
    lead = tenant.account.leads[-1]
    assert lead["title"] == FORM["subject"]
    assert {(status, body["lead_id"]) for status, body in responses} == {(200, lead["id"])}
    assert Counter(body["created"] for _, body in responses) == {True: 1, False: 49}
    sent = Counter(request.operation for request in sandbox.requests[before:])
    assert sent["addPerson"] == sent["addLead"] == 1


async def test_forms_with_one_address_are_leads_of_one_person(tenant: Tenant) -> None:
    await tenant.send()
    await tenant.send(id="form-0002", email="another@lee.example")
    await tenant.send(id="form-0003", email=FORM["email"].upper())
    first, second, third = tenant.account.leads[-3:]
    assert first["person_id"] == third["person_id"] != second["person_id"]
    assert tenant.added == {"form-0001": 1, "form-0002": 1, "form-0003": 1}


async def test_form_costs_the_tokens_that_the_example_says(
    tenant: Tenant, sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    for id in ("form-0001", "form-0002"):
        await tenant.send(id=id)
    costs = {"searchPersons": 20, "addPerson": 5, "getPerson": 1, "addLead": 10}
    sent = [request.operation for request in sandbox.requests[before:]]
    new, known = (
        ["searchPersons", "addPerson", "addLead"],
        ["searchPersons", "getPerson", "addLead"],
    )
    assert sent == new + known
    assert [sum(costs[each] for each in operations) for operations in (new, known)] == [35, 31]
    text = (ROOT / "examples" / "fastapi_app.py").read_text(encoding="utf-8")
    assert "makes it 35" in text
    assert "known person costs 31" in text


async def test_form_with_an_empty_field_is_refused(tenant: Tenant) -> None:
    for field in FORM:
        assert (await tenant.send(**{field: ""}))[0] == 422
    assert tenant.added == {}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"drop": True, "after_commit": True}, 200),  # the lookup finds the lead
        ({"status": 500, "after_commit": True, "delay": 0.1}, 200),
        ({"status": 400}, 422),
    ],
    ids=["lost response", "500 after the creation", "400"],
)
async def test_failed_form_can_be_sent_again(
    tenant: Tenant, sandbox: Sandbox, fault: dict[str, Any], status: int
) -> None:
    before = len(sandbox.requests)
    tenant.account.stall_search_index()  # the search does not find the new person yet
    sandbox.fail("addLead", **fault)
    assert (await tenant.send())[0] == status
    assert (await tenant.send())[0] == 200
    assert tenant.added == ADDED_ONCE
    sent = Counter(request.operation for request in sandbox.requests[before:])
    assert sent["addPerson"] == 1


async def test_form_that_may_still_arrive_is_not_sent_again(
    tenant: Tenant, second: Service, sandbox: Sandbox
) -> None:
    before = len(sandbox.requests)
    sandbox.fail("addLead", drop=True)
    for _ in range(2):
        async with tenant.session.post(f"{tenant.url}/forms", json=FORM) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "30")
    sent = Counter(request.operation for request in sandbox.requests[before:])
    assert sent["addLead"] == 1
    # Another process does not know of the request.
    elsewhere = attrs.evolve(tenant, url=f"{second.url}/{tenant.name}")
    assert (await elsewhere.send())[0] == 200
    assert tenant.added == ADDED_ONCE


async def test_form_of_a_killed_process_is_processed_by_another(
    tenant: Tenant, service: Service, second: Service, sandbox: Sandbox
) -> None:
    sandbox.fail("addLead", after_commit=True, delay=60.0)
    doomed = attrs.evolve(tenant, url=f"{second.url}/{tenant.name}")
    sending = asyncio.create_task(doomed.send())
    await until(lambda: tenant.added == ADDED_ONCE)
    second.process.kill()
    with pytest.raises(aiohttp.ClientError):
        await sending

    assert (await tenant.send())[0] == 409
    service.execute("update forms set claimed_until = claimed_until - 120")
    assert (await tenant.send())[1]["created"] is False
    assert tenant.added == ADDED_ONCE


# Webhooks


async def test_event_delivered_twice_is_saved_once(
    tenant: Tenant, sandbox: Sandbox, service: Service
) -> None:
    url, password = f"{tenant.url}/webhook", f"password of {tenant.name}"
    tenant.account.add_webhook(url, username=tenant.name, password=password)
    new, old = tenant.account.add_lead()["id"], tenant.ids[0]
    tenant.account.archive_lead(old)
    tenant.account.delete_lead(old)
    await asyncio.to_thread(sandbox.wait_for_webhooks)
    expected = [(new, "LeadCreated"), (old, "LeadChanged"), (old, "LeadDeleted")]
    query = f"select lead_id, kind from events where tenant = '{tenant.name}' order by rowid"
    assert service.execute(query) == expected

    for sent in sandbox.webhooks:
        if sent.url == url:
            assert await tenant.post("/webhook", sent.body) == (204, None)
    assert service.execute(query) == expected


async def test_unauthenticated_event_is_not_saved(
    tenant: Tenant, sandbox: Sandbox, service: Service
) -> None:
    url = f"{tenant.url}/webhook"
    tenant.account.add_webhook(url, username="large", password="password of large")
    tenant.account.add_lead()
    await asyncio.to_thread(sandbox.wait_for_webhooks)
    assert {sent.status for sent in sandbox.webhooks if sent.url == url} == {401}
    assert not service.execute(f"select * from events where tenant = '{tenant.name}'")


async def test_event_that_cannot_be_parsed_is_accepted_and_its_body_is_saved(
    tenant: Tenant, service: Service
) -> None:
    version_1 = {"meta": {"version": "1.0", "entity": "lead"}}
    bodies: list[Any] = [{"hello": "world"}, [5], version_1, {"hello": "world"}]
    for body in bodies:
        assert await tenant.post("/webhook", body) == (204, None)
    query = f"select body, error from unknown_events where tenant = '{tenant.name}' order by rowid"
    saved = service.execute(query)
    assert [json.loads(body) for body, _ in saved] == bodies[:3]
    assert "not from a Pipedrive webhook" in saved[0][1]


# Tests with FastAPI's TestClient


def test_lifespan_runs_only_in_a_with_block_of_the_test_client(
    environment: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    app = importlib.import_module("fastapi_app").app
    with TestClient(app, headers=login("large")) as browser:
        for lead in sandbox.leads[:2]:
            assert browser.get(f"/large/leads/{lead['id']}").json()["title"] == lead["title"]
    with pytest.raises(AttributeError, match="service"):
        TestClient(app, headers=login("large")).get("/large/leads")
