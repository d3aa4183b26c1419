"""Test the formats of the files that the command `export` writes, and the names in them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from pipedrive_leads_async import Lead, LeadsClient, from_dict
from pipedrive_leads_async.sandbox import Sandbox
from tests.cli.export.exports import export, ids, read_csv

NAMES_COST: Final = "The names cost {} tokens of the daily budget: --no-names leaves them out\n"

WISHES: Final = ['a, "b"', "c\nd"]


async def awkward_rows(sandbox: Sandbox, client: LeadsClient) -> list[dict[str, Any]]:
    """Add two leads with values that are difficult to write; return the rows of all leads."""
    sandbox.add_custom_field("Wishes", "set", WISHES)
    fields = await client.get_custom_fields()
    wishes = fields.write({"Wishes": WISHES, "Contract ends": dt.date(2030, 12, 31)})
    sandbox.add_lead(title='Ünï, "quoted"\r\nand, two lines', **wishes)
    sandbox.add_lead(title="A property of tomorrow", tomorrow={"is": ["another", "day"]})
    leads = [from_dict(Lead, lead) for lead in sandbox.leads]
    names = await client.get_names(leads)
    assert all(names.owner(lead) for lead in leads)
    return [fields.row(lead, names=names) for lead in leads]


@pytest.mark.parametrize("suffix", [".ndjson", ".jsonl"])
async def test_json_lines_have_an_object_per_lead_with_custom_fields_by_name(
    sandbox: Sandbox, client: LeadsClient, tmp_path: Path, suffix: str
) -> None:
    expected = await awkward_rows(sandbox, client)
    file = tmp_path / f"leads{suffix}"
    printed = await asyncio.to_thread(export, sandbox, file)
    assert printed == f"{NAMES_COST.format(50)}7 leads in {file}\n"
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
    assert found == json.loads(json.dumps(expected, default=lambda time: time.isoformat()))
    assert found[5]["Wishes"] == WISHES
    assert found[5]["add_time"].endswith("+00:00")


async def test_csv_has_one_column_per_field_and_json_for_other_types(
    sandbox: Sandbox, client: LeadsClient, tmp_path: Path
) -> None:
    expected = await awkward_rows(sandbox, client)
    file = tmp_path / "leads.csv"
    printed = await asyncio.to_thread(export, sandbox, file)
    assert printed.endswith(f"7 leads in {file}\n")
    columns = (await client.get_custom_fields()).columns(names=True)
    for row, cells in zip(read_csv(file), expected, strict=True):
        assert {name: from_csv(columns[name], text) for name, text in row.items()} == cells


def from_csv(kind: Any, text: str) -> Any:
    if not text:
        return None
    if kind in (dt.date, dt.datetime, dt.time):
        return kind.fromisoformat(text)
    return text if kind is str else json.loads(text)


async def test_parquet_has_typed_columns_with_times_in_utc(
    sandbox: Sandbox, client: LeadsClient, tmp_path: Path
) -> None:
    expected = await awkward_rows(sandbox, client)
    file = tmp_path / "leads.parquet"
    printed = await asyncio.to_thread(export, sandbox, file)
    assert printed.endswith(f"7 leads in {file}\n")
    frame = pl.read_parquet(file)
    assert frame.to_dicts() == expected
    assert frame.schema["add_time"] == pl.Datetime("us", "UTC")
    assert frame.schema["Contract ends"] == pl.Date
    assert frame.schema["Wishes"] == pl.List(pl.String)


def test_export_of_an_empty_account_has_all_columns(tmp_path: Path) -> None:
    table, typed, changes = (tmp_path / name for name in ("a.csv", "a.parquet", "b.csv"))
    with Sandbox(leads=0, burst=None) as sandbox:
        assert export(sandbox, table) == f"{NAMES_COST.format(0)}0 leads in {table}\n"
        columns = table.read_text().strip().split(",")
        assert {"id", "title", "owner_name", "person_name", "Campaign"} <= set(columns)
        assert export(sandbox, typed).endswith(f"0 leads in {typed}\n")
        assert list(pl.read_parquet_schema(typed)) == columns
        first = sandbox.add_lead(title="The first")
        export(sandbox, changes, "--since", table)
        assert ids(changes) == [first["id"]]


def test_name_of_the_file_may_be_in_upper_case(sandbox: Sandbox, tmp_path: Path) -> None:
    export(sandbox, tmp_path / "LEADS.CSV", "--no-names")
    assert len(read_csv(tmp_path / "LEADS.CSV")) == 5


@pytest.mark.unix
def test_symbolic_link_is_kept_and_its_file_replaced(sandbox: Sandbox, tmp_path: Path) -> None:
    link, data = tmp_path / "leads.csv", tmp_path / "data"
    data.mkdir()
    link.symlink_to("data/2026")
    for _ in range(2):  # the file behind the link is new, then replaced
        export(sandbox, link, "--no-names")
    assert link.is_symlink()
    assert sorted(path.name for path in data.iterdir()) == ["2026", "2026.watermark"]
    assert len(read_csv(link)) == 5
    export(sandbox, tmp_path / "changes.csv", "--no-names", "--since", link)


def test_export_without_names_reads_none(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    assert export(sandbox, file, "--no-names") == f"5 leads in {file}\n"
    operations = {request.operation for request in sandbox.requests}
    assert operations == {"getCurrentUser", "getLeads", "getLeadFields"}
    assert all("owner_id" in row and "owner_name" not in row for row in read_csv(file))
