"""Keep a copy of all open leads in an SQLite file; each run updates it.

    python examples/sync_leads.py leads.db           # new and changed leads
    python examples/sync_leads.py leads.db --gone    # also archived, deleted and converted leads

Set PIPEDRIVE_API_TOKEN, and PIPEDRIVE_BASE_URL to use your company's host.

A run without changes costs 22 tokens. It makes one pass of `watch_lead_pages`, and saves the leads
of each page together with its checkpoint, so a run that is killed can be repeated. Archived,
deleted and converted leads are not in the list: `--gone` reads all open leads, and then requests
each lead of the copy that is not among them, which costs 2 tokens a lead. If more than 1,000 are
missing, it stops before it requests them; `--max-removed` changes this number.

The file belongs to one company: a run with the token of another one changes nothing.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import sqlite3
import sys
from collections import Counter

from pipedrive_leads_async import Lead, LeadsClient, PipedriveError, to_dict

ALL = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""The first run copies all open leads."""

SCHEMA = """
create table if not exists leads (id text primary key, state text not null, json text not null);
create table if not exists sync (checkpoint text);
create table if not exists account (company_id integer);
"""
SAVE = "insert or replace into leads values (?, 'open', ?)"
MARK = "update leads set state = ? where id = ?"

STATES = {"archived": "archived", "gone": "deleted or converted"}


async def check_company(client: LeadsClient, copy: sqlite3.Connection) -> None:
    """Save the company of the token at the first run, and end a run with that of another one."""
    company = (await client.get_current_user()).company_id
    [known] = copy.execute("select max(company_id) from account").fetchone()
    if known is None:
        with copy:
            copy.execute("insert into account values (?)", [company])
    elif known != company:
        sys.exit(f"This file has the leads of company {known}, and the token is of {company}.")


async def copy_changes(client: LeadsClient, copy: sqlite3.Connection) -> int:
    """Copy the leads that are new or changed since the last run; return their number."""
    [checkpoint] = copy.execute("select max(checkpoint) from sync").fetchone()
    count = 0
    try:
        async for changes in client.watch_lead_pages(since=checkpoint or ALL, every=None):
            save(copy, [event.lead for event in changes.events], changes.checkpoint)
            count += len(changes.events)
    except PipedriveError as error:
        if error.checkpoint:  # if the place in the list is lost, it is the start of the list
            save(copy, [], error.checkpoint)
        raise
    return count


def save(copy: sqlite3.Connection, leads: list[Lead], checkpoint: str) -> None:
    """Save leads and a checkpoint in one transaction."""
    with copy:
        copy.executemany(SAVE, [(lead.id, json.dumps(to_dict(lead))) for lead in leads])
        copy.execute("delete from sync")
        copy.execute("insert into sync values (?)", [checkpoint])


async def find_gone(
    client: LeadsClient, copy: sqlite3.Connection, max_removed: int
) -> Counter[str]:
    """Mark the leads of the copy that are no longer open; return their number for each state."""
    known = [id for (id,) in copy.execute("select id from leads where state = 'open'")]
    counts = Counter(dict.fromkeys(STATES.values(), 0))
    async for removed in client.find_removed_leads(known, max_removed=max_removed):
        state = STATES[removed.reason]
        counts[state] += 1
        with copy:
            copy.execute(MARK, [state, removed.lead_id])
    return counts


async def main() -> None:
    """Update the copy once."""
    parser = argparse.ArgumentParser(description="Keep a copy of all open leads in an SQLite file.")
    parser.add_argument("file", help="the SQLite file, created if it does not exist")
    parser.add_argument("--gone", action="store_true", help="also find leads that are gone")
    parser.add_argument("--max-removed", type=int, default=1000, help="leads to request at most")
    arguments = parser.parse_args()
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    copy = sqlite3.connect(arguments.file)
    copy.executescript(SCHEMA)
    try:
        async with LeadsClient(base_url=base_url) as client:
            await check_company(client, copy)
            print(f"{await copy_changes(client, copy)} new or changed")
            if arguments.gone:
                counts = await find_gone(client, copy, arguments.max_removed)
                for state, count in counts.items():
                    print(f"{count} {state}")
    finally:
        copy.close()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except PipedriveError as error:
        sys.exit(f"The leads cannot be read: {error}")
