"""What eight processes get of an account through Redis: `python -m tests.benchmarks.fleet`.

It takes two minutes. The account is the sandbox, as near as Redis.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import attrs

from pipedrive_leads_async.sandbox import Sandbox
from tests.fleet.fleet_worker import fleet
from tests.fleet.redis_server import RedisServer

from .figures import Figure
from .machine import machine
from .report import terminal_table

_WORKERS: Final = 8
_WINDOW: Final = 2.0
_SECONDS: Final = 20.0
_TOKENS: Final = {
    20: "an API token on the smallest plan",
    120: "an API token on the largest plan",
    480: "an OAuth app on the largest plan",
}


@attrs.frozen
class Arrivals:
    """When requests arrived, and how many of them were refused."""

    limit: int
    times: Sequence[float]
    refused: int

    def share(self, begin: float, end: float) -> float:
        """Give what arrived from one moment to another, in percent of what is allowed."""
        arrived = sum(begin < moment <= end for moment in self.times)
        return 100 * arrived / (end - begin) * _WINDOW / self.limit

    def limits(self, group: str) -> list[Figure]:
        """Tell how near they came to the limit, and whether they went beyond."""
        fullest = max(self.share(end - _WINDOW, end) for end in self.times)
        return [
            Figure(group, "of the limit, in the fullest window", fullest, unit="%"),
            Figure(group, "answers of 429", self.refused, unit="", must=0, stretch=0),
        ]


def measure() -> list[Figure]:
    """Call as often as each limit allows; then with Redis away for a while."""
    figures: list[Figure] = []
    for limit, token in _TOKENS.items():
        group = f"{limit} in 2 s, as {token} has"
        arrivals = _arrivals(limit, int(_SECONDS * limit / _WINDOW))
        share = arrivals.share(arrivals.times[0], arrivals.times[-1])
        figures.append(_share(group, "of the limit", share, must=80, stretch=90))
        figures += arrivals.limits(group)

    moments: list[float] = []

    def take_away(redis: RedisServer) -> None:
        for change in (redis.kill, redis.start):
            time.sleep(_SECONDS / 2)
            change()
            moments.append(time.monotonic())

    group = "20 in 2 s, with Redis killed and started again"
    arrivals = _arrivals(20, int(_SECONDS * 12), take_away)
    phases = pairwise([arrivals.times[0], *moments, arrivals.times[-1]])
    for when, phase in zip(("before", "without Redis", "after"), phases, strict=True):
        figures.append(_share(group, f"of the limit, {when}", arrivals.share(*phase)))
    return [*figures, *arrivals.limits(group)]


def _arrivals(
    limit: int, calls: int, meanwhile: Callable[[RedisServer], None] = lambda _: None
) -> Arrivals:
    with (
        RedisServer() as redis,
        Sandbox(leads=1, burst=(limit, _WINDOW)) as account,
        fleet(account, redis.path, workers=_WORKERS, calls=calls) as processes,
    ):
        processes.go()
        meanwhile(redis)
        processes.join()
        requests = account.requests
    refused = sum(request.status == 429 for request in requests)
    return Arrivals(limit, [request.time for request in requests], refused)


def _share(
    group: str, what: str, share: float, *, must: float | None = None, stretch: float | None = None
) -> Figure:
    return Figure(group, what, share, "%", must, stretch, more_is_better=True)


if __name__ == "__main__":
    sys.stdout.write(f"{terminal_table(measure())}\n\n{machine()}\n")
