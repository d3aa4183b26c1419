"""Test that `examples/oauth_app.py` runs as documented, in a process of its own."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, ExampleProcess, run
from tests.examples.oauth_app.browsers import browser

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")


async def test_app_serves_users_and_refreshes_their_tokens(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PIPEDRIVE_CLIENT_ID": sandbox.client_id,
        "PIPEDRIVE_CLIENT_SECRET": sandbox.client_secret,
        "PIPEDRIVE_REDIRECT_URI": f"{url}/callback",
        "PIPEDRIVE_OAUTH_URL": sandbox.oauth_url,
        "PIPEDRIVE_BASE_URL": sandbox.url,
        "PIPEDRIVE_TOKENS": str(tmp_path / "tokens"),
        "PYTHONUNBUFFERED": "1",
    }
    process = ExampleProcess(
        "examples/oauth_app.py",
        "--port",
        str(port),
        ready="Running on",
        log=tmp_path / "log.txt",
        environment=environment,
    )
    async with browser() as user:
        page = await user.open(f"{url}/")
        assert page.leads["leads"] == [lead["title"] for lead in reversed(sandbox.leads)]
        sandbox.expire_access_tokens()
        assert run("examples/oauth_app.py", "--refresh", cwd=ROOT, **environment) == ""
        assert (await user.open(f"{url}/")).status == 200
    process.stop()
    assert "Traceback" not in process.log
    assert sandbox.client_secret not in process.log
    operations = [each.operation for each in sandbox.requests]
    assert operations.count("oauthToken") == 2  # the app uses the token of the command
