"""Print every lead of your account, or of a sandbox if PIPEDRIVE_API_TOKEN is not set.

    python examples/quickstart.py

Set PIPEDRIVE_BASE_URL to use your company's host, such as https://acme.pipedrive.com.
"""

import asyncio
import os
import sys
from collections import Counter

from pipedrive_leads_async import Lead, LeadsClient, PipedriveError
from pipedrive_leads_async.sandbox import Sandbox

NEXT_FOR_SANDBOX = """
Next, read your own leads. The token is on Pipedrive's page Settings > Personal preferences > API:
    export PIPEDRIVE_API_TOKEN=<your API token>
    python examples/quickstart.py"""

NEXT_FOR_ACCOUNT = """
Next, write them to a file, with custom fields and names:
    pipedrive-leads export leads.csv"""


async def print_leads(client: LeadsClient, account: str) -> None:
    """Print a table of all leads, oldest first, and a summary."""
    print(f"Reading all leads of {account}.\n")
    print(f"{'id':36}  {'title':40}  {'value':>16}")
    leads = 0
    totals = Counter[str]()
    async for lead in client.get_leads():
        leads += 1
        if lead.value:
            totals[lead.value.currency] += round(lead.value.amount)
        print_row(lead)
    print(f"\n{leads:,} leads of {account}.")
    if totals:
        print(
            "Their values:", ", ".join(f"{total:,} {name}" for name, total in totals.most_common())
        )


def print_row(lead: Lead) -> None:
    """Print a row of the table."""
    value = f"{lead.value.amount:,.2f} {lead.value.currency}" if lead.value else ""
    print(f"{lead.id}  {lead.title[:40]:40}  {value:>16}")


async def main() -> None:
    """Choose the account, and print its leads."""
    if os.environ.get("PIPEDRIVE_API_TOKEN"):
        base_url = os.environ.get("PIPEDRIVE_BASE_URL", "https://api.pipedrive.com")
        async with LeadsClient(base_url=base_url) as client:
            await print_leads(client, "your account")
        print(NEXT_FOR_ACCOUNT)
    else:
        with Sandbox(leads=2000) as sandbox:
            async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
                await print_leads(client, "a sandbox: made-up data, served by this program")
        print(NEXT_FOR_SANDBOX)


if __name__ == "__main__":
    try:
        asyncio.run(main())
        sys.stdout.flush()
    except PipedriveError as error:
        sys.exit(f"The leads cannot be read: {error}")
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    # Python would write the rest of the output at its end, and fail again: os._exit does not.
    except BrokenPipeError:  # a program like head has read enough
        os._exit(1)
    except OSError as error:  # such as a full disk
        print(f"The leads cannot be printed: {error}", file=sys.stderr)
        os._exit(1)
