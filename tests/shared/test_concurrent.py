"""Test `map_concurrently`: the order of its results, its errors, its concurrency, its closing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from pipedrive_leads_async._shared.concurrent import map_concurrently
from pipedrive_leads_async.errors import WrongLoopError
from tests.client.event_loops import run_by_hand
from tests.walk.list_server import other_tasks, run_tasks


async def test_results_are_yielded_as_soon_as_they_are_ready() -> None:
    gates = [asyncio.Event() for _ in range(3)]

    async def work(number: int) -> int:
        await gates[number].wait()
        return number

    results = map_concurrently(range(3), work, concurrency=3)
    for number in (2, 0, 1):
        gates[number].set()
        assert await anext(results) == number
    assert [result async for result in results] == []


async def test_slow_source_does_not_delay_results() -> None:
    forever = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        yield 1
        yield 2
        await forever.wait()

    async def work(number: int) -> int:
        await run_tasks(10 * number)
        return number

    results = map_concurrently(items(), work, concurrency=3)
    assert [await anext(results), await anext(results)] == [1, 2]
    await results.aclose()
    assert not other_tasks()


async def test_concurrency_bounds_the_tasks_in_progress() -> None:
    in_progress = most = 0

    async def work(_: int) -> None:
        nonlocal in_progress, most
        in_progress += 1
        most = max(most, in_progress)
        await run_tasks(30)
        in_progress -= 1

    assert len([done async for done in map_concurrently(range(50), work, concurrency=7)]) == 50
    assert most == 7


@pytest.mark.parametrize("delay", [0, 10], ids=["immediate error", "error while fetching"])
async def test_error_of_work_is_raised_after_the_results_in_progress(delay: int) -> None:
    forever = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        for number in range(3):
            yield number
        await forever.wait()

    async def work(number: int) -> int:
        if number == 1:
            await run_tasks(delay)
            raise ZeroDivisionError
        await run_tasks(20)
        return number

    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in map_concurrently(items(), work, concurrency=5):
            results.append(result)  # noqa: PERF401 - the results before the error count
    assert 0 in results
    assert not other_tasks()


async def test_error_of_the_source_is_raised_after_the_results_in_progress() -> None:
    def items() -> Iterator[int]:
        yield 0
        raise ZeroDivisionError

    async def work(number: int) -> int:
        await run_tasks(20)
        return number

    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in map_concurrently(items(), work, concurrency=5):
            results.append(result)  # noqa: PERF401 - the results before the error count
    assert results == [0]


async def test_source_is_not_read_after_its_error() -> None:
    class Source:
        """An iterator that raises one error and would then continue."""

        reads = 0

        def __aiter__(self) -> Source:
            return self

        async def __anext__(self) -> int:
            self.reads += 1
            if self.reads == 2:
                raise ZeroDivisionError
            if self.reads >= 5:
                raise StopAsyncIteration
            return self.reads

    async def work(number: int) -> int:
        await run_tasks(20)
        return number

    source = Source()
    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in map_concurrently(source, work, concurrency=2):
            results.append(result)  # noqa: PERF401 - the results before the error count
    assert (results, source.reads) == ([1], 2)


async def test_source_is_not_read_after_an_error_of_work() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    async def work(number: int) -> int:
        if number == 1:
            raise ZeroDivisionError
        await run_tasks(20)
        return number

    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in map_concurrently(items(), work, concurrency=2):
            results.append(result)  # noqa: PERF401 - the results before the error count
    assert (results, read) == ([0], [0, 1])


async def test_first_of_several_errors_is_raised() -> None:
    async def work(number: int) -> None:
        await run_tasks(10 * (number + 1))
        raise LookupError(number)

    with pytest.raises(LookupError, match=r"^0$"):
        _ = [result async for result in map_concurrently(range(3), work, concurrency=3)]


async def test_closing_the_generator_cancels_the_tasks_in_progress() -> None:
    cancelled: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> int:
        if number == 3:
            gate.set()
        try:
            await (gate.wait() if number == 0 else asyncio.sleep(60))
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    results = map_concurrently(range(100), work, concurrency=4)
    assert await anext(results) == 0
    await results.aclose()
    assert {1, 2} <= set(cancelled) <= {1, 2, 3, 4}
    assert not other_tasks()


def test_iteration_that_continues_in_another_loop_is_a_wrong_loop_error() -> None:
    async def work(number: int) -> int:
        return number

    results = map_concurrently(range(5), work, concurrency=3)

    async def take_one() -> int:
        number = await anext(results)
        await run_tasks(3)
        return number

    assert run_by_hand(take_one) in range(5)
    with pytest.raises(WrongLoopError, match="iterate in one event loop"):
        run_by_hand(take_one)
