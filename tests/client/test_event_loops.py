"""Test that clients and what they share can be used in one event loop after another."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    FileTokenStore,
    Governor,
    Lead,
    LeadsClient,
    MemoryTokenStore,
    OAuth2,
    OutcomeUnknownError,
    RateLimitedError,
    SessionManager,
    Token,
    WrongLoopError,
)
from pipedrive_leads_async.auth import TokenStore
from pipedrive_leads_async.sandbox import Sandbox
from tests.client.event_loops import RUNS, Run, run
from tests.support.sandbox_api import until

ROOT = Path(__file__).parents[2]

EACH_RUN = pytest.mark.parametrize("run_in_a_loop", RUNS.values(), ids=RUNS)


@pytest.fixture(autouse=True)
def no_garbage_of_closed_loops() -> Iterator[None]:
    """Collect garbage at the end of a test, so that a ResourceWarning fails this test."""
    yield
    gc.collect()


# One after another


@EACH_RUN
def test_client_is_used_in_three_loops(sandbox: Sandbox, run_in_a_loop: Run) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)

    async def read() -> list[str]:
        return [lead.id async for lead in client.get_leads()]

    for _ in range(3):
        assert run_in_a_loop(read) == [lead["id"] for lead in sandbox.leads]
    asyncio.run(client.aclose())


@EACH_RUN
def test_clients_of_one_manager_are_used_in_three_loops(
    sandbox: Sandbox, run_in_a_loop: Run
) -> None:
    manager, governor = SessionManager(), Governor(max_in_flight=1)

    async def read() -> int:
        clients = [
            LeadsClient(sandbox.api_token, base_url=sandbox.url, session=manager, governor=governor)
            for _ in range(3)
        ]
        labels = await asyncio.gather(*(client.get_lead_labels() for client in clients))
        return len(labels)

    for _ in range(3):
        assert run_in_a_loop(read) == 3
    asyncio.run(manager.aclose())


@pytest.mark.parametrize("kind", ["memory", pytest.param("file", marks=pytest.mark.unix)])
@EACH_RUN
def test_grant_is_refreshed_in_each_of_three_loops(
    sandbox: Sandbox, tmp_path: Path, run_in_a_loop: Run, kind: str
) -> None:
    granted = sandbox.install_app()
    store: TokenStore = (
        MemoryTokenStore() if kind == "memory" else FileTokenStore(tmp_path / "token.json")
    )
    oauth = OAuth2(
        sandbox.client_id,
        sandbox.client_secret,
        "https://example.com/callback",
        token=Token(granted["access_token"], refresh_token=granted["refresh_token"]),
        store=store,
        oauth_url=sandbox.oauth_url,
    )
    client = LeadsClient(oauth, base_url=sandbox.url)

    async def read() -> int:
        sandbox.expire_access_tokens()
        results = await asyncio.gather(*(client.get_lead_labels() for _ in range(3)))
        return len(results)

    for _ in range(3):
        assert run_in_a_loop(read) == 3
    asyncio.run(client.aclose())


@EACH_RUN
def test_knowledge_of_the_account_is_kept(sandbox: Sandbox, run_in_a_loop: Run) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=5.0)
    fields = run_in_a_loop(client.get_custom_fields)
    assert run_in_a_loop(client.get_custom_fields) is fields
    assert len(sandbox.requests) == 1
    sandbox.fail("getLead", status=429, retry_after=30.0)

    async def read() -> Lead:
        return await client.get_lead(sandbox.leads[0]["id"])

    with pytest.raises(RateLimitedError):
        run_in_a_loop(read)
    with pytest.raises(RateLimitedError) as caught:
        run_in_a_loop(read)
    assert caught.value.attempts == 0  # refused, because the pause is not over
    asyncio.run(client.aclose())


# What a loop leaves behind


# Python may complain when it deletes the tasks that the closed loop left pending.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@EACH_RUN
def test_call_that_its_loop_cut_off_does_not_disturb_the_next_loop(
    sandbox: Sandbox, run_in_a_loop: Run
) -> None:
    client = LeadsClient(
        sandbox.api_token, base_url=sandbox.url, governor=Governor(max_in_flight=2), timeout=5.0
    )
    tasks: list[asyncio.Task[Any]] = []

    async def leave() -> None:
        tasks.extend(asyncio.create_task(client.get_lead_labels()) for _ in range(5))
        sent = len(sandbox.requests)
        await until(lambda: len(sandbox.requests) == sent + 2)

    async def read() -> int:
        return len(await asyncio.gather(*(client.get_lead_labels() for _ in range(5))))

    for _ in range(2):
        sandbox.fail("getLeadLabels", times=2, delay=30.0)
        run_in_a_loop(leave)
        assert run_in_a_loop(read) == 5
        assert run_in_a_loop(client.get_custom_fields)
        _forget(tasks)
    asyncio.run(client.aclose())


def _forget(tasks: list[asyncio.Task[Any]]) -> None:
    """Delete tasks that a closed loop left pending, without asyncio's message about it."""
    for task in tasks:
        vars_of_task: Any = task
        vars_of_task._log_destroy_pending = False
    tasks.clear()
    gc.collect()


# Python may complain when it deletes the tasks that the closed loop left pending.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@EACH_RUN
def test_shared_work_that_a_loop_cut_off_is_started_again(
    sandbox: Sandbox, run_in_a_loop: Run
) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=5.0)
    tasks: list[asyncio.Task[Any]] = []

    async def leave() -> None:
        tasks.append(asyncio.create_task(client.get_custom_fields()))
        await until(lambda: bool(sandbox.requests))
        tasks.extend(asyncio.all_tasks() - {asyncio.current_task()})

    sandbox.fail("getLeadFields", delay=30.0)
    run_in_a_loop(leave)
    assert run_in_a_loop(client.get_custom_fields)
    _forget(tasks)
    asyncio.run(client.aclose())


def test_walk_left_over_from_a_closed_loop_continues(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    walk = client.get_leads(limit=1, prefetch=2)
    first = RUNS["new_event_loop"](lambda: _next(walk))
    rest = RUNS["new_event_loop"](lambda: _rest(walk))
    assert [first, *_ids(rest)] == [lead["id"] for lead in sandbox.leads]
    asyncio.run(client.aclose())


async def _next(walk: Any) -> str:
    lead: Lead = await anext(walk)
    await asyncio.sleep(0.05)  # the next pages arrive
    return lead.id


async def _rest(walk: Any) -> list[str]:
    return [lead.id async for lead in walk]


def _ids(found: Any) -> list[str]:
    return list(found)


# Sockets and warnings

SCRIPT: Final = """
import asyncio, gc, sys, warnings
from pipedrive_leads_async import LeadsClient
from tests.client.event_loops import RUNS, open_sockets

warnings.simplefilter("error")
for name, run in RUNS.items():
    client = LeadsClient(sys.argv[1], base_url=sys.argv[2])
    before = open_sockets()
    for _ in range(3):
        run(client.get_lead_labels)
    if name == "new_event_loop":
        asyncio.run(client.get_lead_labels())
    gc.collect()
    print(name, open_sockets() - before)
"""

FORK: Final = """
import asyncio, os, sys
from pipedrive_leads_async import LeadsClient
from tests.client.event_loops import RUNS

for name, run in RUNS.items():
    client = LeadsClient(sys.argv[1], base_url=sys.argv[2])
    print(name, len(run(client.get_lead_labels)), flush=True)
    for _ in range(2):
        if not (child := os.fork()):
            for _ in range(2):
                print(name, len(run(client.get_lead_labels)), flush=True)
            asyncio.run(client.aclose())
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    print(name, len(run(client.get_lead_labels)), flush=True)
    asyncio.run(client.aclose())
"""


def run_script(sandbox: Sandbox, script: str, *options: str) -> list[str]:
    """Run a script that uses the sandbox in another process; return the lines that it prints."""
    command = [sys.executable, *options, "-c", script, sandbox.api_token, sandbox.url]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, cwd=ROOT, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.linux
def test_closed_loops_leave_no_socket_and_no_warning(sandbox: Sandbox) -> None:
    assert run_script(sandbox, SCRIPT) == [f"{name} 0" for name in RUNS]


@pytest.mark.unix
def test_client_is_used_in_worker_processes_that_were_forked(sandbox: Sandbox) -> None:
    # Python warns of a fork in a process with threads, and asgiref leaves one.
    printed = run_script(sandbox, FORK, "-W", "ignore:This process:DeprecationWarning")
    assert printed == [f"{name} 3" for name in RUNS for _ in range(6)]


# What stays an error


def test_lent_session_of_a_closed_loop_is_a_wrong_loop_error(sandbox: Sandbox) -> None:
    sessions: list[aiohttp.ClientSession] = []

    async def open_session() -> LeadsClient:
        # It keeps no connection, which its own closed loop could not close.
        sessions.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)))
        client = LeadsClient(sandbox.api_token, base_url=sandbox.url, session=sessions[0])
        await client.get_lead_labels()
        return client

    client: Any = run(open_session)
    for _ in range(2):
        with pytest.raises(WrongLoopError, match="session belongs to another event loop"):
            run(client.get_lead_labels)

    async def close() -> None:
        await client.aclose()
        await sessions[0].close()

    run(close)


@pytest.mark.parametrize("use", ["get_lead_labels", "get_custom_fields"])
def test_client_of_a_running_loop_is_a_wrong_loop_error_elsewhere(
    sandbox: Sandbox, use: str
) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    call: Callable[[], Any] = getattr(client, use)

    async def use_in_two_loops() -> None:
        await client.get_lead_labels()
        message = "make one client for each event loop and process that run at the same time"
        with pytest.raises(WrongLoopError, match=message):
            await asyncio.to_thread(run, call)
        await call()
        await client.aclose()

    run(use_in_two_loops)


def test_governor_of_a_running_loop_is_a_wrong_loop_error_elsewhere(sandbox: Sandbox) -> None:
    governor = Governor()

    async def read() -> None:
        url = sandbox.url
        async with LeadsClient(sandbox.api_token, base_url=url, governor=governor) as client:
            await client.get_lead_labels()

    async def use_in_two_loops() -> None:
        sandbox.fail("getLeadLabels", delay=0.5)
        call = asyncio.create_task(read())
        await until(lambda: bool(sandbox.requests))
        with pytest.raises(WrongLoopError, match="governor is in use in another"):
            await asyncio.to_thread(run, read)
        await call

    run(use_in_two_loops)
    run(read)


def test_creation_that_a_loop_cut_off_is_not_sent_twice(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url, timeout=1.0)
    request = AddLeadRequest(title="Big order", person_id=sandbox.leads[0]["person_id"])
    sandbox.fail("addLead", delay=30.0, after_commit=True)

    async def add() -> Lead:
        return await client.add_lead(request, idempotency_key="order-1")

    async def leave() -> None:
        call = asyncio.create_task(add())
        await until(lambda: any(lead["origin_id"] for lead in sandbox.leads))
        call.cancel()
        await asyncio.wait([call])

    run(leave)
    # Whether the lead exists is uncertain for 30 seconds, also in the next loop.
    with pytest.raises(OutcomeUnknownError, match="nothing was sent now"):
        run(add)
    assert len([lead for lead in sandbox.leads if lead["origin_id"] == "order-1"]) == 1
    run(client.aclose)
