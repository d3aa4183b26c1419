"""Test `examples/quickstart.py`, and the wheel that all examples import."""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import IO

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, run

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")


@pytest.fixture
def site(users_venv: Path) -> Path:
    """Return the folder where the wheel is installed."""
    (site,) = users_venv.glob("lib/python*/site-packages")
    return site


def test_wheel_contains_only_the_package_with_its_types(site: Path) -> None:
    name = "pipedrive_leads_async"
    installed = {path.name for path in site.iterdir()} - {"borrowed.pth"}
    assert installed == {name, f"{name}-{version(name)}.dist-info"}
    assert (site / name / "py.typed").exists()


def test_example_imports_the_wheel(site: Path) -> None:
    program = "import pipedrive_leads_async, sys; print(pipedrive_leads_async.__file__, *sys.path)"
    file, *path = run("-c", program).split()
    assert Path(file).parent == site / "pipedrive_leads_async"
    assert not {"", os.curdir, str(ROOT)} & set(path)


def test_wheel_has_the_command(users_venv: Path) -> None:
    command = [str(users_venv / "bin" / "pipedrive-leads"), "--version"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == f"pipedrive-leads-async {version('pipedrive_leads_async')}\n"


def test_quickstart_prints_the_leads_of_a_sandbox_without_a_token(tmp_path: Path) -> None:
    printed = run(str(ROOT / "examples" / "quickstart.py"), cwd=tmp_path)
    first, _, header, *rows = printed.partition("\n\n2,000 leads of a sandbox")[0].splitlines()
    assert first == "Reading all leads of a sandbox: made-up data, served by this program."
    assert header.split() == ["id", "title", "value"]
    assert len(rows) == 2000
    assert "Their values: " in printed
    assert "export PIPEDRIVE_API_TOKEN=<your API token>" in printed


def test_quickstart_prints_the_leads_of_an_account_with_a_token(
    pipedrive_sandbox: Sandbox,
) -> None:
    printed = run(
        "examples/quickstart.py",
        PIPEDRIVE_API_TOKEN=pipedrive_sandbox.api_token,
        PIPEDRIVE_BASE_URL=pipedrive_sandbox.url,
    )
    first, _, _, *rows = printed.partition("\n\n2,000 leads of your account.\n")[0].splitlines()
    assert first == "Reading all leads of your account."
    assert [row.split()[0] for row in rows] == [lead["id"] for lead in pipedrive_sandbox.leads]
    assert "pipedrive-leads export leads.csv" in printed


def run_with_output(output: IO[str] | int, sandbox: Sandbox) -> tuple[int, str]:
    """Run the example; return its exit code and its errors."""
    account = {"PIPEDRIVE_API_TOKEN": sandbox.api_token, "PIPEDRIVE_BASE_URL": sandbox.url}
    done = subprocess.run(
        ["python", "examples/quickstart.py"],
        check=False,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | account,
    )
    return done.returncode, done.stderr


def test_quickstart_reports_a_wrong_token_in_a_sentence(sandbox: Sandbox) -> None:
    sandbox.revoke()
    code, errors = run_with_output(subprocess.DEVNULL, sandbox)
    assert code == 1
    assert errors.startswith("The leads cannot be read: getLeads: Pipedrive returned 401")
    assert len(errors.splitlines()) == 1


@pytest.mark.linux
def test_quickstart_reports_a_full_disk_in_a_sentence(sandbox: Sandbox) -> None:
    with Path("/dev/full").open("w") as disk:
        code, errors = run_with_output(disk, sandbox)
    expected = "The leads cannot be printed: [Errno 28] No space left on device\n"
    assert (code, errors) == (1, expected)


def test_quickstart_ends_with_130_after_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_ctrl_c(main: Coroutine[None, None, None]) -> None:
        main.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("asyncio.run", press_ctrl_c)
    with pytest.raises(SystemExit) as exit:
        runpy.run_path(str(ROOT / "examples" / "quickstart.py"), run_name="__main__")
    assert exit.value.code == 130
    assert capsys.readouterr().err == "Stopped.\n"
