"""Walks through lists that change between any two requests, against what really stayed."""

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
from pipedrive_leads_async.errors import DecodeError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import (
    LEADS,
    ListServer,
    answered_in_any_order,
    ids,
    lead,
    other_tasks,
    second,
    walk,
)

ALL = LISTS[ArchivedStatus.ALL]


@attrs.frozen
class Scenario:
    """What a list is like, and what happens to it.

    Attributes:
        seed: For everything that is left to chance.
        count: How many leads there are at first.
        instant: How many leads have the same creation time; they change places all the time.
        cap: The most rows of a page.
        gives_next_start: Whether a page says where the list goes on.
        unrest: How likely something happens before an answer.
        upheaval: Whether that can be much at once.
    """

    seed: int
    count: int
    instant: int
    cap: int
    gives_next_start: bool
    unrest: float
    upheaval: bool


SCENARIOS = st.builds(
    Scenario,
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 50, 51, 150, 400]),
    instant=st.sampled_from([1, 1, 3, 10]),
    cap=st.sampled_from([500, 500, 40]),
    gives_next_start=st.booleans(),
    unrest=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    upheaval=st.booleans(),
)
PREFETCH = st.integers(0, 8)
LIMITS = st.sampled_from([50, 51, 80, 120])
SMALL_LIMITS = st.sampled_from([1, 3, 10, 49])


class Account:
    """An account whose leads are deleted, archived, un-archived and added all the time.

    Attributes:
        server: Serves its open leads as `/leads`, or its archived ones as `/leads/archived`.
        stayed: The ids of the leads that were never gone from where a walk finds them.
        changes: How often something happened.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.chance = random.Random(scenario.seed)
        self.open = {each.id: each for each in map(self._made, range(scenario.count))}
        self.gone: dict[str, Lead] = {}
        self.stayed = set(self.open)
        self.changes = 0
        self._next = scenario.count
        self.server = ListServer(
            {},
            cap=scenario.cap,
            gives_next_start=scenario.gives_next_start,
            changes=self.change,
            holds_from=0,
        )
        self.serve()

    def _made(self, number: int) -> Lead:
        return lead(number, add_time=second(number // self.scenario.instant))

    def serve(self) -> None:
        rows = list(self.open.values())
        self.chance.shuffle(rows)
        self.server.rows[LEADS] = sorted(rows, key=self.order)

    def order(self, each: Lead) -> Any:
        return each.add_time

    def change(self) -> None:
        if self.chance.random() < self.scenario.unrest:
            self.changes += 1
            self.chance.choice([self.delete, self.bring_back, self.add])()
            self.serve()

    def delete(self) -> None:
        most = len(self.open) if self.scenario.upheaval else 25
        for id in self.chance.sample(
            sorted(self.open), min(len(self.open), self.chance.randint(1, most + 1))
        ):
            self.gone[id] = self.open.pop(id)
            self.stayed.discard(id)

    def bring_back(self) -> None:
        most = len(self.gone) if self.scenario.upheaval else 3
        for id in self.chance.sample(sorted(self.gone), min(len(self.gone), most)):
            self.open[id] = self.gone.pop(id)

    def add(self) -> None:
        for _ in range(self.chance.randint(1, 5)):
            number, self._next = self._next, self._next + 1
            self.open[f"lead-{number}"] = self._made(number)

    async def walked(self, **options: Any) -> list[str]:
        """The ids that one walk gives, its requests answered in any order."""
        work = asyncio.create_task(self._walked(**options))
        found = await answered_in_any_order(self.server, work, self.chance)
        assert not other_tasks()
        return found

    async def _walked(self, **options: Any) -> list[str]:
        return [id async for page in walk(self.server, **options).pages() for id in ids(page.leads)]

    async def walked_in_parts(self, **options: Any) -> list[str]:
        """The ids that walks give, each of which goes on from where another left off."""
        found: list[str] = []
        checkpoint: str | None = None
        while True:
            work = asyncio.create_task(
                self._walked_a_while(found, resume_from=checkpoint, **options)
            )
            checkpoint = await answered_in_any_order(self.server, work, self.chance)
            assert not other_tasks()
            if checkpoint is None:
                return found
            self.change()

    async def _walked_a_while(self, found: list[str], **options: Any) -> str | None:
        async with aclosing(walk(self.server, **options).pages()) as walking:
            async for page in walking:
                found += ids(page.leads)
                if self.chance.random() < 0.4:
                    return page.checkpoint
        return None


def run(walking: Coroutine[Any, Any, list[str]]) -> list[str]:
    # The debug mode that -X dev brings takes a traceback at each turn of the loop.
    return asyncio.run(walking, debug=False)


def twice(found: list[str]) -> set[str]:
    return {id for id, times in Counter(found).items() if times > 1}


@settings(max_examples=300, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_whatever_happens_all_that_stays_comes_once(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    found = run(account.walked(limit=limit, prefetch=prefetch))
    assert account.stayed <= set(found)
    assert not twice(found)
    rows = min(limit, scenario.cap)
    assert len(account.server.asked) <= 4 * len(found) / rows + 12 + account.changes * (
        prefetch + 6
    )


@settings(max_examples=250, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_whatever_happens_between_its_parts_a_walk_loses_and_repeats_nothing(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    found = run(account.walked_in_parts(limit=limit, prefetch=prefetch))
    assert account.stayed <= set(found)
    assert not twice(found)


@settings(max_examples=100, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_malformed_leads_do_not_make_a_walk_lose_others(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    account.server.malformed |= {f"lead-{n}" for n in range(1000) if account.chance.random() < 0.05}
    skipped: list[DecodeError] = []
    found = run(account.walked(limit=limit, prefetch=prefetch, on_malformed=skipped.append))
    assert account.stayed <= {*found, *(error.lead_id for error in skipped)}
    assert not twice(found)


@settings(max_examples=100, deadline=None)
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
    found = run(account.walked(limit=limit, prefetch=prefetch, max_items=max_items))
    assert len(found) <= max_items
    assert len(found) == max_items or len(account.stayed) <= max_items or limit < 50


@settings(max_examples=200, deadline=None)
@given(
    scenario=SCENARIOS,
    limit=st.one_of(LIMITS, SMALL_LIMITS),
    prefetch=PREFETCH,
    ordered=st.booleans(),
    order=st.sampled_from(["none", "equal", "descending", "random", "some missing", "small skew"]),
)
def test_whatever_the_order_nothing_comes_twice_and_a_quiet_list_comes_whole(
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
    found = run(account.walked(limit=limit, prefetch=prefetch, ordered=ordered))
    assert not twice(found)
    if not account.changes:
        assert found == list(places)


@settings(max_examples=100, deadline=None)
@given(scenario=SCENARIOS, limit=LIMITS, prefetch=PREFETCH)
def test_a_lead_that_is_archived_on_the_way_is_found_in_the_other_list(
    scenario: Scenario, limit: int, prefetch: int
) -> None:
    account = Account(scenario)
    archived: dict[str, Lead] = {}
    rows = account.server.rows

    def change() -> None:
        if account.chance.random() < scenario.unrest and account.open:
            for id in account.chance.sample(sorted(account.open), len(account.open) // 9):
                archived[id] = attrs.evolve(account.open.pop(id), is_archived=True)
        for each, found in ((LeadList.LEADS_ALL, account.open), (LeadList.ARCHIVED, archived)):
            rows[each] = sorted(found.values(), key=account.order)

    account.server.changes = change
    found = run(account.walked(limit=limit, prefetch=prefetch, lists=ALL))
    assert set(found) == account.stayed
    assert not twice(found)
