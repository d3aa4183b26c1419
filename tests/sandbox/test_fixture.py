"""Test the fixture `pipedrive_sandbox` of the pytest plugin."""

from __future__ import annotations

import subprocess
import sys
from urllib.request import Request, urlopen

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox

pytest_plugins = ["pipedrive_leads_async.pytest_plugin"]


def test_fixture_is_a_running_sandbox_in_a_sync_test(pipedrive_sandbox: Sandbox) -> None:
    url, headers = f"{pipedrive_sandbox.url}/leads", {"x-api-token": pipedrive_sandbox.api_token}
    with urlopen(Request(url, headers=headers)) as response:
        assert response.status == 200


async def test_fixture_is_a_running_sandbox_in_an_async_test(pipedrive_sandbox: Sandbox) -> None:
    url, headers = f"{pipedrive_sandbox.url}/leads", {"x-api-token": pipedrive_sandbox.api_token}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == 200


@pytest.mark.parametrize("test", ["first", "second"])
def test_fixture_is_a_new_account_in_each_test(pipedrive_sandbox: Sandbox, test: str) -> None:
    assert len(pipedrive_sandbox.leads) == 2000
    pipedrive_sandbox.add_lead(title=test)


def test_loading_the_plugin_imports_no_server() -> None:
    code = (
        "import sys, pipedrive_leads_async.pytest_plugin;"
        "sys.exit('pipedrive_leads_async.sandbox' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
