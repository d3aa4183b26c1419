"""What holds in every test: nothing is left behind, nothing blocks the event loop, no secret shows.

And what most tests need: a session manager, a small account, a client of it.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

from pipedrive_leads_async import LeadsClient, SessionManager
from pipedrive_leads_async.sandbox import Sandbox

pytest_plugins = ["pipedrive_leads_async.pytest_plugin", "tests.support.canaries"]

# A machine that is busy with something else makes no test fail.
settings.register_profile("suite", deadline=None, database=None)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def nothing_blocks_the_loop() -> Iterator[None]:
    """Refuse, in our code, a call that would make all tasks of a loop wait."""
    package = "pipedrive_leads_async"
    with blockbuster_ctx(package, excluded_modules=[f"{package}.sandbox"]) as guard:
        # coverage locks its data when a new file is traced
        guard.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", "lock_data")
        # which file a path is, some microseconds
        resolving = ("pipedrive_leads_async/auth/_token_stores.py", "__init__")
        guard.functions["os.path.abspath"].can_block_in(*resolving)
        yield


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test fail that leaves a task behind, or a socket: its ResourceWarning is an error."""
    is_async = inspect.iscoroutinefunction(request.function)
    if is_async:
        request.getfixturevalue("no_task_is_left")
    yield
    if is_async:
        gc.collect()
        gc.freeze()  # what is left belongs to all tests: the next collection is quick


@pytest.fixture
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
async def manager() -> AsyncIterator[SessionManager]:
    """A session manager of the test's own."""
    async with SessionManager() as manager:
        yield manager


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small account, quicker made than that of `pipedrive_sandbox`."""
    with Sandbox(leads=5, burst=None) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[LeadsClient]:
    """A client of the small account."""
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        yield client
