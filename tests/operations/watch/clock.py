"""A clock with which a watch waits for its next pass in no time."""

from __future__ import annotations

import asyncio

import pytest

from pipedrive_leads_async import LeadsClient


class Clock:
    """A clock of the event loop that sleeping puts forward."""

    def __init__(self, client: LeadsClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []
        loop = asyncio.get_running_loop()
        start = loop.time()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() * 1e-9 + start * (1 - 1e-9) + self.now)
        monkeypatch.setattr(vars(client)["_caller"], "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(round(seconds, 3))
        self.now += seconds
        await asyncio.sleep(0)
