"""Print every lead of your account, or of a sandbox if PIPEDRIVE_API_TOKEN is not set.

    python examples/quickstart.py

Set PIPEDRIVE_BASE_URL to use your company's host, such as https://acme.pipedrive.com.
"""

import asyncio
import os

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox


async def print_leads(client: LeadsClient) -> None:
    """Print all leads, oldest first."""
    count = 0
    async for lead in client.get_leads():
        count += 1
        value = f"{lead.value.amount:,.2f} {lead.value.currency}" if lead.value else "no value"
        print(f"{lead.id}  {lead.title}  ({value})")
    print(f"{count} leads; {client.rate.remaining} requests left in this burst window")


async def main() -> None:
    """Choose the account, and print its leads."""
    base_url = os.environ.get("PIPEDRIVE_BASE_URL", "https://api.pipedrive.com")
    if "PIPEDRIVE_API_TOKEN" in os.environ:
        async with LeadsClient(base_url=base_url) as client:
            await print_leads(client)
    else:
        with Sandbox(leads=2000) as sandbox:
            async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
                await print_leads(client)


if __name__ == "__main__":
    asyncio.run(main())
