"""What holds in every test: nothing is left behind, nothing blocks the event loop."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

pytest_plugins = ["pipedrive_leads_async.pytest_plugin"]

# A machine that is busy with something else makes no test fail.
settings.register_profile("suite", deadline=None, database=None)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def nothing_blocks_the_loop() -> Iterator[None]:
    """Refuse, in our code, a call that would make all tasks of a loop wait."""
    package = "pipedrive_leads_async"
    with blockbuster_ctx(package, excluded_modules=[f"{package}.sandbox"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def collecting_is_fast() -> None:
    """Take what the imports made out of the garbage collector's way."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test fail that leaves a task behind, or a socket: its ResourceWarning is an error."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("no_task_is_left")
    yield
    gc.collect()


@pytest.fixture
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
