"""Test that `examples/fastapi_app.py` creates the webhook of each tenant when it starts."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT


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


def test_no_webhook_is_created_without_a_public_url(
    app: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with TestClient(app):
        time.sleep(0.05)
    assert not sandbox.requests
