"""`FleetLimiter` decides when one process of a fleet may send a request.

A script that all processes run in Redis assigns a slot to each request; two slots are one pace (a
fixed interval) apart. A log or token bucket would not be enough: requests arrive later than they
are admitted, by varying times, so up to twice the limit could arrive in one window.

These terms are used here besides those of `_limits.limiter`; place and turn have another meaning:

- slot: the moment at which one request of the fleet may be sent.
- pace: the interval between two slots.
- turn: a lock of each line. Only its holder asks Redis for a slot.
- place: one of the `max_in_flight` requests of this process that have a slot or are in flight.
- share: the part of the limits that this process uses while Redis cannot be reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any

from .._limits.barrier import Barrier
from .._limits.home_loop import HomeLoop
from .._limits.rate import LastReport, Rate
from .._limits.signals import LimitHeaders, plausible_wait
from .._limits.window import SEARCH_LIMIT, Window
from ..errors import ApiError, BlockedError, RateLimitedError
from ._line import Line, PendingRequest, Share, Slot
from ._shared_limits import SharedLimits


class FleetLimiter:
    """The limits of one credential, in one process of many.

    Args:
        run_script: Runs `ASSIGN_SLOT` with a request and a report, both as JSON.
        keep_daily_tokens: As for `Governor`.
        max_in_flight: As for `Governor`.
        workers: The largest number of processes.
        timeout: The longest time that `run_script` takes, in seconds.
    """

    def __init__(
        self,
        run_script: Callable[[bytes, bytes], Awaitable[Any]],
        *,
        keep_daily_tokens: int,
        max_in_flight: int,
        workers: int,
        timeout: float,
    ) -> None:
        self._last_report = LastReport()
        self._home = HomeLoop()
        self._max_in_flight = max_in_flight
        self._places = asyncio.Semaphore(max_in_flight)
        self._lines = (Line("", Window()), Line("search_", Window(limit=SEARCH_LIMIT)))
        self._share = Share(
            workers, keep_daily_tokens=keep_daily_tokens, max_in_flight=max_in_flight
        )
        for search in (False, True):
            self._share.follow(self._lines[search].window, search=search)
        self._fleet = SharedLimits(
            run_script,
            self._lines,
            self._share,
            keep_daily_tokens=keep_daily_tokens,
            timeout=timeout,
        )
        self._in_flight: dict[PendingRequest, Slot | None] = {}

    @asynccontextmanager
    async def admission(
        self, *, operation: str, cost: int, search: bool = False, patience: float
    ) -> AsyncGenerator[None]:
        """Wait until a request may be sent; see `Limiter`."""
        self._move_to_running_loop()
        request = PendingRequest(operation, cost, search, monotonic() + patience)
        async with AsyncExitStack() as held:
            slot = self._in_flight[request] = await self._wait(request, held)
            try:
                yield
            except ApiError as error:
                self._fleet.report_response(slot)
                if isinstance(error, BlockedError | RateLimitedError):
                    await self._fleet.send_report()  # the other processes have to pause too
                raise
            else:
                self._fleet.report_response(slot)
            finally:
                self._in_flight.pop(request, None)

    def _move_to_running_loop(self) -> None:
        """Drop the requests of a closed event loop, with its locks."""
        is_waiting = any(line.waiting for line in self._lines)
        if self._home.move(has_requests=is_waiting or bool(self._in_flight)):
            self._places = asyncio.Semaphore(self._max_in_flight)
            self._in_flight.clear()
            for line in self._lines:
                line.drop_waiting()

    @property
    def rate(self) -> Rate:
        """The limits that Pipedrive last reported to this process."""
        return self._last_report.rate

    def observe(
        self, headers: Mapping[str, str], *, search: bool = False, is_local: bool = False
    ) -> None:
        """Read the limits from the headers of a response; see `Limiter`."""
        now, limits = monotonic(), LimitHeaders.read(headers, is_local=is_local)
        self._last_report.update(limits, search=search)
        line = self._lines[search]
        line.window.learn(now, limit=limits.limit, reset=limits.reset, length=limits.window)
        if limits.remaining == 0:
            # Another program uses the same token, or requests arrive unevenly.
            line.window.pause(now, line.window.length / 10)
        if limits.daily_remaining is not None:
            self._share.set_budget(limits.daily_remaining)
        self._share.follow(line.window, search=search)
        self._fleet.report_headers(limits, line, self._in_flight.values())

    def react_to(self, error: ApiError, *, search: bool = False) -> None:
        """Hold back other requests if an error requires it; see `Limiter`."""
        now = monotonic()
        self._share.react_to(error, search=search)
        barrier = Barrier.for_error(error, now)
        if barrier:
            self._fleet.barrier = barrier
        elif isinstance(error, RateLimitedError):
            self._lines[search].window.pause(now, plausible_wait(error))

    async def _wait(self, request: PendingRequest, held: AsyncExitStack) -> Slot | None:
        """Wait for a slot and until it is due; return None for a place without Redis."""
        line = self._lines[request.search]
        slot, was_late = None, False
        with line.join(request):
            while True:
                async with line.turn:
                    if slot is None:
                        await held.enter_async_context(self._places)
                    slot = await self._reserve(request, slot)
                    if slot is None:
                        await self._wait_alone(request, held)
                        return None
                await _sleep_until(max(slot.due, line.window.closed_until))
                now = monotonic()
                is_late = now > slot.due + slot.slack
                if line.window.closed_until <= now and (was_late or not is_late):
                    return slot
                # Send it if it is late again: a process this slow spreads its requests anyway.
                was_late |= is_late

    async def _reserve(self, request: PendingRequest, slot: Slot | None) -> Slot | None:
        """Return a slot that is near; stay the first in line until it is, and confirm it then."""
        slot = await self._fleet.assign_slot(request, slot)
        while slot and slot.due - monotonic() > slot.slack:
            await _sleep_until(slot.due - slot.slack)
            slot = await self._fleet.assign_slot(request, slot)
        return slot

    async def _wait_alone(self, request: PendingRequest, held: AsyncExitStack) -> None:
        """Wait for a place in this process's own share."""
        await held.enter_async_context(
            self._share.admission(
                operation=request.operation,
                cost=request.cost,
                search=request.search,
                patience=request.deadline - monotonic(),
            )
        )
        # Redis does not know of this request: the next report closes the window for its length.
        window = self._lines[request.search].window
        window.pause(monotonic(), window.length)


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(moment - monotonic())
