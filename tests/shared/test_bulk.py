"""Many items, a few at a time: in order of readiness, with room for each, ended as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from pipedrive_leads_async._shared.bulk import each
from tests.walk.list_server import other_tasks, turns


async def test_results_come_as_soon_as_they_are_ready() -> None:
    gates = [asyncio.Event() for _ in range(3)]

    async def work(number: int) -> int:
        await gates[number].wait()
        return number

    results = each(range(3), work, concurrency=3)
    for number in (2, 0, 1):
        gates[number].set()
        assert await anext(results) == number
    assert [result async for result in results] == []


async def test_a_slow_source_holds_back_no_result() -> None:
    forever = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        yield 1
        yield 2
        await forever.wait()

    async def work(number: int) -> int:
        await turns(10 * number)
        return number

    results = each(items(), work, concurrency=3)
    assert [await anext(results), await anext(results)] == [1, 2]
    await results.aclose()
    assert not other_tasks()


async def test_no_more_is_under_way_than_was_asked_for() -> None:
    under_way = most = 0

    async def work(_: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await turns(30)
        under_way -= 1

    assert len([done async for done in each(range(50), work, concurrency=7)]) == 50
    assert most == 7


@pytest.mark.parametrize("later", [0, 10], ids=["at once", "while an item is awaited"])
async def test_an_error_of_the_work_comes_after_what_is_under_way(later: int) -> None:
    forever = asyncio.Event()

    async def items() -> AsyncIterator[int]:
        for number in range(3):
            yield number
        await forever.wait()

    async def work(number: int) -> int:
        if number == 1:
            await turns(later)
            raise ZeroDivisionError
        await turns(20)
        return number

    given: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in each(items(), work, concurrency=5):
            given.append(result)  # noqa: PERF401 - what came before the error counts
    assert 0 in given
    assert not other_tasks()


async def test_an_error_of_the_items_comes_after_what_is_under_way() -> None:
    def items() -> Iterator[int]:
        yield 0
        raise ZeroDivisionError

    async def work(number: int) -> int:
        await turns(20)
        return number

    given: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in each(items(), work, concurrency=5):
            given.append(result)  # noqa: PERF401 - what came before the error counts
    assert given == [0]


async def test_after_an_error_of_the_items_no_more_are_taken() -> None:
    class Feed:
        """Fails once, and would go on."""

        taken = 0

        def __aiter__(self) -> Feed:
            return self

        async def __anext__(self) -> int:
            self.taken += 1
            if self.taken == 2:
                raise ZeroDivisionError
            if self.taken >= 5:
                raise StopAsyncIteration
            return self.taken

    async def work(number: int) -> int:
        await turns(20)
        return number

    feed = Feed()
    given: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in each(feed, work, concurrency=2):
            given.append(result)  # noqa: PERF401 - what came before the error counts
    assert (given, feed.taken) == ([1], 2)


async def test_after_an_error_of_the_work_no_more_are_taken() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    async def work(number: int) -> int:
        if number == 1:
            raise ZeroDivisionError
        await turns(20)
        return number

    given: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async for result in each(items(), work, concurrency=2):
            given.append(result)  # noqa: PERF401 - what came before the error counts
    assert (given, taken) == ([0], [0, 1])


async def test_of_several_errors_the_first_is_raised() -> None:
    async def work(number: int) -> None:
        await turns(10 * (number + 1))
        raise LookupError(number)

    with pytest.raises(LookupError, match=r"^0$"):
        _ = [result async for result in each(range(3), work, concurrency=3)]


async def test_who_leaves_early_cancels_what_is_under_way() -> None:
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

    results = each(range(100), work, concurrency=4)
    assert await anext(results) == 0
    await results.aclose()
    assert {1, 2} <= set(cancelled) <= {1, 2, 3, 4}
    assert not other_tasks()
