"""The arguments of the command `export`."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs

from ..arguments import parse, parser_of
from .formats import WRITERS

_DESCRIPTION: Final = """\
Write all leads to a file: a row for each lead, and a column for each field, with custom fields by
their names in Pipedrive. The names of owners, persons, organizations, labels and channels are
columns too; the command prints what they cost.

The leads are collected in a journal next to the file. The file itself is written at the end, in one
step, so it is always complete. If the export is interrupted, run the same command again: it
continues from the journal.

An export with --since can repeat leads of the earlier export: keep the version with the later
update_time. It does not contain leads that were deleted, converted or, without --archived,
archived since then.
"""

# A change may become visible this long after its update_time.
_MARGIN: Final = dt.timedelta(seconds=60)


@attrs.frozen(kw_only=True)
class Options:
    """The options of an export.

    Attributes:
        file: The file to write.
        base_url: The base URL of the client; None for its default.
        archived: Whether to read archived leads too.
        since: The time from which changes are read; None for all leads.
        has_names: Whether the names of owners, persons and others are columns.
    """

    file: Path
    base_url: str | None
    archived: bool
    since: dt.datetime | None
    has_names: bool

    def __str__(self) -> str:
        """Return the options that select leads, as on the command line."""
        since = f"--since {self.since.isoformat()}" if self.since else ""
        return " ".join(filter(None, ["--archived" if self.archived else "", since]))


def read_options(arguments: Sequence[str], prog: str) -> Options:
    """Return the options of a command line."""
    parser = parser_of(prog, _DESCRIPTION)
    parser.add_argument(
        "file",
        metavar="FILE",
        type=_target,
        help=f"the file; the end of its name selects the format: {', '.join(WRITERS)}",
    )
    parser.add_argument("--archived", action="store_true", help="export archived leads too")
    parser.add_argument(
        "--since",
        metavar="TIME or FILE",
        type=_start_time,
        help="export only what changed since a time, or since the export to a file",
    )
    parser.add_argument(
        "--no-names", action="store_true", help="leave out the columns with names, and their cost"
    )
    found = parse(parser, arguments)
    return Options(
        file=found.file,
        base_url=found.base_url,
        archived=found.archived,
        since=found.since,
        has_names=not found.no_names,
    )


def _target(text: str) -> Path:
    """Parse the name of the file."""
    file = Path(text)
    if file.suffix not in WRITERS:
        raise argparse.ArgumentTypeError(f"must end in {', '.join(WRITERS)}; got {text}")
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"is a folder: add the name of a file; got {text}")
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"is in a folder that does not exist; got {text}")
    if file.suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise argparse.ArgumentTypeError("Parquet needs pyarrow: pip install pyarrow")
    return file


def _start_time(text: str) -> dt.datetime:
    """Parse a time, local if it has no zone, or read the watermark of an earlier export."""
    watermark = Path(f"{text}.watermark")
    try:
        if watermark.exists():
            return dt.datetime.fromisoformat(watermark.read_text(encoding="utf-8")) - _MARGIN
        return dt.datetime.fromisoformat(text).astimezone()
    except (ValueError, OSError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"must be a time, such as 2026-11-23T10:00Z, or the file of an export; got {text}"
        ) from None
