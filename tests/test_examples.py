"""The examples run as processes, from the tree and from an installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox

ROOT = Path(__file__).parent.parent


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIPEDRIVE")}
    return subprocess.run(
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=inherited | environment,
    ).stdout


def test_the_quickstart_prints_every_lead_of_a_sandbox_when_no_token_is_set() -> None:
    lines = run("examples/quickstart.py").splitlines()
    assert len(lines) == 2001
    assert lines[-1].startswith("2000 leads; ")


@pytest.fixture(scope="session")
def installed_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel of this tree, installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    run(*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


def test_the_wheel_holds_the_package_with_its_types_and_nothing_else(
    installed_wheel: Path,
) -> None:
    assert sorted(path.name.split("-")[0] for path in installed_wheel.iterdir()) == [
        "pipedrive_leads_async",
        "pipedrive_leads_async",
    ]
    assert (installed_wheel / "pipedrive_leads_async" / "py.typed").exists()


def test_the_quickstart_runs_from_an_installed_wheel(installed_wheel: Path, tmp_path: Path) -> None:
    where = "import pipedrive_leads_async as p; print(p.__file__)"
    environment = {"PYTHONPATH": str(installed_wheel)}
    assert run("-c", where, cwd=tmp_path, **environment).startswith(str(installed_wheel))

    quickstart = str(ROOT / "examples" / "quickstart.py")
    assert run(quickstart, cwd=tmp_path, **environment).splitlines()[-1].startswith("2000 leads; ")


def test_the_quickstart_walks_the_account_of_the_token_that_is_set(
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
