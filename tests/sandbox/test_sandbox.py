"""Test how the sandbox starts and stops, its request log, its controls and its data."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from urllib.request import Request, urlopen

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import serving, until


def status(url: str, token: str) -> int:
    with urlopen(Request(url, headers={"x-api-token": token})) as response:
        return int(response.status)


def sandbox_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "pipedrive-sandbox"]


# Starting and stopping


def test_creating_a_sandbox_opens_no_socket_and_no_thread() -> None:
    sandbox = Sandbox(leads=1)
    assert not sandbox_threads()
    assert repr(sandbox) == "<Sandbox not running>"
    with pytest.raises(RuntimeError, match=r"call start\(\) first"):
        sandbox.url  # noqa: B018 - reading it is the test


def test_with_statement_starts_and_stops_the_sandbox() -> None:
    with Sandbox(leads=1) as sandbox:
        url = sandbox.url
        assert sandbox.oauth_url == url.removesuffix("/v1")
        assert repr(sandbox) == f"<Sandbox {sandbox.oauth_url}>"
        assert status(f"{url}/leads", sandbox.api_token) == 200
    assert not sandbox_threads()
    with pytest.raises(OSError, match="refused"):
        urlopen(url)


async def test_async_with_statement_starts_and_stops_the_sandbox() -> None:
    async with serving(Sandbox(leads=1)) as api:
        url = api.sandbox.url
        assert (await api.get()).status == 200
    assert not sandbox_threads()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


def test_stop_is_allowed_at_any_time_and_twice() -> None:
    sandbox = Sandbox(leads=1)
    sandbox.stop()
    sandbox.start()
    sandbox.stop()
    sandbox.stop()
    assert not sandbox_threads()


def test_starting_a_running_sandbox_raises_an_error() -> None:
    with Sandbox(leads=1) as sandbox, pytest.raises(RuntimeError, match="already running"):
        sandbox.start()


def test_restarted_sandbox_keeps_its_data_on_the_same_port() -> None:
    sandbox = Sandbox(leads=1)
    with sandbox:
        url = sandbox.url
        lead = sandbox.add_lead(title="Kept")
    sandbox.start(port=int(url.removesuffix("/v1").rpartition(":")[2]))
    try:
        assert sandbox.url == url
        assert status(f"{url}/leads/{lead['id']}", sandbox.api_token) == 200
    finally:
        sandbox.stop()


def test_start_on_a_port_in_use_raises_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        Sandbox(leads=1).start(port=other.getsockname()[1])


async def test_stop_does_not_wait_for_idle_connections_or_delays() -> None:
    sandbox = Sandbox(leads=1)
    sandbox.fail("getLead", delay=50)
    headers = {"x-api-token": sandbox.api_token}
    async with sandbox, aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{sandbox.url}/leads") as response:
            await response.read()  # the connection stays open
        delayed = asyncio.create_task(session.get(f"{sandbox.url}/leads/x"))
        await until(lambda: len(sandbox.requests) == 2)
        start = time.monotonic()
        await asyncio.to_thread(sandbox.stop)
        assert time.monotonic() - start < 5
        with pytest.raises(aiohttp.ClientConnectionError):
            await delayed
    assert sandbox.requests[1].status is None


@pytest.mark.parametrize("is_restarted", [False, True])
def test_sandbox_stops_in_an_event_loop_without_readers(
    monkeypatch: pytest.MonkeyPatch, *, is_restarted: bool
) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError  # as in the ProactorEventLoop of Windows

    for name in ("add_reader", "remove_reader", "add_writer", "remove_writer"):
        monkeypatch.setattr(asyncio.SelectorEventLoop, name, refuse)
    sandbox = Sandbox(leads=1)
    for _ in range(1 + is_restarted):
        with sandbox:
            url = sandbox.url
            assert status(f"{url}/leads", sandbox.api_token) == 200
        assert not sandbox_threads()
        with pytest.raises(OSError, match="refused"):
            urlopen(url)


# The request log


async def test_requests_are_logged_in_the_order_of_arrival() -> None:
    async with serving(Sandbox(leads=1)) as api:
        start = time.monotonic()
        await api.get("/leads", limit="1", start="0")
        await api.post("/leads", {"title": "x"})
        first, second = api.sandbox.requests
        assert (first.method, first.path, first.operation) == ("GET", "/v1/leads", "getLeads")
        assert first.query == {"limit": "1", "start": "0"}
        assert first.headers["X-Api-Token"] == api.sandbox.api_token
        assert (first.body, first.status) == (None, 200)
        assert (second.operation, second.body, second.status) == ("addLead", {"title": "x"}, 400)
        assert start < first.time < second.time < time.monotonic()


async def test_path_is_logged_percent_encoded() -> None:
    async with serving(Sandbox(leads=1)) as api:
        await api.get("/leads/a%20b")
        assert api.sandbox.requests[0].path == "/v1/leads/a%20b"


async def test_requests_returns_a_copy_with_immutable_entries() -> None:
    async with serving(Sandbox(leads=1)) as api:
        await api.get()
        before = api.sandbox.requests
        await api.get()
        assert (len(before), len(api.sandbox.requests)) == (1, 2)
        with pytest.raises(AttributeError):
            before[0].status = 500  # type: ignore[misc]  # pyright: ignore - the test itself


# The controls


def test_added_lead_is_the_last_and_the_newest() -> None:
    sandbox = Sandbox(leads=3)
    added = [sandbox.add_lead(), sandbox.add_lead(title="Second")]
    assert sandbox.leads[3:] == added
    times = [lead["add_time"] for lead in sandbox.leads]
    assert times == sorted(set(times))
    assert added[0]["person_id"] == 1
    assert added[0]["source_name"] == "Manually created"


def test_added_lead_may_have_any_properties() -> None:
    lead = Sandbox(leads=0).add_lead(owner_id="seven", news=[1], add_time=None)
    assert (lead["owner_id"], lead["news"], lead["add_time"]) == ("seven", [1], None)


def test_changing_a_returned_lead_does_not_change_the_sandbox() -> None:
    sandbox = Sandbox(leads=1)
    sandbox.leads[0]["title"] = "Changed"
    sandbox.add_lead(label_ids=[])["label_ids"].append("x")
    assert sandbox.leads[0]["title"] != "Changed"
    assert sandbox.leads[1]["label_ids"] == []


def test_controls_delete_and_archive_leads() -> None:
    sandbox = Sandbox(leads=3)
    first, second, third = sandbox.leads
    sandbox.delete_lead(first["id"])
    sandbox.archive_lead(second["id"])
    archived, untouched = sandbox.leads
    assert archived["is_archived"] is True
    assert archived["update_time"] > second["update_time"]
    assert untouched == third


@pytest.mark.parametrize("control", ["delete_lead", "archive_lead"])
def test_control_names_an_unknown_lead(control: str) -> None:
    with pytest.raises(LookupError, match="no lead 'x'"):
        getattr(Sandbox(leads=1), control)("x")


async def test_controls_are_thread_safe_while_the_sandbox_serves() -> None:
    async with serving(Sandbox(leads=100, burst=None)) as api:

        def add_and_archive() -> None:
            for _ in range(50):
                api.sandbox.archive_lead(api.sandbox.add_lead()["id"])

        changes = asyncio.gather(*(asyncio.to_thread(add_and_archive) for _ in range(3)))
        pages = await asyncio.gather(*(api.get("/leads", limit="500") for _ in range(20)))
        await changes
        assert all(len(set(page.ids)) == len(page.ids) >= 100 for page in pages)
        assert len(api.sandbox.leads) == 250
        assert len((await api.get("/leads", limit="500")).ids) == 100


# The data


def test_leads_depend_on_the_seed() -> None:
    assert Sandbox(leads=20, seed=3).leads == Sandbox(leads=20, seed=3).leads
    assert Sandbox(leads=20, seed=3).leads != Sandbox(leads=20, seed=4).leads


def test_seeded_leads_have_varied_properties() -> None:
    leads = Sandbox(leads=2000).leads
    times = [lead["add_time"] for lead in leads]
    assert times == sorted(set(times))
    assert len({lead["id"] for lead in leads}) == 2000
    assert all(lead["add_time"] <= lead["update_time"] for lead in leads)
    assert all(lead["person_id"] or lead["organization_id"] for lead in leads)
    assert "Acme Ltd \N{EN DASH} 200 seats" in {lead["title"] for lead in leads}
    for name in ("value", "expected_close_date", "person_id", "organization_id"):
        assert 0 < sum(lead[name] is None for lead in leads) < 2000
    custom = [{name for name in lead if len(name) >= 40} for lead in leads]
    assert set() in custom
    assert len({name[:40] for names in custom for name in names}) == 16
