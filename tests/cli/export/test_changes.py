"""Test exports of changes and of archived leads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.export.exports import export, failed, ids, open_ids, read_csv


def test_export_since_another_has_the_new_and_changed_leads(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    monday, tuesday, wednesday = (tmp_path / f"{day}.csv" for day in ("mon", "tue", "wed"))
    export(sandbox, monday)
    old, archived, *_ = open_ids(sandbox)
    new = sandbox.add_lead(title="New")["id"]
    sandbox.archive_lead(archived)
    watermark = dt.datetime.fromisoformat(Path(f"{monday}.watermark").read_text())
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
    export(sandbox, monday)
    export(sandbox, tuesday, "--since", monday)
    assert changed in ids(tuesday)


def test_unfinished_export_of_changes_keeps_its_start(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    sandbox.fail("getLeadFields", status=403)
    failed(sandbox, file, "--since", "2025-06-01T12:00+02:00", "--archived")
    error = failed(sandbox, file, code=2)
    assert "with --archived --since 2025-06-01T1" in error
    export(sandbox, file, "--since", "2025-06-01T12:00+02:00", "--archived")
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
    assert "must be a time, such as 2026-11-23T10:00Z, or the file of an export" in error


def test_archived_leads_are_exported_on_request(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    [archived, *rest] = open_ids(sandbox)
    sandbox.archive_lead(archived)
    export(sandbox, file)
    assert ids(file) == rest
    export(sandbox, file, "--archived")
    assert ids(file) == [*rest, archived]
