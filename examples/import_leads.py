"""Add a lead for each row of a CSV file, once, however often this is run, stopped or killed.

    python examples/import_leads.py leads.csv

The file has the columns `key`, which names a row for ever, `title` and `person_id`.
PIPEDRIVE_API_TOKEN is the account; PIPEDRIVE_BASE_URL may name your company's host.

What is about to be sent is noted first, in `leads.csv.journal`. After a kill, the few rows that
were noted and have no result are looked for before they are added, which costs 60 tokens each;
all others cost 10. A row that was refused is not sent again: give it a new key when it is mended.
"""

import argparse
import asyncio
import csv
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipedrive_leads_async import (
    AddLeadRequest,
    BadRequestError,
    DailyBudgetExhaustedError,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
)

SCHEMA = "create table if not exists rows (key text primary key, lead_id text, error text)"


def unsent(file: Path, journal: sqlite3.Connection) -> Iterator[tuple[str, AddLeadRequest]]:
    """Give the rows that were never noted, and note each: it is about to be sent."""
    for key, request in requests(file, journal):
        if not journal.execute("select 1 from rows where key = ?", [key]).fetchone():
            with journal:
                journal.execute("insert into rows (key) values (?)", [key])
            yield key, request


def unclear(file: Path, journal: sqlite3.Connection) -> list[tuple[str, AddLeadRequest]]:
    """Give the rows that were noted by an earlier run and have no result."""
    query = "select key from rows where lead_id is null and error is null"
    keys = {key for (key,) in journal.execute(query)}
    found: dict[str, AddLeadRequest] = {}
    for key, request in requests(file, journal):
        if key in keys:
            found.setdefault(key, request)  # as it was sent: of rows with one key the first
    return list(found.items())


def requests(file: Path, journal: sqlite3.Connection) -> Iterator[tuple[str, AddLeadRequest]]:
    """Read the file; a row that can be no lead is noted as such and left out."""
    with file.open(newline="", encoding="utf-8-sig") as lines:  # Excel begins files with a BOM
        for row in csv.DictReader(lines):
            key = (row["key"] or "").strip()
            if not key:
                refuse(journal, key, "a row has no key")
                continue
            try:
                request = AddLeadRequest(title=row["title"], person_id=int(row["person_id"]))
            except (InvalidRequestError, TypeError, ValueError) as error:
                refuse(journal, key, str(error))
                continue
            yield key, request


def refuse(journal: sqlite3.Connection, key: str, why: str) -> None:
    """Note a row that is not sent at all."""
    with journal:
        journal.execute("insert or ignore into rows (key, error) values (?, ?)", [key, why])


def note(
    journal: sqlite3.Connection, key: str, lead_id: str | None, error: Exception | None
) -> None:
    """Note what became of a row; nothing if that is not final, so that the next run looks."""
    if isinstance(error, DecodeError):  # it was made, and only its answer cannot be read
        lead_id, error = error.lead_id, None
    if error is not None and not isinstance(error, BadRequestError | InvalidRequestError):
        return
    text = None if error is None else str(error)
    with journal:
        update = "update rows set lead_id = ?, error = ? where key = ?"
        journal.execute(update, [lead_id, text, key])


async def add_all(client: LeadsClient, file: Path, journal: sqlite3.Connection) -> None:
    """Settle what an earlier run left open, then add the rest."""
    for key, request in unclear(file, journal):
        try:
            ensured = await client.ensure_lead(request, idempotency_key=key)
        except (BadRequestError, InvalidRequestError, DecodeError, OutcomeUnknownError) as error:
            note(journal, key, None, error)
        else:
            note(journal, key, ensured.lead.id, None)
    async for result in client.add_leads(unsent(file, journal)):
        note(journal, result.key, result.lead.id if result.lead else None, result.error)


async def main() -> None:
    """Add what is not there yet, and say how far it is."""
    parser = argparse.ArgumentParser(description="Add a lead for each row of a CSV file, once.")
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args().file
    with file.open(newline="", encoding="utf-8-sig") as lines:
        if missing := {"key", "title", "person_id"}.difference(
            csv.DictReader(lines).fieldnames or ()
        ):
            parser.error(f"{file} has no column {', '.join(sorted(missing))}")
    with closing(sqlite3.connect(f"{file}.journal")) as journal:
        journal.execute(SCHEMA)
        try:
            async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
                await add_all(client, file, journal)
        except DailyBudgetExhaustedError as error:
            print(f"{error}: run this again tomorrow")
        except PipedriveError as error:
            print(f"{error}: run this again when that is mended")
        counts = "select count(lead_id), count(error), count(*) from rows"
        [made, refused, known] = journal.execute(counts).fetchone()
        print(f"{made} made, {refused} refused, {known - made - refused} unclear")
        for key, why in journal.execute("select key, error from rows where error is not null"):
            print(f"  {key}: {why}")


if __name__ == "__main__":
    asyncio.run(main())
