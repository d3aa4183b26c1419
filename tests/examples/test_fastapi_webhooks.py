"""Test how `examples/fastapi_app.py` creates webhooks, saves their events, and reconciles."""

from __future__ import annotations

import importlib
import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipedrive_leads_async import LeadsClient, PaginationError
from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT
from tests.examples.fastapi_service import login


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: Sandbox) -> Any:
    """Return the application with two tenants, the second of which has an invalid token."""
    tenants = {
        name: {"password": f"password of {name}", "api_token": token, "base_url": sandbox.url}
        for name, token in (("invalid", "x" * 40), ("acme", sandbox.api_token))
    }
    monkeypatch.setenv("TENANTS", json.dumps(tenants))
    monkeypatch.setenv("DATABASE", str(tmp_path / "service.db"))
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    return importlib.import_module("fastapi_app").app


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests if request.status != 401]


def test_webhook_of_each_tenant_is_created_once(
    app: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:9")
    expected = ["getWebhooks", "addWebhook", "getWebhooks"]
    for _ in range(2):
        with TestClient(app):
            until = time.monotonic() + 5.0
            while operations(sandbox) != expected and time.monotonic() < until:
                time.sleep(0.005)
        assert operations(sandbox) == expected
        expected = [*expected, "getWebhooks"]
    [added] = [each.body for each in sandbox.requests if each.operation == "addWebhook"]
    assert added["subscription_url"] == "http://127.0.0.1:9/acme/webhook"
    assert (added["http_auth_user"], added["http_auth_password"]) == ("acme", "password of acme")
    assert "the webhook of invalid is missing" in caplog.text


def event_of(lead: dict[str, Any], id: str, action: str = "create") -> dict[str, Any]:
    """Return the body of a webhook about a lead."""
    meta = {
        "action": action,
        "entity": "lead",
        "version": "2.0",
        "entity_id": lead["id"],
        "id": id,
        "timestamp": lead["update_time"],
    }
    return {"data": lead, "previous": None if action == "create" else {}, "meta": meta}


def query(text: str) -> list[Any]:
    """Return rows of the database."""
    with closing(sqlite3.connect(os.environ["DATABASE"])) as database:
        return database.execute(text).fetchall()


def test_changes_that_webhooks_have_lost_are_saved_by_a_pass(app: Any, sandbox: Sandbox) -> None:
    with TestClient(app, headers=login("acme")) as browser:

        def reconcile() -> Any:
            return browser.post("/acme/reconcile").json()

        assert reconcile() == {"saved": 0}
        reported, lost = sandbox.add_lead(title="Reported"), sandbox.add_lead(title="Lost")
        assert browser.post("/acme/webhook", json=event_of(reported, "1")).status_code == 204
        assert reconcile() == {"saved": 1}
        assert reconcile() == {"saved": 0}
        assert browser.post("/acme/webhook", json=event_of(lost, "2")).status_code == 204
    saved = query("select lead_id, kind from events order by rowid")
    assert saved == [(reported["id"], "LeadCreated"), (lost["id"], "LeadCreated")]


def test_changes_in_another_order_and_repeated_are_each_saved_once(
    app: Any, sandbox: Sandbox
) -> None:
    earlier = sandbox.add_lead(title="Big order") | {"update_time": "2027-01-01T00:00:01.000Z"}
    later = earlier | {"update_time": "2027-01-01T00:00:02.000Z"}
    deliveries = [(later, "2"), (earlier, "1"), (later, "2"), (earlier, "1"), (later, "3")]
    with TestClient(app, headers=login("acme")) as browser:
        for lead, id in deliveries:
            event = event_of(lead, id, "change")
            assert browser.post("/acme/webhook", json=event).status_code == 204
    assert query("select id from events order by update_time") == [("1",), ("2",)]


def test_every_authenticated_body_is_accepted_and_saved(app: Any, sandbox: Sandbox) -> None:
    chance = random.Random(1)
    right = json.dumps(event_of(sandbox.leads[0], "1")).encode()
    bodies = {b"", b"\xff", b"[" * 2000, right}
    for _ in range(15):
        changed = bytearray(right)
        changed[chance.randrange(len(changed))] = chance.randrange(256)
        bodies.add(bytes(changed))
    with TestClient(app, headers=login("acme")) as browser:
        for body in bodies:
            assert browser.post("/acme/webhook", content=body).status_code == 204
    [[events]] = query("select count(*) from events")
    unknown = {body for (body,) in query("select body from unknown_events")}
    assert unknown < bodies
    assert 0 < events <= len(bodies - unknown)


def test_pass_after_the_place_is_lost_reads_the_list_from_its_start(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: Any, **__: Any) -> AsyncIterator[Any]:
        error = PaginationError("lost")
        error.checkpoint = "its start"
        raise error
        yield

    monkeypatch.setattr(LeadsClient, "watch_lead_pages", lose)
    with TestClient(app, headers=login("acme")) as browser:
        assert browser.post("/acme/reconcile").status_code == 502
    assert query("select * from passes") == [("acme", "its start")]


def test_no_webhook_is_created_without_a_public_url(
    app: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with TestClient(app):
        time.sleep(0.05)
    assert not sandbox.requests
