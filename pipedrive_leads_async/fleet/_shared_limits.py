"""`SharedLimits` gets slots from the limits that a fleet shares in Redis, and reports to them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic
from typing import Any, TypeGuard

from .._codec.json import dumps
from .._limits.barrier import PROBE_INTERVAL, Barrier, turn_too_late
from .._limits.signals import LimitHeaders
from .._shared.log import log
from ..errors import ApiError, BlockedError, RateLimitedError
from ._line import SMALLEST_LIMIT, Line, PendingRequest, Share, Slot
from ._redis import UnreachableError

# The first element of the script's reply.
_GRANTED, _EXHAUSTED, _BLOCKED, _RESERVED, _TOO_LATE = range(5)

# Seconds. Numbers in Redis have a limit.
_LONGEST_PATIENCE = 1e9

# Microseconds: no barrier lasts longer.
_LONGEST_WAIT = 26 * 3600 * 10**6


class SharedLimits:
    """The limits in Redis, as one process sees them.

    Args:
        run_script: Runs `ASSIGN_SLOT` with a request and a report, both as JSON.
        lines: The lines of this process: of all requests but searches, and of searches.
        share: The limiter that this process uses while Redis cannot be reached.
        keep_daily_tokens: As for `Governor`.
        timeout: The longest time that `run_script` takes, in seconds.

    Attributes:
        barrier: The last barrier that an error required in this process.
    """

    def __init__(
        self,
        run_script: Callable[[bytes, bytes], Awaitable[Any]],
        lines: tuple[Line, Line],
        share: Share,
        *,
        keep_daily_tokens: int,
        timeout: float,
    ) -> None:
        self.barrier: Barrier | None = None
        self._run_script = run_script
        self._lines = lines
        self._share = share
        self._keep = keep_daily_tokens
        self._timeout = timeout
        self._report: dict[str, Any] = {}
        self._is_lost = False
        self._retry_at = -math.inf

    def report_headers(
        self, limits: LimitHeaders, line: Line, slots_in_flight: Iterable[Slot | None]
    ) -> None:
        """Add the limits of a response to the next report."""
        if limits.limit:
            self._report[f"{line.prefix}limit"] = limits.limit
            self._report[f"{line.prefix}length"] = _microseconds(line.window.length)
        spent = [slot.spent for slot in slots_in_flight if slot]
        if limits.daily_remaining is not None and spent:
            # The response may be that of the oldest request in flight, sent before the others.
            self._report["budget"] = {"left": limits.daily_remaining, "spent": min(spent)}

    def report_response(self, slot: Slot | None) -> None:
        """Add to the next report that a request got a response, if it probed a barrier."""
        if slot and slot.probes:
            self._report["opened"] = slot.probes

    async def send_report(self) -> None:
        """Report at once, without a request."""
        await self._run({})

    async def assign_slot(self, request: PendingRequest, slot: Slot | None) -> Slot | None:
        """Return a slot for a request, or confirm its slot; return None without Redis.

        Raises:
            RateLimitedError: The slot would come after the deadline of the request, or the
                daily budget is used up (`DailyBudgetExhaustedError`).
            BlockedError: Pipedrive's edge blocks the fleet.
        """
        line = self._lines[request.search]
        reply = await self._run(
            {
                "window": line.prefix,
                "limit": line.window.limit or SMALLEST_LIMIT,
                "cost": request.cost,
                "keep": self._keep,
                "patience": _microseconds(min(request.patience(), _LONGEST_PATIENCE)),
                "probe_interval": _microseconds(PROBE_INTERVAL),
                "slot": slot.at if slot else 0,
                "probes": slot.probes if slot else 0,
            }
        )
        if reply is None:
            return None
        verdict, wait, *granted = reply
        if verdict != _GRANTED:
            raise self._refusal(verdict, wait / 1e6, request)
        at, slack, pace, limit, length, spent, probes = granted
        now, line.pace = monotonic(), pace / 1e6
        line.window.learn(now, limit=limit, length=length / 1e6)
        self._share.follow(line.window, search=request.search)
        return Slot(at, now + wait / 1e6, slack / 1e6, slot.spent if slot else spent, probes)

    def _refusal(self, verdict: int, wait: float, request: PendingRequest) -> ApiError:
        now, operation = monotonic(), request.operation
        if verdict == _TOO_LATE:
            return turn_too_late(wait, request.patience(), operation)
        moment = None if wait < 0 else now  # None: another request probes the barrier
        if verdict == _RESERVED:
            return Barrier.budget_reserved(now + wait, self._keep).refusal(operation, moment)
        make_barrier = Barrier.blocked if verdict == _BLOCKED else Barrier.budget_exhausted
        refusal = make_barrier(now + wait).refusal(operation, moment)
        if moment is not None:
            self._share.react_to(refusal)  # in case Redis is lost before the next request
        return refusal

    async def _run(self, request: Mapping[str, Any]) -> list[int] | None:
        """Run the script with a request and the report; return None while Redis is lost."""
        now = monotonic()
        if self._is_lost and now < self._retry_at:
            return None
        # Requests sent without Redis count for one window. Each process tries again within that
        # window, so that all of them share again before Redis assigns the first slot.
        self._retry_at = now + self._timeout + self._lines[False].window.length / 2
        report = dict(self._report)
        try:
            reply = await self._reply_to(request, report | self._closures(now))
        except UnreachableError as error:
            self._continue_alone(error)
            return None
        if self._is_lost:
            self._is_lost = False
            log.info("Redis can be reached again: this process shares Pipedrive's limits again")
        # Entries that changed in the meantime are sent next time.
        self._report = {key: it for key, it in self._report.items() if it != report.get(key)}
        return reply

    async def _reply_to(self, request: Mapping[str, Any], report: Mapping[str, Any]) -> list[int]:
        reply = await self._run_script(dumps(request), dumps(report))
        if not _is_possible(reply, has_request=bool(request)):
            raise UnreachableError("its reply is malformed")
        return reply

    def _closures(self, now: float) -> dict[str, Any]:
        """Return the closed windows and the barrier, each with the time left."""
        closures: dict[str, Any] = {
            "closed": {
                f"{line.prefix}closed_until": _microseconds(line.window.closed_until - now)
                for line in self._lines
                if line.window.closed_until > now
            }
        }
        if self.barrier and now < self.barrier.until:
            reason = _BLOCKED if self.barrier.error is BlockedError else _EXHAUSTED
            wait = _microseconds(self.barrier.until - now)
            closures["barrier"] = {"reason": reason, "wait": wait}
        return closures

    def _continue_alone(self, error: UnreachableError) -> None:
        """Use the share of this process from now on, and log it; once until Redis is back."""
        if self._is_lost:
            return
        self._is_lost = True
        for search in (False, True):
            # The requests that Redis admitted last, in any process, count for one window more.
            pause = 1.1 * self._lines[search].window.length
            self._share.react_to(RateLimitedError(retry_after=pause), search=search)
        part = f"1/{self._share.workers} of Pipedrive's limits"
        log.warning("Redis cannot be reached (%s): until it can, this process uses %s", error, part)


def _is_possible(reply: object, *, has_request: bool) -> TypeGuard[list[int]]:
    """Return whether the script can have sent this reply."""
    match reply:
        case []:
            return not has_request
        case [1 | 2 | 3 | 4, int(wait)]:
            return wait <= _LONGEST_WAIT
        case [0, int(wait), int(), int(slack), int(pace), int(limit), int(length), int(), int()]:
            return wait <= _LONGEST_WAIT and min(slack, pace, limit, length) > 0
        case _:
            return False


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)
