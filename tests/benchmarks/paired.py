"""Measure several tasks alternately, so that a disturbance of the machine affects all of them."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import TypeAlias

import attrs


@attrs.frozen
class Cost:
    """The CPU time and the wall time of one run, in seconds."""

    cpu: float
    wall: float


@attrs.frozen
class Run:
    """A run of a task: the number of things it processed, and its cost."""

    done: int
    cost: Cost


Work: TypeAlias = Callable[[], Awaitable[int | Run]]
"""A task to measure.

It returns the number of things it processed; a task in another process also returns its cost.
"""

Part: TypeAlias = Callable[[Cost], float]
"""Returns one of the two times: `cpu` or `wall`."""


def cpu(cost: Cost) -> float:
    """Return the CPU time of this process, in seconds."""
    return cost.cpu


def wall(cost: Cost) -> float:
    """Return the wall time, in seconds."""
    return cost.wall


@attrs.frozen
class Costs:
    """The costs of each task in each cycle."""

    cycles: Mapping[str, list[Cost]]

    def seconds(self, name: str, of: Part) -> float:
        """Return the median time of a task, in seconds."""
        return median(of(cost) for cost in self.cycles[name])

    def ratio(self, name: str, base: str, of: Part) -> float:
        """Return the median ratio of two tasks; each ratio is that of one cycle."""
        pairs = zip(self.cycles[name], self.cycles[base], strict=True)
        return median(of(cost) / of(other) for cost, other in pairs)


async def measure(
    works: Mapping[str, Work], *, cycles: int, expect: int, is_warm: bool = False
) -> Costs:
    """Measure all tasks alternately.

    Args:
        works: The tasks.
        cycles: The number of measurements of each task.
        expect: The value that each task must return, so that none is fast by doing less.
        is_warm: Whether to skip the run of each task before the measurements.
    """
    if not is_warm:
        for work in works.values():
            await work()
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    with frozen_heap():
        for _ in range(cycles):
            # In random order, because each task affects the caches and the heap of the next.
            for name, work in random.sample(list(works.items()), len(works)):
                costs[name].append(await _cost(name, work, expect))
    return Costs(costs)


async def _cost(name: str, work: Work, expect: int) -> Cost:
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    done = await work()
    here = Cost(time.process_time() - used, time.perf_counter() - began)
    run = done if isinstance(done, Run) else Run(done, here)
    if run.done != expect:
        raise AssertionError(f"{name}: {run.done} instead of {expect}")
    return run.cost


@contextmanager
def frozen_heap() -> Generator[None]:
    """Exclude all existing objects from garbage collection.

    Otherwise a full collection would always happen in the same place, at the same contender.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
