"""Lists of leads that a test holds in its hand: they change, and answer, when it says so."""

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
    """Lead number n, made in second n unless `fields` say otherwise."""
    facts: dict[str, Any] = {"add_time": second(number), "is_archived": False, **fields}
    return Lead(id=f"lead-{number}", title=f"Lead {number}", **facts)


def leads(count: int, *, first: int = 0, **fields: Any) -> list[Lead]:
    return [lead(number, **fields) for number in range(first, first + count)]


def malformed(each: Lead, row: int = 0) -> DecodeError:
    return DecodeError("a lead does not fit", lead_id=each.id, paths=(f"$.data[{row}]",))


def ids(found: Iterable[Lead]) -> list[str]:
    return [each.id for each in found]


@attrs.frozen
class Answer:
    """A page that has arrived."""

    page: DecodedPage[Lead]
    more: bool = False
    next_start: int | None = None
    decoded: Callable[[], object] = lambda: None

    async def decode(self) -> DecodedPage[Lead]:
        self.decoded()
        return self.page


@attrs.define
class ListServer:
    """Serves lists by position.

    Attributes:
        rows: The leads of each list.
        cap: The most rows of a page, whatever is asked for.
        gives_next_start: Whether a page says where the list goes on.
        malformed: The ids of leads that cannot be decoded.
        failures: What to raise instead of the n-th answer.
        changes: Called before each answer is made.
        holds_from: The position from which answers wait in `held` until a test lets them go.
        asked: The requests as they came.
        events: When pages were asked for and decoded.
        held: What waits, by position.
        cancelled: The positions whose requests were cancelled while they waited.
    """

    rows: dict[LeadList, list[Lead]]
    cap: int = 500
    gives_next_start: bool = True
    malformed: set[str] = attrs.field(factory=set[str])
    failures: dict[int, Exception] = attrs.field(factory=dict[int, Exception])
    changes: Callable[[], object] = lambda: None
    holds_from: int = sys.maxsize
    asked: list[tuple[LeadList, int, int]] = attrs.field(factory=list[tuple[LeadList, int, int]])
    events: list[str] = attrs.field(factory=list[str])
    held: dict[int, asyncio.Future[None]] = attrs.field(factory=dict[int, asyncio.Future[None]])
    cancelled: list[int] = attrs.field(factory=list[int])

    @property
    def starts(self) -> list[int]:
        return [start for _, start, _ in self.asked]

    async def fetch(self, which: LeadList, start: int, limit: int) -> Answer:
        turn = len(self.asked)
        self.asked.append((which, start, limit))
        self.events.append(f"ask {start}")
        if start >= self.holds_from:
            self.held[start] = asyncio.get_running_loop().create_future()
            try:
                await self.held[start]
            except asyncio.CancelledError:
                self.cancelled.append(start)
                raise
            finally:
                del self.held[start]
        if turn in self.failures:
            raise self.failures[turn]
        self.changes()
        return self.answer(which, start, limit)

    def answer(self, which: LeadList, start: int, limit: int) -> Answer:
        rows = self.rows[which]
        end = start + min(limit, self.cap)
        found = rows[start:end]
        wrong = {i: malformed(row, i) for i, row in enumerate(found) if row.id in self.malformed}
        return Answer(
            DecodedPage([row for row in found if row.id not in self.malformed], wrong),
            more=end < len(rows),
            next_start=end if self.gives_next_start and end < len(rows) else None,
            decoded=lambda: self.events.append(f"decode {start}"),
        )


def walk(server: ListServer, **options: Any) -> Walk[Lead]:
    """Return a walk; `options` are fields of `WalkSource` and `WalkOptions`."""
    of_source = {each.name for each in attrs.fields(WalkSource)}
    source = {name: value for name, value in options.items() if name in of_source}
    others = {name: value for name, value in options.items() if name not in of_source}
    return Walk(WalkSource(fetch=server.fetch, **source), WalkOptions(**others))


async def collect(into: list[LeadPage[Lead]], server: ListServer, **options: Any) -> None:
    """Walk, and keep the pages, also those before an error."""
    async for page in walk(server, **options).pages():
        assert page.leads
        into.append(page)


async def pages(server: ListServer, **options: Any) -> list[LeadPage[Lead]]:
    found: list[LeadPage[Lead]] = []
    await collect(found, server, **options)
    return found


def given(found: Iterable[LeadPage[Lead]]) -> list[str]:
    """The ids that pages have, in order."""
    return [id for page in found for id in ids(page.leads)]


async def walked(server: ListServer, **options: Any) -> list[str]:
    """The ids that a walk gives, in order."""
    return given(await pages(server, **options))


async def turns(count: int = 5) -> None:
    """Let every task that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


def other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def answered_in_any_order(
    server: ListServer, work: asyncio.Task[T], chance: random.Random
) -> T:
    """Let `work` go on to its end, answering what it asks for in a random order."""
    while not work.done():
        await turns(3)
        waiting = [turn for turn in server.held.values() if not turn.done()]
        if waiting:
            chance.choice(waiting).set_result(None)
    return work.result()
