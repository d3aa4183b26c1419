"""Write rows as CSV, JSON Lines or Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = Mapping[str, Any]
"""The names of the columns with their types."""

_GROUP: Final = 10_000
"""The number of rows in a row group of Parquet, all of which are in memory."""


def _write_json_lines(file: Path, _: Columns, rows: Iterator[Row]) -> None:
    """Write one JSON object per line, with times in ISO 8601."""
    with file.open("w", encoding="utf-8", newline="\n") as lines:
        for row in rows:
            text = json.dumps(row, ensure_ascii=False, default=lambda time: time.isoformat())
            lines.write(f"{text}\n")


def _write_csv(file: Path, columns: Columns, rows: Iterator[Row]) -> None:
    """Write a header and a line for each row."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(columns)
        writer.writerows(map(_csv_cell, row.values()) for row in rows)


def _csv_cell(cell: Any) -> str | None:
    """Return text unchanged, dates and times in ISO 8601, and other values as JSON."""
    match cell:
        case None | str():
            return cell
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return json.dumps(cell, ensure_ascii=False)


def _write_parquet(file: Path, columns: Columns, rows: Iterator[Row]) -> None:
    """Write typed columns, in groups of rows."""
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
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_batch(pa.RecordBatch.from_pylist(group, schema))


WRITERS: Final[dict[str, Callable[[Path, Columns, Iterator[Row]], None]]] = {
    ".csv": _write_csv,
    ".ndjson": _write_json_lines,
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}
"""The functions that write files, by the suffix of the file."""
