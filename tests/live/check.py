"""The check: a rehearsal on the sandbox, the run at the account, and the removal of its data."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox

from .data import MarkedData
from .operations import LAST_OPERATIONS, OPERATIONS
from .questions import EXPERIMENTS, Experiment
from .relay import Relay
from .run import Run, Step, perform

_BUDGET: Final = 10_000_000
_REMAINING: Final = "x-daily-ratelimit-token-remaining"


class TooManyLeadsError(Exception):
    """The account has more leads than a test account."""


class Result:
    """The recorded run, with the names of what could not be removed.

    `interrupted` is True if the run was cancelled before its end.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.left: list[str] = []
        self.interrupted = False

    @property
    def tokens(self) -> int:
        """The tokens that the run cost; for a rehearsal only."""
        return _BUDGET - int(self.run.relay.exchanges[-1].headers[_REMAINING])


async def rehearse() -> Result:
    """Perform the check on a sandbox, to know its cost and the responses of the sandbox."""
    async with Sandbox(leads=3, burst=None, daily_tokens=_BUDGET) as sandbox:
        return await check(sandbox.api_token, sandbox.url, max_leads=None)


async def check(token: str, base_url: str, *, max_leads: int | None) -> Result:
    """Perform the check at an account, and remove what it made, also if it is cancelled.

    Raises:
        TooManyLeadsError: The account has more than `max_leads` leads; nothing was made.
        PipedriveError: The leads cannot be counted.
    """
    async with Relay(base_url) as relay, LeadsClient(token, base_url=relay.url) as client:
        if max_leads is not None:
            await _count(client, max_leads)
        result = Result(Run(relay, client, MarkedData(client)))
        try:
            for name, step in _steps().items():
                await _finished(perform(result.run, name, step))
        except asyncio.CancelledError:
            result.interrupted = True
        finally:
            await _remove(result)
        return result


async def _remove(result: Result) -> None:
    """Remove what the run made; a cancellation from now on would leave data behind."""
    result.run.relay.step = "removal"
    removal = asyncio.ensure_future(result.run.data.remove())
    while not removal.done():
        try:
            await asyncio.shield(removal)
        except asyncio.CancelledError:
            result.interrupted = True
    result.left = removal.result()


def _steps() -> dict[str, Step]:
    questions = {id: _settle(id, experiment) for id, experiment in EXPERIMENTS.items()}
    return OPERATIONS | questions | LAST_OPERATIONS


def _settle(id: str, experiment: Experiment) -> Step:
    async def step(run: Run) -> None:
        run.observations[id] = await experiment(run)

    return step


async def _finished(step: Coroutine[Any, Any, None]) -> None:
    """Await a step; if this is cancelled, let the step end first, so that its data is known."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _count(client: LeadsClient, max_leads: int) -> None:
    count = 0
    for leads in (client.get_leads, client.get_archived_leads):
        async for _ in leads(max_items=max_leads + 1 - count):
            count += 1
    if count > max_leads:
        raise TooManyLeadsError
