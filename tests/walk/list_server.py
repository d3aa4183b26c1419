"""A server of lead lists in memory: a test decides when lists change and responses arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import attrs

from pipedrive_leads_async._walk.lead_list import LeadList
from pipedrive_leads_async._walk.options import WalkOptions, WalkSource
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async._walk.walk import Walk
from pipedrive_leads_async.errors import DecodeError
from pipedrive_leads_async.models import Lead, LeadPage

T = TypeVar("T")

LEADS: Final = LeadList.LEADS
DAWN: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def second(number: float) -> dt.datetime:
    return DAWN + dt.timedelta(seconds=number)


def lead(number: int, **fields: Any) -> Lead:
    """Return a lead whose number is also its creation second, unless `fields` has an `add_time`."""
    values: dict[str, Any] = {"add_time": second(number), "is_archived": False, **fields}
    return Lead(id=f"lead-{number}", title=f"Lead {number}", **values)


def leads(count: int, *, first: int = 0, **fields: Any) -> list[Lead]:
    return [lead(number, **fields) for number in range(first, first + count)]


def malformed(each: Lead, row: int = 0) -> DecodeError:
    return DecodeError("a lead is malformed", lead_id=each.id, paths=(f"$.data[{row}]",))


def ids(found: Iterable[Lead]) -> list[str]:
    return [each.id for each in found]


@attrs.frozen
class FakeResponse:
    """A response to a request for one page; it calls `decoded` when it is decoded."""

    page: DecodedPage[Lead]
    more: bool = False
    next_start: int | None = None
    decoded: Callable[[], object] = lambda: None

    async def decode(self) -> DecodedPage[Lead]:
        self.decoded()
        return self.page


@attrs.define
class ListServer:
    """A server of lists of leads, in memory.

    Attributes:
        rows: The leads of each list.
        cap: The maximum number of rows of a page, whatever `limit` is.
        reports_next_start: Whether responses contain `next_start`.
        malformed: The ids of leads that cannot be decoded.
        failures: The error to raise instead of the n-th response.
        changes: Called before each response is made.
        holds_from: The position from which responses wait until a test sets their future in `held`.
        requests: The list, position and page size of each request, in order of arrival.
        events: The order in which pages were requested and decoded.
        held: The futures of the responses that wait, by position.
        cancelled: The positions of the requests that were cancelled while their response waited.
    """

    rows: dict[LeadList, list[Lead]]
    cap: int = 500
    reports_next_start: bool = True
    malformed: set[str] = attrs.field(factory=set[str])
    failures: dict[int, Exception] = attrs.field(factory=dict[int, Exception])
    changes: Callable[[], object] = lambda: None
    holds_from: int = sys.maxsize
    requests: list[tuple[LeadList, int, int]] = attrs.field(factory=list[tuple[LeadList, int, int]])
    events: list[str] = attrs.field(factory=list[str])
    held: dict[int, asyncio.Future[None]] = attrs.field(factory=dict[int, asyncio.Future[None]])
    cancelled: list[int] = attrs.field(factory=list[int])

    @property
    def starts(self) -> list[int]:
        return [start for _, start, _ in self.requests]

    async def fetch(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        number = len(self.requests)
        self.requests.append((which, start, limit))
        self.events.append(f"request {start}")
        if start >= self.holds_from:
            self.held[start] = asyncio.get_running_loop().create_future()
            try:
                await self.held[start]
            except asyncio.CancelledError:
                self.cancelled.append(start)
                raise
            finally:
                del self.held[start]
        if number in self.failures:
            raise self.failures[number]
        self.changes()
        return self.respond(which, start, limit)

    def respond(self, which: LeadList, start: int, limit: int) -> FakeResponse:
        rows = self.rows[which]
        end = start + min(limit, self.cap)
        found = rows[start:end]
        wrong = {i: malformed(row, i) for i, row in enumerate(found) if row.id in self.malformed}
        return FakeResponse(
            DecodedPage([row for row in found if row.id not in self.malformed], wrong),
            more=end < len(rows),
            next_start=end if self.reports_next_start and end < len(rows) else None,
            decoded=lambda: self.events.append(f"decode {start}"),
        )


def walk(server: ListServer, **options: Any) -> Walk[Lead]:
    """Return a walk; `options` are fields of `WalkSource` and `WalkOptions`."""
    of_source = {each.name for each in attrs.fields(WalkSource)}
    source = {name: value for name, value in options.items() if name in of_source}
    others = {name: value for name, value in options.items() if name not in of_source}
    return Walk(WalkSource(fetch=server.fetch, **source), WalkOptions(**others))


async def collect(into: list[LeadPage[Lead]], server: ListServer, **options: Any) -> None:
    """Append the pages of a walk to `into`, so that a test has them also after an error."""
    async for page in walk(server, **options).pages():
        assert page.leads
        into.append(page)


async def pages(server: ListServer, **options: Any) -> list[LeadPage[Lead]]:
    found: list[LeadPage[Lead]] = []
    await collect(found, server, **options)
    return found


def ids_of_pages(found: Iterable[LeadPage[Lead]]) -> list[str]:
    """Return the ids of the leads of pages, in order."""
    return [id for page in found for id in ids(page.leads)]


async def ids_of_walk(server: ListServer, **options: Any) -> list[str]:
    """Return the ids that a walk yields, in order."""
    return ids_of_pages(await pages(server, **options))


async def run_tasks(count: int = 5) -> None:
    """Run the other tasks as far as they get in some iterations of the event loop."""
    for _ in range(count):
        await asyncio.sleep(0)


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def respond_in_random_order(
    server: ListServer, work: asyncio.Task[T], chance: random.Random
) -> T:
    """Run `work` to its end; the requests it waits for are responded to in random order."""
    while not work.done():
        await run_tasks(3)
        waiting = [response for response in server.held.values() if not response.done()]
        if waiting:
            chance.choice(waiting).set_result(None)
    return work.result()
