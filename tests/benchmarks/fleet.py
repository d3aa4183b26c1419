"""Measure how much of an account's limit eight processes use through Redis.

Run `python -m tests.benchmarks.fleet`; it takes two minutes. The account is the sandbox, on the
same machine as Redis.
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
_LIMITS: Final = {
    20: "an API token on the smallest plan",
    120: "an API token on the largest plan",
    480: "an OAuth app on the largest plan",
}


@attrs.frozen
class Arrivals:
    """The times at which requests arrived, and the number of them that were refused."""

    limit: int
    times: Sequence[float]
    refused: int

    def share(self, begin: float, end: float) -> float:
        """Return the requests that arrived in an interval, in percent of the limit."""
        arrived = sum(begin < moment <= end for moment in self.times)
        return 100 * arrived / (end - begin) * _WINDOW / self.limit

    def figures(self, group: str) -> list[Figure]:
        """Return the share in the fullest window, and the number of 429s."""
        fullest = max(self.share(end - _WINDOW, end) for end in self.times)
        return [
            Figure(group, "of the limit, in the fullest window", fullest, unit="%"),
            Figure(group, "responses of 429", self.refused, unit="", must=0, stretch=0),
        ]


def measure() -> list[Figure]:
    """Measure each limit; then the smallest while Redis is killed and restarted."""
    figures: list[Figure] = []
    for limit, token in _LIMITS.items():
        group = f"{limit} in 2 s, the limit of {token}"
        arrivals = _arrivals(limit, int(_SECONDS * limit / _WINDOW))
        share = arrivals.share(arrivals.times[0], arrivals.times[-1])
        figures.append(_share(group, "of the limit", share, must=80, stretch=90))
        figures += arrivals.figures(group)

    moments: list[float] = []

    def restart(redis: RedisServer) -> None:
        for change in (redis.kill, redis.start):
            time.sleep(_SECONDS / 2)
            change()
            moments.append(time.monotonic())

    group = "20 in 2 s, while Redis is killed and restarted"
    arrivals = _arrivals(20, int(_SECONDS * 12), restart)
    phases = pairwise([arrivals.times[0], *moments, arrivals.times[-1]])
    for when, phase in zip(("before", "without Redis", "after"), phases, strict=True):
        figures.append(_share(group, f"of the limit, {when}", arrivals.share(*phase)))
    return [*figures, *arrivals.figures(group)]


def _arrivals(
    limit: int, calls: int, meanwhile: Callable[[RedisServer], None] = lambda _: None
) -> Arrivals:
    with (
        RedisServer() as redis,
        Sandbox(leads=1, burst=(limit, _WINDOW)) as account,
        fleet(account, redis.path, workers=_WORKERS, calls=calls) as processes,
    ):
        processes.start()
        meanwhile(redis)
        processes.join()
        requests = account.requests
    refused = sum(request.status == 429 for request in requests)
    return Arrivals(limit, [request.time for request in requests], refused)


def _share(
    group: str, name: str, share: float, *, must: float | None = None, stretch: float | None = None
) -> Figure:
    return Figure(group, name, share, "%", must, stretch, more_is_better=True)


if __name__ == "__main__":
    sys.stdout.write(f"{terminal_table(measure())}\n\n{machine()}\n")
