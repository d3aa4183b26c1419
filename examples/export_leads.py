"""Export every lead to a file in NDJSON, CSV or Parquet, which its extension selects.

    pip install rich pyarrow                                           # pyarrow for Parquet
    python examples/export_leads.py leads.parquet
    python examples/export_leads.py leads.csv --archived               # with archived leads
    python examples/export_leads.py changes.ndjson --since leads.csv   # changes since an export
    python examples/export_leads.py leads.csv --no-names               # ids alone

Set PIPEDRIVE_API_TOKEN, and PIPEDRIVE_BASE_URL to use your company's host.

Custom fields are columns with their names in Pipedrive. The names of owners, persons,
organizations, labels and channels are columns too; the export prints what they cost.

The leads are collected in a journal next to the file. If the export is killed, run the same command
again: it continues from the journal. The file is written at the end, in one step, so it is always
complete.

An export with --since can repeat leads of the export before: keep the version with the later
`update_time`. It does not contain leads that were deleted, converted or, without --archived,
archived: `sync_leads.py` finds those.
"""

import argparse
import asyncio
import csv
import datetime as dt
import importlib
import importlib.util
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipedrive_leads_async import (
    Attempt,
    CustomFields,
    Lead,
    LeadNames,
    LeadsClient,
    PipedriveError,
    from_dict,
    to_dict,
)

# A change may become visible up to this long after its update_time.
MARGIN = dt.timedelta(seconds=60)

SCHEMA = """
pragma locking_mode = exclusive;  -- prevents a second run that writes the same file
pragma journal_mode = wal;
create table if not exists leads (id text primary key, json text not null);
create table if not exists export (options text, watermark text, checkpoint text);
"""

# A lead that is archived between two runs is read twice. The second version is newer.
UPSERT = "insert into leads values (?, ?) on conflict (id) do update set json = excluded.json"


@dataclass
class Table:
    """The columns of the file, and the names in it; None without names."""

    fields: CustomFields
    names: LeadNames | None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns with their types."""
        return self.fields.columns(names=self.names is not None)

    def row(self, lead: Lead) -> dict[str, Any]:
        """Return the row of a lead."""
        return self.fields.row(lead, names=self.names)


async def collect(
    journal: sqlite3.Connection,
    progress: Progress,
    *,
    archived: bool,
    since: dt.datetime | None,
    has_names: bool,
) -> Table:
    """Add the missing pages to the journal; return the custom fields and the names."""
    async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
        await begin(client, journal, options=f"archived={archived}, since={since}")
        [done, checkpoint] = journal.execute(
            "select (select count(*) from leads), checkpoint from export"
        ).fetchone()
        # Pipedrive does not send the total number of leads.
        task = progress.add_task("Reading", total=None, completed=done)
        async for page in client.get_lead_pages(
            archived_status="all" if archived else None,
            updated_since=since,
            resume_from=checkpoint,
            on_malformed=report,
        ):
            leads = [(lead.id, json.dumps(to_dict(lead))) for lead in page.leads]
            with journal:  # one transaction for the leads and the checkpoint
                journal.executemany(UPSERT, leads)
                journal.execute("update export set checkpoint = ?", [page.checkpoint])
            progress.advance(task, len(leads))
        fields = await client.get_custom_fields()
        return Table(fields, await read_names(client, journal) if has_names else None)


async def read_names(client: LeadsClient, journal: sqlite3.Connection) -> LeadNames:
    """Read the names of all leads in the journal, and print what they cost."""
    tokens = 0

    def count(attempt: Attempt) -> None:
        nonlocal tokens
        tokens += attempt.tokens or 0

    # One call for all leads, so that each person is read once: 100 in a request of 10 tokens.
    names = await client.with_options(on_attempt=count).get_names(leads_in(journal))
    print(f"The names cost {tokens} tokens of the daily budget: --no-names leaves them out")
    return names


def leads_in(journal: sqlite3.Connection) -> Iterator[Lead]:
    """Yield the leads in the journal in their order."""
    found = journal.execute("select json from leads order by rowid")
    return (from_dict(Lead, json.loads(text)) for (text,) in found)


async def begin(client: LeadsClient, journal: sqlite3.Connection, options: str) -> None:
    """Record the newest change before this export, where an export with --since starts."""
    begun = journal.execute("select options from export").fetchone()
    if begun is None:
        newest = dt.datetime.fromtimestamp(0, dt.UTC)
        async for lead in client.get_leads(
            sort="update_time DESC", max_items=1, on_malformed=report
        ):
            newest = lead.update_time or newest
        with journal:
            insert = "insert into export (options, watermark) values (?, ?)"
            journal.execute(insert, [options, newest.isoformat()])
    elif begun != (options,):
        sys.exit(f"An export with {begun[0]} is unfinished: finish it, or delete its journal.")


def report(error: Exception) -> None:
    """Print the error of a lead that cannot be decoded and is not exported."""
    print("not exported:", error, file=sys.stderr)


def write_ndjson(file: Path, table: Table, leads: Iterator[Lead]) -> None:
    """Write one JSON object per line, with times in ISO 8601."""
    with file.open("w", encoding="utf-8", newline="\n") as lines:
        for lead in leads:
            row = json.dumps(table.row(lead), ensure_ascii=False, default=lambda t: t.isoformat())
            lines.write(f"{row}\n")


def write_csv(file: Path, table: Table, leads: Iterator[Lead]) -> None:
    """Write a header and a line for each lead."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(table.columns)
        writer.writerows(map(csv_cell, table.row(lead).values()) for lead in leads)


def csv_cell(cell: Any) -> str | None:
    """Return a text unchanged, a time in ISO 8601 and other values as JSON."""
    match cell:
        case None | str():
            return cell
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return json.dumps(cell, ensure_ascii=False)


def write_parquet(file: Path, table: Table, leads: Iterator[Lead]) -> None:
    """Write typed columns, in groups of rows that fit into memory."""
    pa: Any = importlib.import_module("pyarrow")
    pq: Any = importlib.import_module("pyarrow.parquet")
    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        dt.date: pa.date32(),
        dt.time: pa.time64("us"),
        dt.datetime: pa.timestamp("us", tz="UTC"),
        list[str]: pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    with pq.ParquetWriter(file, schema) as writer:
        while rows := [table.row(lead) for lead in islice(leads, 10_000)]:
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema))


WRITERS: dict[str, Callable[[Path, Table, Iterator[Lead]], None]] = {
    ".ndjson": write_ndjson,
    ".csv": write_csv,
    ".parquet": write_parquet,
}


def publish(journal: sqlite3.Connection, progress: Progress, file: Path, table: Table) -> int:
    """Write the file from the journal; return the number of leads."""
    [count, watermark] = journal.execute(
        "select (select count(*) from leads), watermark from export"
    ).fetchone()
    new = Path(f"{file}.new")
    written = progress.track(leads_in(journal), total=count, description="Writing")
    WRITERS[file.suffix](new, table, iter(written))
    with new.open("rb+") as data:
        os.fsync(data.fileno())  # before the journal is deleted
    new.replace(file)
    Path(f"{file}.watermark").write_text(watermark)
    return int(count)


def target(text: str) -> Path:
    """Parse the name of the file."""
    file = Path(text)
    if file.suffix not in WRITERS:
        raise argparse.ArgumentTypeError(f"must end in {', '.join(WRITERS)}; got {text}")
    if file.suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise argparse.ArgumentTypeError("Parquet needs pyarrow: pip install pyarrow")
    return file


def start_time(text: str) -> dt.datetime:
    """Parse a time, or read the watermark of an earlier export; without a zone, it is local."""
    watermark = Path(f"{text}.watermark")
    try:
        if watermark.exists():
            return dt.datetime.fromisoformat(watermark.read_text()) - MARGIN
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a time, such as 2026-11-23T10:00Z, or the file of an export; got {text}"
        ) from None


def main() -> None:
    """Start or continue an export."""
    parser = argparse.ArgumentParser(description="Export every lead to a file.")
    parser.add_argument("file", type=target, help="must end in .ndjson, .csv or .parquet")
    parser.add_argument("--archived", action="store_true", help="export archived leads too")
    parser.add_argument("--since", type=start_time, help="a time, or the file of an earlier export")
    parser.add_argument("--no-names", action="store_true", help="leave out the names, which cost")
    arguments = parser.parse_args()
    file: Path = arguments.file
    console = Console()
    with (
        closing(sqlite3.connect(f"{file}.journal", timeout=0)) as journal,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed} leads"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        ) as progress,
    ):
        journal.executescript(SCHEMA)
        reading = collect(
            journal,
            progress,
            archived=arguments.archived,
            since=arguments.since,
            has_names=not arguments.no_names,
        )
        count = publish(journal, progress, file, asyncio.run(reading))
    Path(f"{file}.journal").unlink()
    print(f"{count} leads in {file}")


if __name__ == "__main__":
    try:
        main()
    except (PipedriveError, OSError, sqlite3.Error, KeyboardInterrupt) as error:
        sys.exit(f"{str(error) or 'Stopped'}: run the same command again to continue.")
