"""Run `examples/export_leads.py`, and read the files that it writes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Final

import polars as pl

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT

EXAMPLE: Final = "examples/export_leads.py"


def environment(sandbox: Sandbox) -> dict[str, str]:
    account = {"PIPEDRIVE_API_TOKEN": sandbox.api_token, "PIPEDRIVE_BASE_URL": sandbox.url}
    return dict(os.environ) | account


def finished(sandbox: Sandbox, *command: object) -> subprocess.CompletedProcess[str]:
    arguments = ["python", *map(str, command)]
    return subprocess.run(
        arguments, check=False, capture_output=True, text=True, cwd=ROOT, env=environment(sandbox)
    )


def export(sandbox: Sandbox, *arguments: object) -> str:
    done = finished(sandbox, EXAMPLE, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def failed(sandbox: Sandbox, *command: object) -> str:
    """Run a command that fails; return the last line of its error output."""
    done = finished(sandbox, *command)
    assert done.returncode > 0
    assert done.stdout == ""
    return done.stderr.splitlines()[-1]


def ids(file: Path) -> list[str]:
    match file.suffix:
        case ".ndjson":
            return [json.loads(line)["id"] for line in file.read_text().splitlines()]
        case ".csv":
            return [row["id"] for row in read_csv(file)]
        case _:
            return pl.read_parquet(file)["id"].to_list()


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def open_ids(sandbox: Sandbox) -> list[str]:
    return [lead["id"] for lead in sandbox.leads if not lead["is_archived"]]
