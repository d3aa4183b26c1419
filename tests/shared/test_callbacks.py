"""Test which functions of users are refused as async, and that an observer never raises."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from pipedrive_leads_async._shared import callbacks


async def report(_: object) -> None: ...


async def report_each(_: object) -> AsyncGenerator[None, None]:
    yield


class Reporter:
    async def __call__(self, _: object) -> None: ...

    async def report(self, _: object) -> None: ...

    @staticmethod
    async def report_statically(_: object) -> None: ...

    @classmethod
    async def report_for_class(cls, _: object) -> None: ...


ASYNC: dict[str, Any] = {
    "function": report,
    "generator function": report_each,
    "object": Reporter(),
    "__call__": Reporter().__call__,
    "method": Reporter().report,
    "static method": Reporter.report_statically,
    "static method object": Reporter.__dict__["report_statically"],
    "class method": Reporter.report_for_class,
    "partial": functools.partial(report),
    "partial of a partial": functools.partial(functools.partial(report), 1),
    "partial of an object": functools.partial(Reporter()),
    "partial of a method": functools.partial(Reporter().report),
    "mock": AsyncMock(),
}


@pytest.mark.parametrize("function", ASYNC.values(), ids=ASYNC)
def test_async_function_is_refused_by_name(function: Any) -> None:
    with pytest.raises(TypeError, match=r"^on_attempt must be a plain function, got an async one"):
        callbacks.plain_function("on_attempt", function)


def ignore(_: object) -> None: ...


@pytest.mark.parametrize(
    "function",
    [None, print, "".join, ignore, functools.partial(print, 1), Mock(), Exception],
    ids=["None", "builtin", "method", "function", "partial", "mock", "class"],
)
def test_plain_function_is_accepted(function: Any) -> None:
    assert callbacks.plain_function("on_attempt", function) is function


def test_other_type_is_refused_by_name() -> None:
    function: Any = "print"
    with pytest.raises(TypeError, match=r"^on_attempt must be callable, got str$"):
        callbacks.plain_function("on_attempt", function)


def fail(_: object) -> None:
    raise ValueError("mine")


def cancel(_: object) -> None:
    raise asyncio.CancelledError


def return_coroutine(argument: object) -> object:
    return report(argument)


FAILING: list[tuple[Callable[[object], object], str]] = [
    (fail, "ValueError"),
    (cancel, "CancelledError"),
    (return_coroutine, "TypeError"),
]


@pytest.mark.parametrize(("function", "name"), FAILING)
def test_exception_of_an_observer_is_logged_and_not_raised(
    function: Callable[[object], object], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    callbacks.notify("on_attempt", function, 1, extra={"operation": "getLead"})
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"on_attempt raised {name}"
    assert record.exc_info
    assert vars(record)["operation"] == "getLead"


def test_interrupt_in_an_observer_is_raised() -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        callbacks.notify("on_attempt", interrupt, 1, extra={})


def test_coroutine_that_a_plain_function_returns_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"^on_malformed returned a coroutine, which nothing"):
        callbacks.call("on_malformed", return_coroutine, 1)


async def test_task_that_a_plain_function_starts_runs() -> None:
    tasks: list[asyncio.Task[None]] = []

    def start(argument: object) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(report(argument)))
        return tasks[0]

    callbacks.call("on_malformed", start, 1)
    await tasks[0]
