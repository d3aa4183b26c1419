"""Test `examples/quickstart.py`, and the wheel that all examples import."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

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


def test_quickstart_prints_the_leads_of_a_sandbox_without_a_token(tmp_path: Path) -> None:
    lines = run(str(ROOT / "examples" / "quickstart.py"), cwd=tmp_path).splitlines()
    assert len(lines) == 2001
    assert lines[-1].startswith("2000 leads; ")


def test_quickstart_prints_the_leads_of_an_account_with_a_token(
    pipedrive_sandbox: Sandbox,
) -> None:
    printed = run(
        "examples/quickstart.py",
        PIPEDRIVE_API_TOKEN=pipedrive_sandbox.api_token,
        PIPEDRIVE_BASE_URL=pipedrive_sandbox.url,
    )
    assert [line.split()[0] for line in printed.splitlines()[:-1]] == [
        lead["id"] for lead in pipedrive_sandbox.leads
    ]
