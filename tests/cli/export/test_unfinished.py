"""Test which unfinished exports are continued, and what the command prints about them."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account, run_command
from tests.cli.export.exports import continued, export, failed, ids, open_ids


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of the exports."""
    return tmp_path / "leads.csv"


@pytest.fixture
def unfinished(sandbox: Sandbox, file: Path) -> Sandbox:
    """Return an account whose export has read all five leads, but not written them."""
    sandbox.fail("getLeadFields", status=403)
    failed(sandbox, file)
    return sandbox


def make_older(file: Path, **age: float) -> str:
    """Make an unfinished export older; return its new local time."""
    begin_time = dt.datetime.now(dt.UTC) - dt.timedelta(**age)
    with contextlib.closing(sqlite3.connect(f"{file}.journal")) as journal, journal:
        journal.execute("update export set begin_time = ?", [begin_time.isoformat()])
    return f"{begin_time.astimezone():%Y-%m-%d %H:%M}"


def delete_first(sandbox: Sandbox) -> str:
    """Delete the first lead, which the unfinished export has read; return its id."""
    [first, *_] = open_ids(sandbox)
    sandbox.delete_lead(first)
    return first


def test_continued_export_reports_the_age_and_number_of_its_leads(
    unfinished: Sandbox, file: Path
) -> None:
    time = make_older(file, hours=11)
    deleted = delete_first(unfinished)
    line = continued(unfinished, file)
    assert f"the export of {time}. The leads that it has read (5) are not read again" in line
    assert "--restart reads all leads again" in line
    assert deleted in ids(file)


def test_restart_reads_all_leads_again(unfinished: Sandbox, file: Path) -> None:
    delete_first(unfinished)
    export(unfinished, file, "--restart")
    assert ids(file) == open_ids(unfinished)


def test_restart_discards_an_export_with_other_options(unfinished: Sandbox, file: Path) -> None:
    assert "--restart" in failed(unfinished, file, "--archived", code=2)
    export(unfinished, file, "--archived", "--restart")
    assert ids(file) == open_ids(unfinished)


def test_failed_restart_advises_to_continue_without_the_option(
    unfinished: Sandbox, file: Path
) -> None:
    unfinished.fail("getLeadFields", status=403)
    error = failed(unfinished, file, "--restart")
    assert error.endswith("Run the same command again without --restart to continue.")


@pytest.mark.parametrize("option", [[], ["--archived"]])
def test_export_older_than_12_hours_begins_again(
    unfinished: Sandbox, file: Path, option: list[str]
) -> None:
    time = make_older(file, hours=12, minutes=1)
    deleted = delete_first(unfinished)
    run = run_command("export", file, *option, **account(unfinished))
    assert run.code == 0
    assert run.errors.startswith(f"The export of {time} was not finished, and is older than 12")
    assert len(run.errors.splitlines()) == 1
    assert deleted not in ids(file)


def test_continue_continues_an_old_export(unfinished: Sandbox, file: Path) -> None:
    make_older(file, days=3)
    deleted = delete_first(unfinished)
    continued(unfinished, file, "--continue")
    assert deleted in ids(file)


def test_export_begins_again_if_the_leads_that_it_has_read_are_gone(
    unfinished: Sandbox, file: Path
) -> None:
    for id in open_ids(unfinished):
        unfinished.delete_lead(id)
    new = unfinished.add_lead(title="New")["id"]
    run = run_command("export", file, **account(unfinished))
    assert run.code == 0
    assert "because its place in the list of leads is lost: it begins again" in run.errors
    assert ids(file) == [new]


def test_unfinished_export_of_another_company_is_not_continued(
    unfinished: Sandbox, file: Path
) -> None:
    other = unfinished.add_account(leads=2)
    environment = account(unfinished) | {"PIPEDRIVE_API_TOKEN": other.api_token}
    run = run_command("export", file, **environment)
    assert (run.code, len(run.errors.splitlines())) == (2, 1)
    assert "an export of another company to this file is unfinished" in run.errors
    assert not file.exists()
    run = run_command("export", file, "--restart", **environment)
    assert (run.code, len(ids(file))) == (0, 2)
