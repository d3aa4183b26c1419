"""Test exports of changes and of archived leads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import run_command
from tests.cli.export.exports import continued, export, failed, ids, open_ids, read_csv


def test_export_since_another_has_the_new_and_changed_leads(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    monday, tuesday, wednesday = (tmp_path / f"{day}.csv" for day in ("mon", "tue", "wed"))
    export(sandbox, monday)
    old, archived, *_ = open_ids(sandbox)
    new = sandbox.add_lead(title="New")["id"]
    sandbox.archive_lead(archived)
    watermark = dt.datetime.fromisoformat(Path(f"{monday}.watermark").read_text().split()[0])
    before = watermark - dt.timedelta(seconds=30)
    late = sandbox.add_lead(title="Visible late", update_time=f"{before:%Y-%m-%dT%H:%M:%S.000Z}")
    export(sandbox, tuesday, "--since", monday, "--archived")
    assert {new, archived, late["id"]} <= set(ids(tuesday))
    assert old not in ids(tuesday)
    for row in read_csv(tuesday):
        changed = dt.datetime.fromisoformat(row["update_time"])
        assert watermark - changed <= dt.timedelta(seconds=60)

    newer = sandbox.add_lead(title="Newer")["id"]
    export(sandbox, wednesday, "--since", tuesday)
    assert newer in ids(wednesday)


def test_change_during_an_export_is_in_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    monday, tuesday = tmp_path / "mon.csv", tmp_path / "tue.csv"
    sandbox.fail("getLeadFields", status=403)  # after all leads were read
    failed(sandbox, monday)
    changed = sandbox.add_lead(title="Changed meanwhile")["id"]
    continued(sandbox, monday)
    export(sandbox, tuesday, "--since", monday)
    assert changed in ids(tuesday)


def test_unfinished_export_of_changes_keeps_its_start(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    sandbox.fail("getLeadFields", status=403)
    failed(sandbox, file, "--since", "2025-06-01T12:00+02:00", "--archived")
    error = failed(sandbox, file, code=2)
    assert "with --archived --since 2025-06-01T1" in error
    continued(sandbox, file, "--since", "2025-06-01T12:00+02:00", "--archived")
    assert ids(file) == [
        lead["id"] for lead in sandbox.leads if lead["update_time"] >= "2025-06-01T10:00:00"
    ]


@pytest.mark.parametrize("content", ["yesterday", b"\xff", "0001-01-01T00:00+00:00"])
def test_file_without_a_watermark_is_no_start(
    sandbox: Sandbox, tmp_path: Path, content: str | bytes
) -> None:
    watermark = tmp_path / "mon.csv.watermark"
    watermark.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = failed(sandbox, tmp_path / "tue.csv", "--since", tmp_path / "mon.csv", code=2)
    assert f"{watermark} is not the watermark of an export: pass a time" in error


def test_changes_since_the_export_of_another_company_are_refused(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    monday, tuesday = tmp_path / "mon.csv", tmp_path / "tue.csv"
    export(sandbox, monday, "--no-names")
    other = sandbox.add_account(leads=2)
    run = run_command(
        "export",
        tuesday,
        "--since",
        monday,
        PIPEDRIVE_API_TOKEN=other.api_token,
        PIPEDRIVE_BASE_URL=sandbox.url,
    )
    assert run.code == 2
    assert f"{monday} was exported from another company: pass --since the export of" in run.errors
    assert not tuesday.exists()
    assert not Path(f"{tuesday}.journal").exists()


def test_copy_without_its_watermark_names_the_missing_file(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    copy = tmp_path / "mon.csv"
    copy.write_text("id\n")
    error = failed(sandbox, tmp_path / "tue.csv", "--since", copy, code=2)
    assert f"{copy}.watermark is missing: an export writes it next to its file" in error


@pytest.mark.unix
@pytest.mark.parametrize("since", ["leads.csv", "folder/../leads.csv", "link.csv", "hard.csv"])
@pytest.mark.parametrize("name", ["leads.csv", "link.csv"])
def test_changes_since_a_file_never_replace_that_file(
    tmp_path: Path, name: str, since: str
) -> None:
    (tmp_path / "folder").mkdir()
    file = tmp_path / "leads.csv"
    file.write_text("all leads")
    (tmp_path / "link.csv").symlink_to(file)
    (tmp_path / "hard.csv").hardlink_to(file)
    for path in (file, tmp_path / "hard.csv"):
        Path(f"{path}.watermark").write_text("2026-11-23T10:00:00+00:00")
    run = run_command("export", tmp_path / name, "--since", tmp_path / since)
    assert run.code == 2
    assert "argument --since: it is the same file as FILE" in run.errors
    assert file.read_text() == "all leads"


def test_changes_never_replace_a_file_that_has_been_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    Path(f"{file}.watermark").write_text("2026-11-23T10:00:00+00:00")
    run = run_command("export", file, "--since", tmp_path / "." / "leads.csv")
    assert "argument --since: it is the same file as FILE" in run.errors


def test_export_of_changes_prints_its_start_with_a_zone(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    sandbox.add_lead(update_time="2035-01-02T00:00:00.000Z")
    printed = export(sandbox, file, "--since", "2035-01-01", "--no-names")
    start = dt.datetime.fromisoformat("2035-01-01").astimezone().isoformat()
    assert printed == f"1 lead changed since {start} in {file}\n"


def test_archived_leads_are_exported_on_request(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    [archived, *rest] = open_ids(sandbox)
    sandbox.archive_lead(archived)
    export(sandbox, file)
    assert ids(file) == rest
    export(sandbox, file, "--archived")
    assert ids(file) == [*rest, archived]
