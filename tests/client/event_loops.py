"""Ways to run coroutines in one event loop after another, as scripts, workers and views do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

from asgiref.sync import async_to_sync

Run: TypeAlias = Callable[[Callable[[], Coroutine[Any, Any, object]]], object]
"""Runs a coroutine function in a new event loop, and closes the loop."""


def run(function: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run it as a script or a Lambda does."""
    return asyncio.run(function())


def run_as_a_view(function: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run it as a Django view under WSGI does."""

    async def view() -> object:
        return await function()

    return async_to_sync(view)()


def run_on_uvloop(function: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run it as a script with another kind of event loop does."""
    uvloop: Any = import_module("uvloop")
    return uvloop.run(function())


def run_by_hand(function: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run it as a Celery task often does, without closing the generators of the loop."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(function())
    finally:
        loop.close()


RUNS: Final[dict[str, Run]] = {
    "asyncio.run": run,
    "async_to_sync": run_as_a_view,
    "new_event_loop": run_by_hand,
    **({"uvloop.run": run_on_uvloop} if find_spec("uvloop") else {}),
}


def open_sockets() -> int:
    """Return the number of sockets that this process has open."""
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())
