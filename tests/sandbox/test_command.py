"""Test the command line of the sandbox."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox.__main__ import main


@pytest.mark.unix
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_command_prints_the_client_arguments_and_exits_cleanly(signum: signal.Signals) -> None:
    command = [sys.executable, "-m", "pipedrive_leads_async.sandbox", "--leads", "3", "--seed=5"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONDEVMODE": "1"},
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not any("oauth_url" in line for line in lines):
            lines.append(process.stdout.readline().rstrip())
            assert process.poll() is None
        *_, token_line, url_line, _, oauth_line = lines
        token = token_line.removeprefix("export PIPEDRIVE_API_TOKEN=")
        url = url_line.removeprefix('LeadsClient(base_url="').removesuffix('")')
        request = Request(f"{url}/leads", headers={"x-api-token": token})
        with urlopen(request) as response:
            assert len(json.load(response)["data"]) == 3
        process.send_signal(signum)
        out, errors = process.communicate(timeout=10)
        # In development mode, asyncio reports each step that takes long on a busy machine.
        reported = [line for line in errors.splitlines() if not line.startswith("Executing <")]
        assert (process.returncode, out, reported) == (0, "", [])
        same = Sandbox(leads=0, seed=5)
        assert token == same.api_token
        client, origin = f'"{same.client_id}", "{same.client_secret}"', url.removesuffix("/v1")
        assert oauth_line == f'OAuth2({client}, redirect_uri, oauth_url="{origin}")'


def test_command_reports_invalid_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, word in ((["--leads=-1"], "leads"), ([f"--port={port}"], "in use")):
            with pytest.raises(SystemExit, match="2"):
                main(arguments)
            assert word in capsys.readouterr().err.splitlines()[-1]
