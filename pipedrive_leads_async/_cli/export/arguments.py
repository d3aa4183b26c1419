"""The arguments of the command `export`."""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs

from ..arguments import parse, parser_of
from .formats import WRITERS
from .start import Start

_DESCRIPTION: Final = """\
Write all leads to a file: a row for each lead, and a column for each field, with custom fields by
their names in Pipedrive. The names of owners, persons, organizations, labels and channels are
columns too; the command prints what they cost.

The leads are collected in a journal next to the file. The file itself is written at the end, in one
step, so it is always complete. If the export is interrupted, run the same command again: it
continues from the journal if that is at most 12 hours old.

An export with --since can repeat leads of the earlier export: keep the version with the later
update_time. It does not contain leads that were deleted, converted or, without --archived,
archived since then.
"""


@attrs.frozen(kw_only=True)
class Options:
    """The options of an export.

    Attributes:
        file: The file to write; the target if the user has named a symbolic link.
        suffix: The suffix of the name that the user has written, in lower case.
        base_url: The base URL of the client; None for its default.
        archived: Whether to read archived leads too.
        since: The start of an export of changes; None for all leads.
        has_names: Whether the names of owners, persons and others are columns.
        continues: Whether to continue an unfinished export; None to do it if it is not old.
    """

    file: Path
    suffix: str
    base_url: str | None
    archived: bool
    since: Start | None
    has_names: bool
    continues: bool | None

    def __str__(self) -> str:
        """Return the options that select leads, as on the command line."""
        since = f"--since {self.since.time.isoformat()}" if self.since else ""
        return " ".join(filter(None, ["--archived" if self.archived else "", since]))


def read_options(arguments: Sequence[str], prog: str) -> Options:
    """Return the options of a command line."""
    parser = _parser(prog)
    found = parse(parser, arguments)
    file = _behind_links(found.file)
    if found.since and found.since.file and _is_same(found.since.file, file):
        parser.error(
            "argument --since: it is the same file as FILE, whose leads the changes would replace: "
            "export the changes to another file"
        )
    return Options(
        file=file,
        suffix=found.file.suffix.lower(),
        base_url=found.base_url,
        archived=found.archived,
        since=found.since,
        has_names=not found.no_names,
        continues=found.continues,
    )


def _parser(prog: str) -> argparse.ArgumentParser:
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
        type=Start.parse,
        help="export only what changed since a time, or since the export to a file; a time without "
        "a zone is local",
    )
    parser.add_argument(
        "--no-names", action="store_true", help="leave out the columns with names, and their cost"
    )
    unfinished = parser.add_mutually_exclusive_group()
    unfinished.add_argument(
        "--restart",
        dest="continues",
        action="store_false",
        default=None,
        help="discard an unfinished export, and read all leads again",
    )
    unfinished.add_argument(
        "--continue",
        dest="continues",
        action="store_true",
        default=None,
        help="continue an unfinished export that is older than 12 hours",
    )
    return parser


def _target(text: str) -> Path:
    """Parse the name of the file."""
    if text == "-":
        raise argparse.ArgumentTypeError(
            "an export needs a file, from which it can continue: write a name, such as leads.csv"
        )
    file = Path(text)
    if file.suffix.lower() not in WRITERS:
        raise argparse.ArgumentTypeError(f"must end in {', '.join(WRITERS)}; got {text}")
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"is a folder: add the name of a file; got {text}")
    if not _behind_links(file).parent.is_dir():
        raise argparse.ArgumentTypeError(f"is in a folder that does not exist; got {text}")
    if file.suffix.lower() == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise argparse.ArgumentTypeError("Parquet needs pyarrow: pip install pyarrow")
    return file


def _behind_links(file: Path) -> Path:
    """Return the target of a symbolic link, because writing a new file would replace the link."""
    return Path(os.path.realpath(file)) if file.is_symlink() else file


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two paths name one file, which need not exist."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)
