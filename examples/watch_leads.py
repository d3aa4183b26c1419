"""Report every new lead in a chat.

    export PIPEDRIVE_API_TOKEN=... CHAT_URL=https://hooks.slack.com/services/...
    python examples/watch_leads.py checkpoint.txt

CHAT_URL is an incoming webhook of Slack, Mattermost or a similar chat: it accepts a POST with a
JSON object that has a `text`. Set PIPEDRIVE_BASE_URL to use your company's host, and EVERY to
change the seconds between two requests, 300 by default: each costs 20 tokens of the daily budget.

The checkpoint is saved after each message. So after a restart, the leads that were added meanwhile
are reported. A lead is reported twice only if the program was killed between the message and the
save. The first start reports the leads that are added from then on.

The file also has the id of the company, and the program refuses the token of another one.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import aiohttp
import attrs

from pipedrive_leads_async import Lead, LeadsClient, PipedriveError
from pipedrive_leads_async.webhooks import LeadCreated


def text_of(lead: Lead) -> str:
    """Return the message about a new lead."""
    value = f", {lead.value.amount:g} {lead.value.currency}" if lead.value else ""
    return f"New lead: {lead.title}{value}"


@attrs.frozen
class Checkpoint:
    """The place of the watch in a file, which belongs to one company."""

    file: Path
    company: int | None

    def load(self) -> str | None:
        """Return the checkpoint of the last run, None at the first start."""
        if not self.file.exists():
            return None
        company, checkpoint = self.file.read_text(encoding="utf-8").splitlines()
        if company != str(self.company):
            sys.exit(f"{self.file} is of company {company}, and the token is of {self.company}.")
        return checkpoint

    def save(self, checkpoint: str | None) -> None:
        """Save a checkpoint; a program that is killed meanwhile leaves the old one."""
        if checkpoint:
            new = self.file.with_suffix(".new")
            new.write_text(f"{self.company}\n{checkpoint}", encoding="utf-8")
            new.replace(self.file)


async def send(chat: aiohttp.ClientSession, text: str) -> None:
    """Send a message; without a success the program ends, and its restart sends it again."""
    async with chat.post(os.environ["CHAT_URL"], json={"text": text}) as response:
        response.raise_for_status()


async def announce(
    client: LeadsClient, chat: aiohttp.ClientSession, checkpoint: Checkpoint
) -> None:
    """Send a message for each new lead, without an end."""
    every = float(os.environ.get("EVERY", "300"))
    try:
        async for changes in client.watch_lead_pages(since=checkpoint.load(), every=every):
            for event in changes.events:
                if isinstance(event, LeadCreated):
                    await send(chat, text_of(event.lead))
                    checkpoint.save(event.checkpoint)
            checkpoint.save(changes.checkpoint)
    except PipedriveError as error:
        checkpoint.save(error.checkpoint)  # if the place is lost, the start of the list
        raise


async def main() -> None:
    """Open the connections, and announce leads."""
    base_url = os.environ.get("PIPEDRIVE_BASE_URL")
    async with LeadsClient(base_url=base_url) as client, aiohttp.ClientSession() as chat:
        company = (await client.get_current_user()).company_id
        print("watching")
        await announce(client, chat, Checkpoint(Path(sys.argv[1]), company))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
