"""Read all leads into a journal, then write the file in one step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..._doctor.credential import credential_from_environment
from ..._doctor.findings import advice_for
from ..._http.envelope import ASK_DOCTOR
from ...auth import AccessToken, ApiToken
from ...errors import ConfigurationError, PipedriveError
from .. import output
from ..output import STOPPED, CommandError
from .arguments import Options, read_options
from .formats import WRITERS, Row
from .journal import Journal
from .progress import Progress, progress_bar
from .reading import Table, read_account
from .unfinished import settle_unfinished
from .watermark import Watermark

_CONTINUE: Final = "Run the same command again to continue."
_CONTINUE_RESTARTED: Final = "Run the same command again without --restart to continue."


def run(arguments: Sequence[str], prog: str) -> int:
    """Start or continue an export, and return its exit code.

    Raises:
        CommandError: It cannot be completed.
    """
    options = read_options(arguments, prog)
    with _configuration_errors():
        auth = credential_from_environment()
    with _errors(options, auth), Journal(options.file) as journal:
        settle_unfinished(journal, options)
        with progress_bar() as progress:
            table = asyncio.run(read_account(auth, options, journal, progress))
            count = _write(options, journal, table, progress)
    if table.names is not None:
        output.write(
            f"The names cost {table.cost_of_names} tokens of the daily budget: --no-names leaves "
            "them out\n"
        )
    leads = "1 lead" if count == 1 else f"{count} leads"
    since = f" changed since {options.since.time.isoformat()}" if options.since else ""
    output.write(f"{leads}{since} in {options.file}\n")
    return 0


def _write(options: Options, journal: Journal, table: Table, progress: Progress) -> int:
    """Write the file from the journal; return the number of leads."""
    count = len(journal)
    progress.start("Writing", total=count)

    def rows() -> Iterator[Row]:
        for lead in journal.leads():
            yield table.row(lead)
            progress.advance()

    new = Path(f"{options.file}.new")
    try:
        WRITERS[options.suffix](new, table.columns, rows())
        with new.open("rb+") as data:
            os.fsync(data.fileno())  # before the journal is deleted
        new.replace(options.file)
    except BaseException:
        new.unlink(missing_ok=True)  # the disk may be full
        raise
    Watermark.path(options.file).write_text(str(journal.watermark), encoding="utf-8")
    journal.finish()
    return count


@contextlib.contextmanager
def _configuration_errors() -> Generator[None, None, None]:
    try:
        yield
    except ConfigurationError as error:
        raise CommandError(str(error), code=2) from error


@contextlib.contextmanager
def _errors(options: Options, auth: ApiToken | AccessToken) -> Generator[None, None, None]:
    """Turn each error that stops an export into a `CommandError` that describes what to do."""
    again = _CONTINUE_RESTARTED if options.continues is False else _CONTINUE
    try:
        with _configuration_errors():
            yield
    except PipedriveError as error:
        message = str(error).removesuffix(ASK_DOCTOR)  # the advice below replaces it
        advice = advice_for(error, auth, uses_proxy=True)
        raise CommandError(" ".join(filter(None, [f"{message}.", advice, again]))) from error
    except KeyboardInterrupt:
        raise CommandError(f"stopped. {again}", code=STOPPED) from None
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"{options.file} cannot be written: {error}. {again}") from error
