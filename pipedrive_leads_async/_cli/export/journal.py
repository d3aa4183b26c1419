"""The journal of an export: an SQLite file with the leads that were read so far."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ..._codec.codec import from_dict, to_dict
from ...models import Lead
from ..output import CommandError
from .watermark import Watermark

_SCHEMA: Final = """
pragma locking_mode = exclusive;  -- no second export can use the same file
pragma journal_mode = wal;
create table if not exists leads (id text primary key, json text not null);
create table if not exists export (
    options text, begin_time text, watermark text, checkpoint text
);
"""

# A lead that is archived during the export can be read twice. The second version is newer.
_UPSERT: Final = (
    "insert into leads values (?, ?) on conflict (id) do update set json = excluded.json"
)


class Journal:
    """The journal of the export to one file, a context manager.

    At the end of the block, it is deleted unless it has an unfinished export.

    Args:
        file: The file of the export.

    Raises:
        CommandError: The journal cannot be written, or another export is using it.
    """

    def __init__(self, file: Path) -> None:
        self.path = Path(f"{file}.journal")
        with contextlib.ExitStack() as stack:
            try:
                self._rows = sqlite3.connect(self.path, timeout=0)
                stack.callback(self._rows.close)
                self._rows.executescript(_SCHEMA)
            except sqlite3.Error as error:
                raise CommandError(_explained(error, self.path)) from error
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        begun = self.begun
        self._stack.close()
        if not begun:
            self.path.unlink()

    @property
    def begun(self) -> bool:
        """Whether the export has begun and not ended."""
        return bool(self._value("select count(*) from export"))

    def begin(self, options: str, watermark: Watermark) -> None:
        """Record the beginning of an export, with its options and its watermark."""
        begin_time = dt.datetime.now(dt.UTC).isoformat()
        with self._rows:
            insert = "insert into export (options, begin_time, watermark) values (?, ?, ?)"
            self._rows.execute(insert, [options, begin_time, str(watermark)])

    def clear(self) -> None:
        """Discard an unfinished export and its leads."""
        with self._rows:
            self._rows.execute("delete from leads")
            self._rows.execute("delete from export")

    def add(self, leads: Iterable[Lead], checkpoint: str | None) -> None:
        """Add the leads of a page, with the checkpoint after it, in one transaction."""
        with self._rows:
            self._rows.executemany(
                _UPSERT, [(lead.id, json.dumps(to_dict(lead))) for lead in leads]
            )
            self._rows.execute("update export set checkpoint = ?", [checkpoint])

    @property
    def options(self) -> str:
        """The options of the export."""
        return str(self._value("select options from export"))

    @property
    def begin_time(self) -> dt.datetime:
        """The time at which the export began."""
        return dt.datetime.fromisoformat(self._value("select begin_time from export"))

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint after the last page; None before the first one."""
        checkpoint: str | None = self._value("select checkpoint from export")
        return checkpoint

    @property
    def watermark(self) -> Watermark:
        """The watermark of the export."""
        return Watermark.from_text(self._value("select watermark from export"))

    def __len__(self) -> int:
        return int(self._value("select count(*) from leads"))

    def leads(self) -> Iterator[Lead]:
        """Yield the leads in the order in which they were first read."""
        found = self._rows.execute("select json from leads order by rowid")
        return (from_dict(Lead, json.loads(text)) for (text,) in found)

    def finish(self) -> None:
        """Record that the file is complete, so that the journal is deleted at the end."""
        with self._rows:
            self._rows.execute("delete from export")

    def _value(self, query: str) -> Any:
        """Return the value of a query with one row and one column."""
        [value] = self._rows.execute(query).fetchone()
        return value


def _explained(error: sqlite3.Error, path: Path) -> str:
    match getattr(error, "sqlite_errorcode", None):
        case sqlite3.SQLITE_BUSY:
            return "another export is writing this file: wait until it ends, or stop it"
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is not the journal of an export: move it away"
        case _:
            return (
                f"{path} cannot be written ({error}): check that you may write in this folder, "
                "and that the disk is not full"
            )
