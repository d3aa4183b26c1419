"""Start processes that need the token of one file at the same time; run as a script."""

from __future__ import annotations

import asyncio
import os
import sys

from pipedrive_leads_async.auth import FileTokenStore, OAuth2


async def refresh(path: str, oauth_url: str, *app: str) -> None:
    """Print the authorization header of a request."""
    oauth = OAuth2(*app, store=FileTokenStore(path), oauth_url=oauth_url)
    authorization = await oauth.__credential__().authorization()
    os.write(1, f"{authorization.value}\n".encode())


def main(count: str, *arguments: str) -> None:
    """Fork the processes after the imports, which take longer than a refresh."""
    children: list[int] = []
    for _ in range(int(count)):
        child = os.fork()
        if child == 0:
            asyncio.run(refresh(*arguments))
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
