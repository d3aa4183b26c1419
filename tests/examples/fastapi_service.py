"""Run the FastAPI example as a process, and call it as a tenant."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiohttp
import attrs

from pipedrive_leads_async.sandbox import SandboxAccount
from tests.examples.example_process import ExampleProcess

FORM: Final = {
    "id": "form-0001",
    "name": "Ann Lee",
    "email": "ann@lee.example",
    "subject": "50 chairs",
}
"""The form that a visitor sends."""


class Service(ExampleProcess):
    """A process of uvicorn that serves the example."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(
            *("-m", "uvicorn", "--port", "0", "--app-dir", "examples", "fastapi_app:app"),
            ready="running on http",
            log=folder / "service.log",
            environment=environment,
        )
        self.url = self.log.partition("running on ")[2].split()[0]
        self._database = environment["DATABASE"]

    @property
    def peak(self) -> float:
        """The peak memory of the process, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000

    def execute(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self._database, isolation_level=None)) as database:
            return database.execute(sql).fetchall()


@attrs.frozen
class Tenant:
    """A customer's account, with a session that is authenticated at the service."""

    name: str
    account: SandboxAccount
    session: aiohttp.ClientSession
    url: str

    @property
    def ids(self) -> list[str]:
        return [lead["id"] for lead in self.account.leads]

    @property
    def added(self) -> Counter[str]:
        """The number of leads for each form."""
        return Counter(lead["origin_id"] for lead in self.account.leads if lead["origin_id"])

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.session.get(self.url + path, **options) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=body) as response:
            return response.status, json.loads(await response.text() or "null")

    async def send(self, **changes: str) -> tuple[int, Any]:
        """Send the form."""
        return await self.post("/forms", FORM | changes)

    async def send_until_done(self) -> tuple[int, Any]:
        """Send the form again until another worker has processed it, as a page does."""
        while True:
            status, body = await self.send()
            if status != 409:
                return status, body
            await asyncio.sleep(0.02)


def login(name: str) -> dict[str, str]:
    return {"authorization": aiohttp.encode_basic_auth(name, f"password of {name}")}
