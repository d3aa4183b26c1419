"""Test the command `export`: its file has every lead once, after any interruption."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pipedrive_leads_async._cli.export.journal import Journal
from pipedrive_leads_async._cli.export.watermark import Watermark
from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account
from tests.cli.export.exports import continued, failed, ids, open_ids

# Kills the command at an audit event whose first argument ends with a text.
KILLED: Final = """
import os, signal, sys
from pipedrive_leads_async._cli.command import main
_, expected, ending, *arguments = sys.argv
def kill(event, arguments):
    if event == expected and str(arguments[0]).endswith(ending):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
main(["export", *arguments])
"""


@pytest.fixture
def large() -> Iterator[Sandbox]:
    """Return an account with three pages of leads."""
    with Sandbox(leads=1400, burst=None) as sandbox:
        yield sandbox


def read_count(sandbox: Sandbox) -> int:
    return sum(request.operation == "getLeads" for request in sandbox.requests)


def stopped_at(sandbox: Sandbox, requests: int, signum: signal.Signals, file: Path) -> str:
    """Stop an export while it waits for the response to one of its requests; return its errors."""
    sandbox.fail("getLeads", times=requests - 1)  # the earlier requests succeed
    sandbox.fail("getLeads", delay=60)
    before = read_count(sandbox)
    with subprocess.Popen(
        [sys.executable, "-m", "pipedrive_leads_async", "export", file],
        env=dict(os.environ) | account(sandbox),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while read_count(sandbox) < before + requests:
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signum)
        _, errors = process.communicate()
    sandbox.clear_failures()
    return errors


@pytest.mark.unix
def test_stopped_export_continues_without_losing_or_repeating_a_lead(
    large: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    assert stopped_at(large, 4, signal.SIGKILL, file) == ""
    assert not file.exists()
    for id in open_ids(large)[::9]:
        large.delete_lead(id)
    large.add_lead(title="New")
    errors = stopped_at(large, 2, signal.SIGINT, file)
    assert errors.splitlines()[1:] == [
        "python -m pipedrive_leads_async: stopped. Run the same command again to continue."
    ]
    before = len(large.requests)
    continued(large, file)
    assert len(set(ids(file))) == len(ids(file))
    assert set(ids(file)) >= set(open_ids(large))
    assert int(large.requests[before + 1].query["start"]) > 0, "it started from the beginning"


def test_lead_archived_between_two_runs_is_exported_as_archived(
    large: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.ndjson"
    large.fail("getLeads", times=2)  # which succeed
    large.fail("getLeads", status=403)
    failed(large, file, "--archived")
    moved = open_ids(large)[:400:7]
    for id in moved:
        large.archive_lead(id)
    continued(large, file, "--archived")
    found = {lead["id"]: lead for lead in map(json.loads, file.read_text().splitlines())}
    assert len(found) == len(ids(file)) == len(large.leads)
    assert [id for id in found if found[id]["is_archived"]] == moved


@pytest.mark.unix
def test_file_is_complete_or_missing_after_a_kill_at_the_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    for event, ending in (("os.rename", ".new"), ("open", ".watermark")):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, event, ending, file],
            check=False,
            env=dict(os.environ) | account(sandbox),
        )
        assert done.returncode == -signal.SIGKILL
        assert file.exists() == (ending == ".watermark")
        assert not file.exists() or ids(file) == open_ids(sandbox)
    continued(sandbox, file)
    assert ids(file) == open_ids(sandbox)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv", "leads.csv.watermark"]


def test_two_exports_to_one_file_are_not_mixed(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    with Journal(file) as journal:
        error = failed(sandbox, file)
        assert "another export is writing this file: wait until it ends, or stop it" in error
        journal.begin("", Watermark(dt.datetime.now(dt.UTC)))
    error = failed(sandbox, file, "--archived", code=2)
    assert "an export to this file with no options is unfinished: run it again" in error
    assert "or add --restart to discard it" in error
