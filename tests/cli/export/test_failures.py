"""Test the sentences of exports that fail, and that they leave nothing half written."""

from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import pytest

from pipedrive_leads_async._cli.export import formats
from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account, run_command
from tests.cli.export.exports import continued, export, failed, ids, open_ids
from tests.support.calls import CANARY

CONTINUE = "Run the same command again to continue."


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("leads.xls", "must end in .csv, .ndjson, .jsonl, .parquet; got "),
        ("leads", "must end in .csv"),
        ("nowhere/leads.csv", "is in a folder that does not exist; got "),
        ("folder.csv", "is a folder: add the name of a file; got "),
    ],
)
def test_file_that_cannot_be_written_is_refused_before_a_request(
    sandbox: Sandbox, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert sentence in failed(sandbox, tmp_path / name, code=2)
    assert sandbox.requests == []
    assert names(tmp_path) == ["folder.csv"]


@pytest.mark.unix
def test_link_into_a_folder_that_does_not_exist_is_refused(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    link = tmp_path / "leads.csv"
    link.symlink_to("nowhere/leads.csv")
    assert "is in a folder that does not exist; got " in failed(sandbox, link, code=2)


def test_standard_output_is_refused_with_the_reason(sandbox: Sandbox) -> None:
    assert "an export needs a file, from which it can continue" in failed(sandbox, "-", code=2)


def test_start_that_is_no_time_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    error = failed(sandbox, tmp_path / "leads.csv", "--since", "monday", code=2)
    assert "must be a time, such as 2026-11-23T10:00Z, or the file of an export" in error


def test_missing_pyarrow_is_reported_before_a_request(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(_name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", find_nothing)
    error = failed(sandbox, tmp_path / "leads.parquet", code=2)
    assert error.endswith("Parquet needs pyarrow: pip install pyarrow")
    assert sandbox.requests == []


def test_export_without_a_token_reports_where_to_find_one(tmp_path: Path) -> None:
    run = run_command("export", tmp_path / "leads.csv")
    assert (run.code, run.printed) == (2, "")
    assert "PIPEDRIVE_API_TOKEN is not set. Set it to the token from Pipedrive's page" in run.errors
    assert names(tmp_path) == []


def test_invalid_base_url_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    error = failed(sandbox, tmp_path / "leads.csv", "--base-url=http://acme.pipedrive.com", code=2)
    assert error.startswith("pipedrive-leads: base_url is not https")


def test_unknown_argument_is_not_repeated(tmp_path: Path) -> None:
    run = run_command("export", tmp_path / "leads.csv", CANARY)
    assert run.code == 2
    assert "set the token in PIPEDRIVE_API_TOKEN" in run.errors


def test_refused_token_is_a_sentence_with_advice(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.revoke()
    error = failed(sandbox, tmp_path / "leads.csv")
    assert error.startswith("pipedrive-leads: getCurrentUser: Pipedrive returned 401")
    assert "Copy the token again, from Settings > Personal preferences > API" in error
    assert "to find out" not in error
    assert error.endswith(CONTINUE)
    assert names(tmp_path) == []


def test_error_without_advice_is_a_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail("getLeads", status=400)
    error = failed(sandbox, tmp_path / "leads.csv")
    assert error.startswith("pipedrive-leads: getLeads: Pipedrive returned 400")
    assert f". {CONTINUE}" in error


def test_failure_of_a_proxy_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    run = run_command("export", tmp_path / "leads.csv", **account(sandbox), **proxy)
    assert run.code == 1
    assert "goes through the proxy of the environment (HTTPS_PROXY)" in run.errors
    assert sandbox.requests == []


def test_journal_that_is_no_journal_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    journal = tmp_path / "leads.csv.journal"
    journal.write_text("the notes of somebody else, " * 100)
    error = failed(sandbox, tmp_path / "leads.csv")
    assert f"{journal} is not the journal of an export: move it away" in error
    assert journal.read_text().startswith("the notes")


def test_journal_that_cannot_be_written_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "leads.csv.journal").mkdir()
    error = failed(sandbox, tmp_path / "leads.csv")
    assert "leads.csv.journal cannot be written (unable to open database file): check that" in error
    assert sandbox.requests == []


def test_old_file_stays_until_the_new_one_is_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    export(sandbox, file)
    first = file.read_text()
    sandbox.add_lead(title="New")
    sandbox.fail("getLeadFields", status=403)
    assert failed(sandbox, file).endswith(CONTINUE)
    assert file.read_text() == first
    continued(sandbox, file)
    assert ids(file) == open_ids(sandbox)


def test_full_disk_leaves_the_journal_but_no_half_of_a_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(file: Path, columns: formats.Columns, rows: object) -> None:
        file.write_text("half of ")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = tmp_path / "leads.csv"
    with monkeypatch.context() as patch:
        patch.setitem(formats.WRITERS, ".csv", write)
        error = failed(sandbox, file)
    assert f"{file} cannot be written: [Errno 28] No space left on device. {CONTINUE}" in error
    assert names(tmp_path) == ["leads.csv.journal"]
    before = len(sandbox.requests)
    continued(sandbox, file)
    assert ids(file) == open_ids(sandbox)
    assert sum(request.operation == "getLeads" for request in sandbox.requests[before:]) == 1


def test_malformed_lead_is_reported_and_the_others_are_exported(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    valid = open_ids(sandbox)
    sandbox.add_lead(owner_id="seven")
    file = tmp_path / "leads.csv"
    run = run_command("export", file, **account(sandbox))
    assert run.errors.startswith("not exported: ")
    assert "owner_id" in run.errors
    assert ids(file) == valid
    with file.open(newline="", encoding="utf-8") as lines:
        assert len(list(csv.reader(lines))) == len(valid) + 1
