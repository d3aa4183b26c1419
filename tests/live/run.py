"""One run of the check against one server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pipedrive_leads_async import LeadsClient, PipedriveError

from .data import MarkedData
from .relay import Exchange, Relay


class Observation:
    """The answer of a server to a question.

    `answer` is compared with that of the sandbox; None if it cannot be settled. `detail` is the
    server's text.
    """

    def __init__(self, answer: str | None, detail: str = "") -> None:
        self.answer = answer
        self.detail = detail


@dataclass
class Run:
    """The client of a run, the data that it made, and its results.

    `values` has what later steps need from earlier ones. `failures` has the errors of the
    library by step.
    """

    relay: Relay
    client: LeadsClient
    data: MarkedData
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    failures: dict[str, str] = field(default_factory=dict[str, str])
    observations: dict[str, Observation] = field(default_factory=dict[str, Observation])

    async def send(
        self, method: str, path: str, *, json: Any = None, params: Any = None
    ) -> Exchange:
        """Send a request that may be refused, and return the exchange."""
        before = len(self.relay.exchanges)
        with suppress(PipedriveError):
            await self.client.request(method, path, json=json, params=params)
        return self.relay.exchanges[before:][-1]

    async def add(self, **fields: Any) -> Exchange:
        """Send a request for a marked lead with these properties, which may be refused."""
        body = {"title": self.data.name, "person_id": self.values["person"]} | fields
        return await self.send("POST", "/v1/leads", json=body)


Step: TypeAlias = Callable[[Run], Awaitable[None]]


async def perform(run: Run, name: str, step: Step) -> None:
    """Perform one step; record an error of the library, or a missing value of another step."""
    run.relay.step = name
    try:
        await step(run)
    except PipedriveError as error:
        run.failures[name] = f"{type(error).__name__}: {error}"
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        run.failures[name] = f"unexpected result: {type(error).__name__} {error}"
