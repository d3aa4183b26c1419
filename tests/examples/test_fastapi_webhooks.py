"""Test that `examples/fastapi_app.py` creates the webhook of each tenant when it starts."""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

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


def event_of(lead: dict[str, Any], id: str) -> dict[str, Any]:
    """Return the body of the webhook about a new lead."""
    meta = {
        "action": "create",
        "entity": "lead",
        "version": "2.0",
        "entity_id": lead["id"],
        "id": id,
        "timestamp": lead["update_time"],
    }
    return {"data": lead, "previous": None, "meta": meta}


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
    with closing(sqlite3.connect(os.environ["DATABASE"])) as database:
        saved = database.execute("select lead_id, kind from events order by rowid").fetchall()
    assert saved == [(reported["id"], "LeadCreated"), (lost["id"], "LeadCreated")]


def test_no_webhook_is_created_without_a_public_url(
    app: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with TestClient(app):
        time.sleep(0.05)
    assert not sandbox.requests
