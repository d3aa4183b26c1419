"""Keep a copy of all open leads in an SQLite file; each run updates it.

    python examples/sync_leads.py leads.db           # new and changed leads
    python examples/sync_leads.py leads.db --gone    # also archived, deleted and converted leads

Set PIPEDRIVE_API_TOKEN, and PIPEDRIVE_BASE_URL to use your company's host.

A run without changes costs 40 tokens. It reads the leads with `updated_since`; archived, deleted
and converted leads are not in that list. A missing lead is not proof that it is gone, because a
walk can also be filtered or interrupted. So `--gone` reads all open leads, and then requests each
lead of the copy that is not among them, which costs 2 tokens a lead.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import sqlite3

from pipedrive_leads_async import Lead, LeadsClient, NotFoundError, to_dict

# A change may become visible up to this long after its update_time. So each run reads the last
# leads of the run before again; they are recognized by their id and update_time.
MARGIN = dt.timedelta(seconds=60)

SCHEMA = """
create table if not exists leads
    (id text primary key, update_time text, state text not null, json text not null);
create table if not exists sync (watermark text);
"""

# All times of leads have the same format, so that SQLite can compare them as texts.
UPSERT = """
insert into leads (id, update_time, state, json) values (?, ?, 'open', ?)
on conflict (id) do update
set update_time = excluded.update_time, state = 'open', json = excluded.json
where excluded.update_time > leads.update_time or leads.state != 'open'
"""


async def copy_changes(client: LeadsClient, copy: sqlite3.Connection) -> int:
    """Copy the leads that are new or changed since the last run; return their number.

    The next run starts at the newest update_time, by the server's clock, at the start of this
    run. A lead that changes during this run has a later time, so the next run reads it again.
    Everything is committed at the end, so a run that is killed can be repeated.
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
    """Copy one lead; return 0 if the copy has the same version, else 1."""
    data = to_dict(lead)
    return copy.execute(UPSERT, [lead.id, data["update_time"], json.dumps(data)]).rowcount


async def find_gone(client: LeadsClient, copy: sqlite3.Connection) -> dict[str, int]:
    """Mark the leads of the copy that are no longer open; return their number for each state."""
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
        if state != "open":  # the lead may be open again since the walk
            counts[state] += 1
            copy.execute("update leads set state = ? where id = ?", [state, id])
            copy.commit()
    return counts


async def main() -> None:
    """Update the copy once."""
    parser = argparse.ArgumentParser(description="Keep a copy of all open leads in an SQLite file.")
    parser.add_argument("file", help="the SQLite file, created if it does not exist")
    parser.add_argument("--gone", action="store_true", help="also find leads that are gone")
    arguments = parser.parse_args()
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    copy = sqlite3.connect(arguments.file)
    copy.executescript(SCHEMA)
    try:
        async with LeadsClient(base_url=base_url) as client:
            print(f"{await copy_changes(client, copy)} new or changed")
            if arguments.gone:
                for state, count in (await find_gone(client, copy)).items():
                    print(f"{count} {state}")
    finally:
        copy.close()


if __name__ == "__main__":
    asyncio.run(main())
