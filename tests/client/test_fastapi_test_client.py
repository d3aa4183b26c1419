"""Test a client in a FastAPI application that its own tests call with a `TestClient`."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from fastapi.testclient import TestClient

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox


def test_client_can_be_used_in_test_client_calls_with_a_loop_each(sandbox: Sandbox) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    app = FastAPI()

    @app.get("/")
    async def count() -> int:
        return len([lead async for lead in client.get_leads(max_items=3)])

    browser = TestClient(app)
    for _ in range(3):
        assert browser.get("/").json() == 3
    asyncio.run(client.aclose())
