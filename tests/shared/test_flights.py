"""Work that is done once for all who want it, whoever of them leaves."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async._shared.flights import Flights
from pipedrive_leads_async.errors import AuthUnavailableError, PipedriveError, ServerError


class Work:
    """Work that goes on until it is told what comes of it."""

    def __init__(self) -> None:
        self.begun = 0
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        self.begun += 1
        await self.end


async def test_a_thousand_who_want_it_at_once_begin_it_once() -> None:
    flights, work = Flights(), Work()
    tasks = [asyncio.create_task(flights.join("work", work)) for _ in range(1000)]
    await asyncio.sleep(0)
    work.end.set_result(None)
    await asyncio.gather(*tasks)
    assert work.begun == 1


async def test_who_comes_after_its_end_begins_it_again() -> None:
    flights, work = Flights(), Work()
    work.end.set_result(None)
    await flights.join("work", work)
    await flights.join("work", work)
    assert work.begun == 2


async def test_other_work_is_begun_besides() -> None:
    flights, work, other = Flights(), Work(), Work()
    task = flights.start("work", work)
    other.end.set_result(None)
    await flights.join("other", other)
    assert not task.done()
    assert flights.start("work", work) is task
    work.end.set_result(None)
    assert await task is None


async def test_other_work_is_waited_for_besides() -> None:
    flights, work, other = Flights(), Work(), Work()
    waiters = [
        asyncio.create_task(flights.join("work", work)),
        asyncio.create_task(flights.join("other", other)),
    ]
    await asyncio.sleep(0)
    work.end.set_result(None)
    await waiters[0]
    assert other.begun == 1
    assert not waiters[1].done()
    other.end.set_result(None)
    await waiters[1]


async def test_who_is_cancelled_does_not_end_it_for_the_others() -> None:
    flights, work = Flights(), Work()
    first, second = (asyncio.create_task(flights.join("work", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    work.end.set_result(None)
    await second
    assert work.begun == 1


async def test_it_goes_on_when_all_have_left() -> None:
    flights, work = Flights(), Work()
    waiter = asyncio.create_task(flights.join("work", work))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait([waiter])
    settling = asyncio.create_task(flights.settle())
    await asyncio.sleep(0)
    assert not settling.done()
    work.end.set_exception(ServerError("down"))  # which nobody hears of, and nobody must
    await settling


async def test_each_who_waited_gets_an_error_of_its_own() -> None:
    flights, work, cause = Flights(), Work(), OSError("no route")
    tasks = [asyncio.create_task(flights.join("work", work)) for _ in range(2)]
    await asyncio.sleep(0)
    failure = AuthUnavailableError("down", retry_after=2.0)
    failure.__cause__ = cause
    work.end.set_exception(failure)
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert len({id(error) for error in errors}) == 2
    for error in errors:
        assert isinstance(error, AuthUnavailableError)
        assert (str(error), error.retry_after) == ("down", 2.0)
        assert error.__cause__ is cause


async def test_what_a_store_or_a_hook_raises_is_an_error_of_the_library() -> None:
    flights, work = Flights(), Work()
    work.end.set_exception(cause := LookupError("canary"))
    with pytest.raises(PipedriveError) as caught:
        await flights.join("work", work)
    assert isinstance(caught.value, AuthUnavailableError)
    assert str(caught.value) == "the token store or on_token_update raised LookupError"
    assert caught.value.__cause__ is cause


async def test_work_that_is_cancelled_itself_cancels_who_waits() -> None:
    flights, work = Flights(), Work()
    waiter = asyncio.create_task(flights.join("work", work))
    await asyncio.sleep(0)
    work.end.cancel()
    await asyncio.wait([waiter])
    assert waiter.cancelled()


def test_what_one_loop_left_is_begun_again_in_the_next() -> None:
    flights, begun = Flights(), 0

    async def endless() -> None:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()

    async def leave() -> None:
        await flights.settle()  # what another loop has is not waited for
        _ = flights.start("work", endless)
        await asyncio.sleep(0)

    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(leave())
        second.run(leave())
    assert begun == 2
