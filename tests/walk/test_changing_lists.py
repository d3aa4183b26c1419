"""Test walks through lists that change between requests: no lead that stays is missed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pipedrive_leads_async._walk.lead_list import LISTS, LeadList
from pipedrive_leads_async.enums import ArchivedStatus
from pipedrive_leads_async.errors import DecodeError, PaginationError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import (
    LEADS,
    ListServer,
    ids,
    lead,
    other_tasks,
    respond_in_random_order,
    second,
    walk,
)

ALL = LISTS[ArchivedStatus.ALL]


@attrs.frozen
class Scenario:
    """A list and the way in which it changes.

    Attributes:
        seed: The seed of all random choices.
        count: The number of leads at the start.
        same_time: How many leads have the same creation time; their order changes all the time.
        cap: The maximum number of rows of a page.
        reports_next_start: Whether responses contain `next_start`.
        change_rate: The probability of a change before a response.
        large_changes: Whether a change can affect any number of leads.
    """

    seed: int
    count: int
    same_time: int
    cap: int
    reports_next_start: bool
    change_rate: float
    large_changes: bool


SCENARIOS = st.builds(
    Scenario,
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 50, 51, 150, 400]),
    same_time=st.sampled_from([1, 1, 3, 10]),
    cap=st.sampled_from([500, 500, 40]),
    reports_next_start=st.booleans(),
    change_rate=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    large_changes=st.booleans(),
)
PREFETCH = st.integers(0, 8)
LIMITS = st.sampled_from([50, 51, 80, 120])
SMALL_LIMITS = st.sampled_from([1, 3, 10, 49])


class Account:
    """An account whose leads are deleted, brought back and added all the time.

    Attributes:
        server: The server of its lists.
        stayed: The ids of the leads that were in the list all the time.
        changes: The number of changes.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.chance = random.Random(scenario.seed)
        self.open = {each.id: each for each in map(self._made, range(scenario.count))}
        self.deleted: dict[str, Lead] = {}
        self.stayed = set(self.open)
        self.changes = 0
        self._next = scenario.count
        self.server = ListServer(
            {},
            cap=scenario.cap,
            reports_next_start=scenario.reports_next_start,
            changes=self.change,
            holds_from=0,
        )
        self.serve()

    def _made(self, number: int) -> Lead:
        return lead(number, add_time=second(number // self.scenario.same_time))

    def serve(self) -> None:
        rows = list(self.open.values())
        self.chance.shuffle(rows)
        self.server.rows[LEADS] = sorted(rows, key=self.order)

    def order(self, each: Lead) -> Any:
        return each.add_time

    def change(self) -> None:
        if self.chance.random() < self.scenario.change_rate:
            self.changes += 1
            self.chance.choice([self.delete, self.bring_back, self.add])()
            self.serve()

    def delete(self) -> None:
        most = len(self.open) if self.scenario.large_changes else 25
        for id in self.chance.sample(
            sorted(self.open), min(len(self.open), self.chance.randint(1, most + 1))
        ):
            self.deleted[id] = self.open.pop(id)
            self.stayed.discard(id)

    def bring_back(self) -> None:
        most = len(self.deleted) if self.scenario.large_changes else 3
        for id in self.chance.sample(sorted(self.deleted), min(len(self.deleted), most)):
            self.open[id] = self.deleted.pop(id)

    def add(self) -> None:
        for _ in range(self.chance.randint(1, 5)):
            number, self._next = self._next, self._next + 1
            self.open[f"lead-{number}"] = self._made(number)

    async def ids_of_walk(self, **options: Any) -> list[str]:
        """Return the ids that one walk yields if its responses arrive in random order."""
        work = asyncio.create_task(self._collect_ids(**options))
        found = await respond_in_random_order(self.server, work, self.chance)
        assert not other_tasks()
        return found

    async def _collect_ids(self, **options: Any) -> list[str]:
        return [id async for page in walk(self.server, **options).pages() for id in ids(page.leads)]

    async def ids_of_interrupted_walk(self, found: list[str], **options: Any) -> list[str]:
        """Add the ids that a walk yields if it is interrupted and resumed at random."""
        checkpoint: str | None = None
        while True:
            work = asyncio.create_task(
                self._collect_ids_until_interrupted(found, resume_from=checkpoint, **options)
            )
            checkpoint = await respond_in_random_order(self.server, work, self.chance)
            assert not other_tasks()
            if checkpoint is None:
                return found
            self.change()

    async def _collect_ids_until_interrupted(self, found: list[str], **options: Any) -> str | None:
        async with aclosing(walk(self.server, **options).pages()) as walking:
            async for page in walking:
                found += ids(page.leads)
                if self.chance.random() < 0.4:
                    return page.checkpoint
        return None


def run(walking: Coroutine[Any, Any, list[str]]) -> list[str]:
    # The debug mode of -X dev would store a traceback in each iteration of the event loop.
    return asyncio.run(walking, debug=False)


def repeated(found: list[str]) -> set[str]:
    return {id for id, times in Counter(found).items() if times > 1}


@settings(max_examples=150, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_leads_that_stay_are_yielded_once_whatever_changes(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    found = run(account.ids_of_walk(limit=limit, prefetch=prefetch))
    assert account.stayed <= set(found)
    assert not repeated(found)
    rows = min(limit, scenario.cap)
    assert len(account.server.requests) <= 4 * len(found) / rows + 12 + account.changes * (
        prefetch + 6
    )


@settings(max_examples=125, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_resumed_walk_misses_and_repeats_no_lead_whatever_changes(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    found: list[str] = []
    error = None
    try:
        run(account.ids_of_interrupted_walk(found, limit=limit, prefetch=prefetch))
    except PaginationError as raised:
        error = str(raised)
    assert not repeated(found)
    if error is None:
        assert account.stayed <= set(found)
    else:
        assert account.changes
        all_deleted = "contains none of the leads" in error
        assert all_deleted or (scenario.same_time > 1 and "came again in another order" in error)


@settings(max_examples=50, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_leads_between_malformed_ones_are_yielded_once(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    account.server.malformed |= {f"lead-{n}" for n in range(1000) if account.chance.random() < 0.05}
    skipped: list[DecodeError] = []
    found = run(account.ids_of_walk(limit=limit, prefetch=prefetch, on_malformed=skipped.append))
    assert account.stayed <= {*found, *(error.lead_id for error in skipped)}
    assert not repeated(found)


@settings(max_examples=50, deadline=None)
@given(
    scenario=SCENARIOS,
    limit=st.one_of(LIMITS, SMALL_LIMITS),
    prefetch=PREFETCH,
    max_items=st.integers(0, 300),
)
def test_max_items_is_never_exceeded(
    scenario: Scenario, limit: int, prefetch: int, max_items: int
) -> None:
    account = Account(scenario)
    try:
        found = run(account.ids_of_walk(limit=limit, prefetch=prefetch, max_items=max_items))
    except PaginationError:  # leads of one creation time changed their order
        assert account.changes
        assert limit < 50
        assert scenario.same_time > 1
        return
    assert len(found) <= max_items
    assert len(found) == max_items or len(account.stayed) <= max_items or limit < 50


@settings(max_examples=100, deadline=None)
@given(
    scenario=SCENARIOS,
    limit=st.one_of(LIMITS, SMALL_LIMITS),
    prefetch=PREFETCH,
    ordered=st.booleans(),
    order=st.sampled_from(["none", "equal", "descending", "random", "some missing", "small skew"]),
)
def test_leads_in_any_order_are_not_repeated_and_all_yielded_without_changes(
    scenario: Scenario, limit: int, prefetch: int, ordered: bool, order: str
) -> None:
    account = Account(scenario)
    chance = random.Random(scenario.seed)
    places = {id: place for place, id in enumerate(account.open)}

    def disordered(each: Lead) -> Lead:
        place = places.get(each.id, 1000)
        time = {
            "none": None,
            "equal": second(0),
            "descending": second(-place),
            "random": second(chance.random()),
            "some missing": second(place) if place % 90 else None,
            "small skew": second(place + chance.uniform(-8, 8)),
        }[order]
        return attrs.evolve(each, add_time=time)

    account.open = {id: disordered(each) for id, each in account.open.items()}
    account.order = lambda each: places.get(each.id, 1000)  # type: ignore[method-assign]  # the server's own order
    account.serve()
    try:
        found = run(account.ids_of_walk(limit=limit, prefetch=prefetch, ordered=ordered))
    except PaginationError:  # leads that were deleted came back in another place
        assert account.changes
        return
    assert not repeated(found)
    if not account.changes:
        assert found == list(places)


@settings(max_examples=50, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_leads_archived_during_the_walk_are_found_in_the_second_list(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    archived: dict[str, Lead] = {}
    rows = account.server.rows

    def change() -> None:
        if account.chance.random() < scenario.change_rate and account.open:
            for id in account.chance.sample(sorted(account.open), len(account.open) // 9):
                archived[id] = attrs.evolve(account.open.pop(id), is_archived=True)
        for each, found in ((LeadList.LEADS_ALL, account.open), (LeadList.ARCHIVED, archived)):
            rows[each] = sorted(found.values(), key=account.order)

    account.server.changes = change
    found = run(account.ids_of_walk(limit=limit, prefetch=prefetch, lists=ALL))
    assert set(found) == account.stayed
    assert not repeated(found)
