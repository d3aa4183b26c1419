"""Test the progress bar of the command `export`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from pipedrive_leads_async._cli.command import main
from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account
from tests.cli.export.exports import export, ids, open_ids


class Terminal(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        return True


def test_terminal_shows_the_progress(
    pipedrive_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    file = tmp_path / "leads.ndjson"
    with monkeypatch.context() as patch:
        for name, value in {
            **account(pipedrive_sandbox),
            "TERM": "xterm",
            "COLUMNS": "120",
        }.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stderr", terminal)
        assert main(["export", str(file)]) == 0
    assert ids(file) == open_ids(pipedrive_sandbox)
    shown = terminal.getvalue()
    assert "Reading" in shown
    assert "2000 leads" in shown.rpartition("Writing")[2], "the progress bar is not at its end"


@pytest.fixture
def without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rich", "rich.progress"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.usefixtures("without_rich")
def test_export_in_a_terminal_without_rich_reports_how_to_install_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    file = tmp_path / "leads.csv"
    for name, value in account(sandbox).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["export", str(file)]) == 0
    advice = 'For a progress bar: pip install "pipedrive-leads-async[cli]"\n'
    assert terminal.getvalue() == advice
    assert ids(file) == open_ids(sandbox)


@pytest.mark.usefixtures("without_rich")
def test_export_of_a_cron_job_writes_nothing_to_stderr(sandbox: Sandbox, tmp_path: Path) -> None:
    export(sandbox, tmp_path / "leads.csv")
