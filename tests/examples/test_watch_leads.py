"""Test `examples/watch_leads.py`: the chat hears of each new lead once."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipedrive_leads_async import LeadsClient, PaginationError, UpdateLeadRequest
from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, ExampleProcess
from tests.support.raw_server import RawServer, http
from tests.support.sandbox_api import until

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")


async def start(sandbox: Sandbox, chat: RawServer, folder: Path) -> ExampleProcess:
    environment = {
        "PIPEDRIVE_API_TOKEN": sandbox.api_token,
        "PIPEDRIVE_BASE_URL": sandbox.url,
        "CHAT_URL": f"{chat.origin}/hook",
        "EVERY": "0.05",
        "PYTHONUNBUFFERED": "1",
    }
    file = folder / "checkpoint.txt"
    arguments = ["examples/watch_leads.py", str(file)]
    return await asyncio.to_thread(
        ExampleProcess, *arguments, ready="watching", log=folder / "log", environment=environment
    )


async def until_two_more_passes(sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    await until(lambda: len(sandbox.requests) > before + 1)


async def test_chat_hears_of_each_new_lead_once_also_after_a_restart(
    sandbox: Sandbox, client: LeadsClient, tmp_path: Path
) -> None:
    async with RawServer((http(),)) as chat:
        process = await start(sandbox, chat, tmp_path)
        await until((tmp_path / "checkpoint.txt").exists)
        sandbox.add_lead(title="50 chairs", value={"amount": 1200, "currency": "EUR"})
        await chat.received(1)
        await client.update_lead(sandbox.leads[0]["id"], UpdateLeadRequest(title="Changed"))
        await until_two_more_passes(sandbox)
        await asyncio.to_thread(process.stop)
        sandbox.add_lead(title="A desk")
        process = await start(sandbox, chat, tmp_path)
        await chat.received(2)
        await asyncio.to_thread(process.stop)
    texts = [request.json["text"] for request in chat.requests]
    assert texts == ["New lead: 50 chairs, 1200 EUR", "New lead: A desk"]


async def test_start_after_the_place_is_lost_reads_the_list_from_its_start(tmp_path: Path) -> None:
    example = runpy.run_path(str(ROOT / "examples" / "watch_leads.py"))

    class Lost:
        async def watch_lead_pages(self, **_: Any) -> AsyncIterator[Any]:
            error = PaginationError("lost")
            error.checkpoint = self.checkpoint
            raise error
            yield

        checkpoint: str | None = "its start"

    client = Lost()
    place = example["Checkpoint"](tmp_path / "checkpoint.txt", 1)
    for _ in range(2):
        with pytest.raises(PaginationError):
            await example["announce"](client, None, place)
        assert place.load() == "its start"
        client.checkpoint = None  # as if nothing was read


def test_checkpoint_of_another_company_is_refused(tmp_path: Path) -> None:
    example = runpy.run_path(str(ROOT / "examples" / "watch_leads.py"))
    file = tmp_path / "checkpoint.txt"
    example["Checkpoint"](file, 1).save("its start")
    with pytest.raises(SystemExit, match="of company 1, and the token is of 2"):
        example["Checkpoint"](file, 2).load()
