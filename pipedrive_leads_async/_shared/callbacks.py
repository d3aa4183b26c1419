"""Check and call the plain functions of users: `on_attempt` and `on_malformed`."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any, TypeVar

from .checks import callback
from .log import log

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


def plain_function(name: str, value: F | None) -> F | None:
    """Check that the value is None or a function whose result need not be awaited."""
    if callback(name, value) is not None and _is_async(value):
        raise TypeError(
            f"{name} must be a plain function, got an async one, which nothing would await: "
            "pass a function that starts a task with asyncio.create_task"
        )
    return value


def call(name: str, function: Callable[[T], object], argument: T) -> None:
    """Call a plain function of the user.

    Raises:
        TypeError: It returned a coroutine.
        Exception: It raised an exception.
    """
    result = function(argument)
    if inspect.iscoroutine(result):
        result.close()  # otherwise Python would warn that nothing awaited it
        raise TypeError(
            f"{name} returned a coroutine, which nothing awaits: start a task for it with "
            "asyncio.create_task"
        )


def notify(
    name: str, function: Callable[[T], object], argument: T, *, extra: Mapping[str, Any]
) -> None:
    """Call a function of the user that only observes: log its exception, and do not raise it.

    Args:
        name: The name of the argument that the user passed it as.
        function: The function.
        argument: Its argument.
        extra: The attributes of the log record.
    """
    try:
        call(name, function, argument)
    # A plain function is never cancelled: its CancelledError comes from a future of its own.
    except (Exception, asyncio.CancelledError) as error:
        log.exception("%s raised %s", name, type(error).__name__, extra=extra)


def _is_async(function: Any) -> bool:
    if isinstance(function, functools.partial):
        return _is_async(function.func)
    if isinstance(function, MethodType | staticmethod):
        return _is_async(function.__func__)
    return any(
        check(each)
        for check in (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
        for each in (function, function.__call__)
    )
