"""Add one lead for each row of a CSV file, even if the import is repeated, stopped or killed.

    python examples/import_leads.py leads.csv

The file has the columns `key`, `title` and `person_id`, or `key`, `title`, `email` and `name`; the
key of a row must not change. Set PIPEDRIVE_API_TOKEN, and PIPEDRIVE_BASE_URL to use your company's
host.

A file with addresses needs the persons who have them. All persons are read once, for 10 tokens for
each 500: 600 for 30,000 persons, where a search for each row would cost 20 tokens and take hours.
An address that no person has adds a person, for 5 tokens.

Each row is recorded in `leads.csv.journal` before it is sent. After a kill, the next run looks up
the few rows that were recorded without a result, which costs 60 tokens each; all other rows cost
10. Wait 30 seconds before that run, because Pipedrive may still be adding the leads of the last
requests, and a new process does not know of them. A refused row is not sent again: correct it, and
change its key.
"""

import argparse
import asyncio
import csv
import os
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from pathlib import Path

import attrs

from pipedrive_leads_async import (
    AddLeadRequest,
    AddPersonRequest,
    BadRequestError,
    DailyBudgetExhaustedError,
    DecodeError,
    IdempotencyKeyLostError,
    InvalidRequestError,
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
)

CONCERN_ONE_ROW = (
    BadRequestError,
    DecodeError,
    IdempotencyKeyLostError,
    InvalidRequestError,
    OutcomeUnknownError,
)

SCHEMA = """
create table if not exists rows (key text primary key, person_id integer, lead_id text, error text)
"""


def rows(file: Path, journal: sqlite3.Connection) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of the file with their keys; record a row without a key as refused."""
    with file.open(newline="", encoding="utf-8-sig") as lines:  # Excel begins files with a BOM
        for row in csv.DictReader(lines):
            key = (row["key"] or "").strip()
            if key:
                yield key, row
            else:
                refuse(journal, key, "a row has no key")


class Persons:
    """The persons of the account, by address; they are read at the first row with an address."""

    def __init__(self, client: LeadsClient) -> None:
        self._client = client
        self._ids: dict[str, int] | None = None

    async def id_of(self, row: dict[str, str]) -> int:
        """Return the id of the person of a row; add the person if no one has the address."""
        if row.get("person_id"):
            return int(row["person_id"])
        if self._ids is None:
            self._ids = await self._read()
        address = row["email"].strip().casefold()
        if address not in self._ids:
            person = AddPersonRequest(name=row["name"], emails=[row["email"]])
            self._ids[address] = (await self._client.add_person(person)).id
        return self._ids[address]

    async def _read(self) -> dict[str, int]:
        ids: dict[str, int] = {}
        async for person in self._client.iterate("/api/v2/persons"):
            for email in person["emails"]:
                # The list is in the order of the ids: of several persons, the first one counts.
                ids.setdefault(email["value"].strip().casefold(), person["id"])
        return ids


async def unsent(
    file: Path, journal: sqlite3.Connection, persons: Persons
) -> AsyncGenerator[tuple[str, AddLeadRequest], None]:
    """Yield the rows that are not in the journal, and record each one before it is sent."""
    for key, row in rows(file, journal):
        if journal.execute("select 1 from rows where key = ?", [key]).fetchone():
            continue
        try:
            # The person is looked for last, so that a row that is not valid adds none.
            request = AddLeadRequest(title=row["title"], person_id=1)
            request = attrs.evolve(request, person_id=await persons.id_of(row))
        except (BadRequestError, InvalidRequestError, TypeError, ValueError) as error:
            refuse(journal, key, str(error))
            continue
        with journal:
            insert = "insert into rows (key, person_id) values (?, ?)"
            journal.execute(insert, [key, request.person_id])
        yield key, request


def unclear(file: Path, journal: sqlite3.Connection) -> list[tuple[str, AddLeadRequest]]:
    """Return the rows that an earlier run recorded without a result."""
    query = "select key, person_id from rows where lead_id is null and error is null"
    person_ids = dict(journal.execute(query).fetchall())
    found: dict[str, AddLeadRequest] = {}
    for key, row in rows(file, journal):
        if key in person_ids and key not in found:  # the first row of a key was sent
            found[key] = AddLeadRequest(title=row["title"], person_id=person_ids[key])
    return list(found.items())


def refuse(journal: sqlite3.Connection, key: str, reason: str) -> None:
    """Record a row that is not sent."""
    with journal:
        journal.execute("insert or ignore into rows (key, error) values (?, ?)", [key, reason])


def record(
    journal: sqlite3.Connection, key: str, lead_id: str | None, error: Exception | None
) -> None:
    """Record the result of a row, unless it is not final: the next run looks the row up then."""
    if isinstance(error, DecodeError):  # the lead was added, but its response is malformed
        lead_id, error = error.lead_id, None
    if isinstance(error, IdempotencyKeyLostError):  # the lead was added, but has lost its key
        lead_id, error = error.lead.id, None
    if error is not None and not isinstance(error, BadRequestError | InvalidRequestError):
        return
    text = None if error is None else str(error)
    with journal:
        update = "update rows set lead_id = ?, error = ? where key = ?"
        journal.execute(update, [lead_id, text, key])


async def add_all(client: LeadsClient, file: Path, journal: sqlite3.Connection) -> None:
    """Look up the rows that an earlier run left without a result, then add the others."""
    for key, request in unclear(file, journal):
        try:
            ensured = await client.ensure_lead(request, idempotency_key=key)
        except CONCERN_ONE_ROW as error:
            record(journal, key, None, error)
        else:
            record(journal, key, ensured.lead.id, None)
    async with aclosing(unsent(file, journal, Persons(client))) as items:
        async for result in client.add_leads(items):
            record(journal, result.key, result.lead.id if result.lead else None, result.error)


async def main() -> None:
    """Import the file, and print the results."""
    parser = argparse.ArgumentParser(description="Add a lead for each row of a CSV file, once.")
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args().file
    with file.open(newline="", encoding="utf-8-sig") as lines:
        columns = set(csv.DictReader(lines).fieldnames or ())
    person = {"email", "name"} if "email" in columns else {"person_id"}
    if missing := ({"key", "title"} | person) - columns:
        parser.error(f"{file} has no column {', '.join(sorted(missing))}")
    with closing(sqlite3.connect(f"{file}.journal")) as journal:
        journal.execute(SCHEMA)
        try:
            async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
                await add_all(client, file, journal)
        except DailyBudgetExhaustedError as error:
            print(f"{error}: run this again tomorrow")
        except PipedriveError as error:
            print(f"{error}: fix this, then run this again")
        counts = "select count(lead_id), count(error), count(*) from rows"
        [added, refused, recorded] = journal.execute(counts).fetchone()
        print(f"{added} added, {refused} refused, {recorded - added - refused} unclear")
        for key, reason in journal.execute("select key, error from rows where error is not null"):
            print(f"  {key}: {reason}")


if __name__ == "__main__":
    asyncio.run(main())
