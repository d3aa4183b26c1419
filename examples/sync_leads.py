"""Keep a copy of all open leads in an SQLite file: each run brings what changed since the last.

    python examples/sync_leads.py leads.db           # new and changed leads
    python examples/sync_leads.py leads.db --gone    # and what was archived, deleted or converted

PIPEDRIVE_API_TOKEN is the account; PIPEDRIVE_BASE_URL may name your company's host.

A run that finds nothing new costs 40 tokens. It reads `updated_since`, in which a lead that was
archived, deleted or converted is simply missing. To be missing proves nothing, as a walk may
also be filtered or cut short: so `--gone` walks all open leads and asks for each that is not
among them, which costs 2 tokens a lead.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import sqlite3

from pipedrive_leads_async import Lead, LeadsClient, NotFoundError, to_dict

# How long after its update_time a change may become visible: it repeats the last leads of the
# run before, and those are told by id and update_time.
MARGIN = dt.timedelta(seconds=60)

SCHEMA = """
create table if not exists leads
    (id text primary key, update_time text, state text not null, json text not null);
create table if not exists sync (watermark text);
"""

# Times of leads are all of one form, so that their texts are in order too.
UPSERT = """
insert into leads (id, update_time, state, json) values (?, ?, 'open', ?)
on conflict (id) do update
set update_time = excluded.update_time, state = 'open', json = excluded.json
where excluded.update_time > leads.update_time or leads.state != 'open'
"""


async def bring_changes(client: LeadsClient, copy: sqlite3.Connection) -> int:
    """Take over what was made or changed since the last run, and count it.

    The next run begins where this one began, at the newest change that the server had then,
    by its own clock. A lead that changes while this run reads is newer, whether it was met
    or not. All is committed at the end: a run that is killed is done again.
    """
    [watermark] = copy.execute("select max(watermark) from sync").fetchone()
    since = dt.datetime.fromisoformat(watermark) - MARGIN if watermark else None
    newest = None
    async for lead in client.get_leads(sort="update_time DESC", max_items=1):
        newest = lead.update_time
    count = 0
    async for lead in client.get_leads(updated_since=since):
        count += upsert(copy, lead)
    if newest is not None:
        copy.execute("delete from sync")
        copy.execute("insert into sync values (?)", [newest.isoformat()])
    copy.commit()
    return count


def upsert(copy: sqlite3.Connection, lead: Lead) -> int:
    """Take over one lead; 0 if the copy has it already as it is."""
    data = to_dict(lead)
    return copy.execute(UPSERT, [lead.id, data["update_time"], json.dumps(data)]).rowcount


async def find_gone(client: LeadsClient, copy: sqlite3.Connection) -> dict[str, int]:
    """Mark the leads of the copy that are no longer open, and count them."""
    open_ids = {lead.id async for lead in client.get_leads()}
    known = [id for (id,) in copy.execute("select id from leads where state = 'open'")]
    counts = {"archived": 0, "deleted or converted": 0}
    for id in known:
        if id in open_ids:
            continue
        try:
            state = "archived" if (await client.get_lead(id)).is_archived else "open"
        except NotFoundError:
            state = "deleted or converted"
        if state != "open":  # it may have come back since the walk
            counts[state] += 1
            copy.execute("update leads set state = ? where id = ?", [state, id])
            copy.commit()
    return counts


async def main() -> None:
    """Do one run."""
    parser = argparse.ArgumentParser(description="Keep a copy of all open leads in an SQLite file.")
    parser.add_argument("file", help="the SQLite file, made if it is not there")
    parser.add_argument("--gone", action="store_true", help="also find leads that are gone")
    arguments = parser.parse_args()
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    copy = sqlite3.connect(arguments.file)
    copy.executescript(SCHEMA)
    try:
        async with LeadsClient(base_url=base_url) as client:
            print(f"{await bring_changes(client, copy)} new or changed")
            if arguments.gone:
                for state, count in (await find_gone(client, copy)).items():
                    print(f"{count} {state}")
    finally:
        copy.close()


if __name__ == "__main__":
    asyncio.run(main())
