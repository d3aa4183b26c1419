"""Test `examples/export_leads.py`: its file has every lead once, after any interruption."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from pipedrive_leads_async import LeadsClient, UpdateLeadRequest
from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT
from tests.examples.export.export_process import (
    EXAMPLE,
    environment,
    export,
    failed,
    finished,
    ids,
    open_ids,
    read_csv,
)

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

# Kills the example at an audit event whose first argument ends with a text.
KILLED: Final = """
import os, runpy, signal, sys
_, expected, ending, *sys.argv = sys.argv
def kill(event, arguments):
    if event == expected and str(arguments[0]).endswith(ending):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
runpy.run_path(sys.argv[0], run_name="__main__")
"""

WITHOUT_PYARROW: Final = """
import runpy, sys
del sys.argv[0]
sys.modules["pyarrow"] = None
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def large() -> Iterator[Sandbox]:
    """Return an account with six pages of leads."""
    with Sandbox(leads=2900, burst=None) as sandbox:
        yield sandbox


# Kills


@contextmanager
def hanging_at(sandbox: Sandbox, requests: int, *arguments: object) -> Generator[None]:
    """Run an export while it waits for the response to one of its requests, then kill it."""
    if requests > 1:
        sandbox.fail("getLeads", times=requests - 1)  # the earlier requests succeed
    sandbox.fail("getLeads", delay=60)
    before = len(sandbox.requests)
    with subprocess.Popen(
        ["python", EXAMPLE, *map(str, arguments)],
        cwd=ROOT,
        env=environment(sandbox),
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            while len(sandbox.requests) < before + requests:
                assert process.poll() is None
                time.sleep(0.001)
            yield
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL
    sandbox.clear_failures()


def killed_at(sandbox: Sandbox, requests: int, *arguments: object) -> None:
    with hanging_at(sandbox, requests, *arguments):
        pass


@pytest.mark.parametrize(
    ("suffix", "kills"), [(".ndjson", (1, 5)), (".csv", (2, 4)), (".parquet", (5, 2))]
)
def test_killed_export_continues_without_losing_or_repeating_a_lead(
    large: Sandbox, suffix: str, kills: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / f"leads{suffix}"
    for requests in kills:
        killed_at(large, requests, file)
        assert not file.exists()
        for id in open_ids(large)[::9]:
            large.delete_lead(id)
        large.add_lead(title="New")
    before = len(large.requests)
    export(large, file)
    assert len(set(ids(file))) == len(ids(file))
    assert set(ids(file)) >= set(open_ids(large))
    assert int(large.requests[before].query["start"]) > 0, "it started from the beginning"


def test_lead_archived_between_two_runs_is_exported_as_archived(
    large: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.ndjson"
    killed_at(large, 5, file, "--archived")
    moved = open_ids(large)[:600:7]
    for id in moved:
        large.archive_lead(id)
    export(large, file, "--archived")
    found = {lead["id"]: lead for lead in map(json.loads, file.read_text().splitlines())}
    assert len(found) == len(ids(file)) == len(large.leads)
    assert [id for id in found if found[id]["is_archived"]] == moved


def test_file_is_complete_or_missing_after_a_kill_at_the_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    before_rename = [("open", ".new"), ("os.rename", ".new")]
    after_rename = [("open", ".watermark"), ("os.remove", ".journal")]
    for event, ending in before_rename + after_rename:
        done = finished(sandbox, "-c", KILLED, event, ending, EXAMPLE, file)
        assert done.returncode == -signal.SIGKILL
        assert file.exists() == ((event, ending) in after_rename)
        assert not file.exists() or ids(file) == open_ids(sandbox)
    assert export(sandbox, file).endswith(f"5 leads in {file}\n")
    assert ids(file) == open_ids(sandbox)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv", "leads.csv.watermark"]


def test_old_file_stays_until_the_new_one_is_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    export(sandbox, file)
    first = file.read_text()
    sandbox.add_lead(title="New")
    sandbox.fail("getLeadFields", status=403)
    assert failed(sandbox, EXAMPLE, file).endswith("run the same command again to continue.")
    assert file.read_text() == first
    export(sandbox, file)
    assert ids(file) == open_ids(sandbox)


def test_two_exports_to_one_file_are_not_mixed(large: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    with hanging_at(large, 4, file):
        assert "database is locked" in failed(large, EXAMPLE, file)
    error = failed(large, EXAMPLE, file, "--archived")
    assert "An export with archived=False, since=None is unfinished: finish it" in error


# Changes since an export, and archived leads


def test_export_since_another_has_the_new_and_changed_leads(large: Sandbox, tmp_path: Path) -> None:
    monday, tuesday, wednesday = (tmp_path / f"{day}.csv" for day in ("mon", "tue", "wed"))
    export(large, monday)
    old, archived, *_ = open_ids(large)
    new = large.add_lead(title="New")["id"]
    large.archive_lead(archived)
    watermark = dt.datetime.fromisoformat(Path(f"{monday}.watermark").read_text())
    before = watermark - dt.timedelta(seconds=30)
    late = large.add_lead(title="Visible late", update_time=f"{before:%Y-%m-%dT%H:%M:%S.000Z}")
    export(large, tuesday, "--since", monday, "--archived")
    assert {new, archived, late["id"]} <= set(ids(tuesday))
    assert old not in ids(tuesday)
    for row in read_csv(tuesday):
        changed = dt.datetime.fromisoformat(row["update_time"])
        assert watermark - changed <= dt.timedelta(seconds=60)

    newer = large.add_lead(title="Newer")["id"]
    export(large, wednesday, "--since", tuesday)
    assert newer in ids(wednesday)


async def test_change_during_an_export_is_in_it_or_in_the_next(
    large: Sandbox, tmp_path: Path
) -> None:
    monday, tuesday = tmp_path / "mon.csv", tmp_path / "tue.csv"
    first, *_, last = open_ids(large)
    killed_at(large, 5, monday)
    async with LeadsClient(large.api_token, base_url=large.url) as client:
        for id in (first, last):
            await client.update_lead(id, UpdateLeadRequest(title="Changed"))
    export(large, monday)
    export(large, tuesday, "--since", monday)
    assert {first, last} <= set(ids(tuesday))


def test_export_since_a_time_has_the_later_changes(large: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    export(large, file, "--since", "2025-06-01T12:00+02:00")
    assert ids(file) == [
        lead["id"] for lead in large.leads if lead["update_time"] >= "2025-06-01T10:00:00"
    ]


def test_archived_leads_are_exported_on_request(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    [archived, *rest] = open_ids(sandbox)
    sandbox.archive_lead(archived)
    export(sandbox, file)
    assert ids(file) == rest
    export(sandbox, file, "--archived")
    assert ids(file) == [*rest, archived]


# Output


def test_terminal_shows_the_progress(pipedrive_sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.ndjson"
    shown = in_a_terminal(pipedrive_sandbox, str(file))
    assert ids(file) == open_ids(pipedrive_sandbox)
    assert "Reading" in shown
    assert "2000 leads" in shown.rpartition("Writing")[2], "the progress bar is not at its end"
    assert shown.splitlines()[-1].endswith(f"2000 leads in {file}")


def in_a_terminal(sandbox: Sandbox, *arguments: str) -> str:
    terminal, process_end = pty.openpty()
    process = subprocess.Popen(
        ["python", EXAMPLE, *arguments],
        cwd=ROOT,
        env=environment(sandbox) | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=process_end,
    )
    os.close(process_end)
    shown = b""
    with suppress(OSError):  # Linux raises it when the other end is closed
        while piece := os.read(terminal, 10_000):
            shown += piece
    os.close(terminal)
    assert process.wait() == 0
    return shown.decode()


def test_missing_pyarrow_is_reported_before_anything_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    command = ("-c", WITHOUT_PYARROW, EXAMPLE)
    error = failed(sandbox, *command, tmp_path / "leads.parquet")
    assert error.endswith("Parquet needs pyarrow: pip install pyarrow")
    assert sandbox.requests == []
    assert list(tmp_path.iterdir()) == []

    finished(sandbox, *command, tmp_path / "leads.csv")
    assert ids(tmp_path / "leads.csv") == open_ids(sandbox)


def test_malformed_lead_is_reported_and_the_others_are_exported(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    valid = open_ids(sandbox)
    sandbox.add_lead(owner_id="seven")
    file = tmp_path / "leads.csv"
    errors = finished(sandbox, EXAMPLE, file).stderr
    assert errors.startswith("not exported: ")
    assert "owner_id" in errors
    assert ids(file) == valid


def test_failed_export_prints_one_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    wrong_name = failed(sandbox, EXAMPLE, "leads.xls")
    assert "must end in .ndjson, .csv, .parquet; got leads.xls" in wrong_name
    no_time = failed(sandbox, EXAMPLE, file, "--since", "monday.csv")
    assert "must be a time, such as 2026-11-23T10:00Z, or the file of an export" in no_time
    no_folder = failed(sandbox, EXAMPLE, tmp_path / "nowhere" / "leads.csv")
    assert no_folder == "unable to open database file: run the same command again to continue."

    sandbox.revoke()
    error = failed(sandbox, EXAMPLE, file)
    assert error.endswith(": run the same command again to continue.")
    assert sandbox.api_token not in error
