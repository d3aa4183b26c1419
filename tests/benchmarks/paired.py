"""Measure pieces of work by turns, so that what disturbs the machine disturbs them all."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import TypeAlias

import attrs

Work: TypeAlias = Callable[[], Awaitable[int]]
"""Does something, and returns how often."""


@attrs.frozen
class Cost:
    """The seconds that one piece of work took."""

    cpu: float
    wall: float


Part: TypeAlias = Callable[[Cost], float]
"""Which of the seconds."""


def cpu(cost: Cost) -> float:
    """The seconds that this process computed."""
    return cost.cpu


def wall(cost: Cost) -> float:
    """The seconds that passed."""
    return cost.wall


@attrs.frozen
class Costs:
    """What each piece of work took, cycle by cycle."""

    cycles: Mapping[str, list[Cost]]

    def seconds(self, name: str, of: Part) -> float:
        """How long one piece of work took."""
        return median(of(cost) for cost in self.cycles[name])

    def ratio(self, name: str, base: str, of: Part) -> float:
        """How many times as long as `base` it took, each compared within one cycle."""
        pairs = zip(self.cycles[name], self.cycles[base], strict=True)
        return median(of(cost) / of(other) for cost, other in pairs)


async def measure(
    works: Mapping[str, Work], *, cycles: int, expect: int, is_warm: bool = False
) -> Costs:
    """Do all pieces of work by turns.

    Args:
        works: What is done.
        cycles: How often each is measured.
        expect: What each has to return, so that nothing is fast by doing less.
        is_warm: Whether each can be measured at once, without having been done before.
    """
    if not is_warm:
        for work in works.values():
            await work()
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    with frozen_heap():
        for _ in range(cycles):
            # In another order each time, as each leaves caches and heap to the next.
            for name, work in random.sample(list(works.items()), len(works)):
                costs[name].append(await _cost(name, work, expect))
    return Costs(costs)


async def _cost(name: str, work: Work, expect: int) -> Cost:
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    done = await work()
    cost = Cost(time.process_time() - used, time.perf_counter() - began)
    if done != expect:
        raise AssertionError(f"{name}: {done} instead of {expect}")
    return cost


@contextmanager
def frozen_heap() -> Generator[None]:
    """Keep the garbage collector from searching again and again what lives on.

    Its full collections come at fixed places, and so always to the same contender.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
