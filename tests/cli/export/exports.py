"""Run the command `export`, and read the files that it writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl

from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.command_run import account, run_command


def export(sandbox: Sandbox, *arguments: object) -> str:
    """Run an export that succeeds; return what it prints."""
    run = run_command("export", *arguments, **account(sandbox))
    assert (run.code, run.errors) == (0, "")
    return run.printed


def continued(sandbox: Sandbox, *arguments: object) -> str:
    """Continue an export that then succeeds; return its line on stderr."""
    run = run_command("export", *arguments, **account(sandbox))
    [line] = run.errors.splitlines()
    assert run.code == 0
    assert line.startswith("Continuing the export of ")
    return line


def failed(sandbox: Sandbox, *arguments: object, code: int = 1) -> str:
    """Run an export that fails; return the last line of its errors."""
    run = run_command("export", *arguments, **account(sandbox))
    assert (run.code, run.printed) == (code, "")
    return run.errors.splitlines()[-1]


def ids(file: Path) -> list[str]:
    match file.suffix:
        case ".csv":
            return [row["id"] for row in read_csv(file)]
        case ".parquet":
            return pl.read_parquet(file)["id"].to_list()
        case _:
            return [json.loads(line)["id"] for line in file.read_text().splitlines()]


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def open_ids(sandbox: Sandbox) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if not lead["is_archived"]]
