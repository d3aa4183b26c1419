"""Test that the programs of the guide to services work, where possible in their frameworks."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient as WebClient
from aiohttp.test_utils import TestServer as WebServer
from fastapi.testclient import TestClient

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox
from tests.documents.code_blocks import new_sandbox
from tests.documents.frameworks import services_guide


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def guide(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SimpleNamespace]:
    async with services_guide(sandbox, monkeypatch) as names:
        yield names


def newest(sandbox: Sandbox) -> list[str]:
    return [lead["title"] for lead in sandbox.leads[:-6:-1]]


async def test_every_program_of_the_guide_works(
    guide: SimpleNamespace, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Run all of them in one test, because running the guide takes most of the time."""
    await check_bot(guide, sandbox, tmp_path / "checkpoint.txt")
    await asyncio.to_thread(check_fastapi, guide.app, sandbox)
    await asyncio.to_thread(check_models_in_fastapi, guide.internal)
    await asyncio.to_thread(check_starlette, guide.starlette_app, sandbox)
    async with WebClient(WebServer(guide.web_app)) as web:
        assert await (await web.get("/titles")).json() == newest(sandbox)
    assert await guide.ensure_order(77, 1) == await guide.ensure_order(77, 1)
    found = await asyncio.to_thread(guide.handler, {"term": "Order 77"}, None)
    assert found == {"titles": ["Order 77"]}
    since = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert await asyncio.to_thread(guide.export_changes, str(tmp_path), since) == len(sandbox.leads)
    lines = (tmp_path / "1970-01-01.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(sandbox.leads)


async def check_bot(guide: SimpleNamespace, sandbox: Sandbox, checkpoint: Path) -> None:
    began, sent = asyncio.Event(), asyncio.Queue[str]()

    def save(text: str) -> None:
        guide.save_checkpoint(text)
        assert checkpoint.read_text() == text
        began.set()

    guide.report_new_leads.__globals__.update(CHECKPOINT=checkpoint, save_checkpoint=save)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        bot = asyncio.create_task(guide.report_new_leads(client, sent.put, every=0.01))
        await began.wait()
        sandbox.add_lead(title="50 chairs")
        assert await sent.get() == "New lead: 50 chairs"
        bot.cancel()
        await asyncio.wait([bot])


def check_fastapi(app: Any, sandbox: Sandbox) -> None:
    form = {"id": "7", "name": "Ann Lee", "email": "ann@lee.example"}
    with TestClient(app) as web:
        first, second = (web.post("/forms", json=form).json() for _ in range(2))
        assert first == second == {"lead": sandbox.leads[-1]["id"]}
        sandbox.fail("searchPersons", status=403)
        assert web.post("/forms", json=form | {"id": "8"}).status_code == 503


def check_models_in_fastapi(app: Any) -> None:
    with TestClient(app) as web:
        key = {"Idempotency-Key": "order-1"}
        new = {"title": "New", "person_id": 1}
        lead, again = (web.post("/leads", json=new, headers=key).json() for _ in range(2))
        assert web.get(f"/leads/{lead['id']}").json() == lead == again
        assert web.post("/leads", json=new).status_code == 422
        refused = web.post("/leads", json=new | {"person_id": "1"}, headers=key)
        assert refused.json()["detail"][0]["loc"] == ["body", "person_id"]


def check_starlette(app: Any, sandbox: Sandbox) -> None:
    with TestClient(app) as web:
        assert web.get("/titles").json() == newest(sandbox)
