"""Check the library with an account: `PIPEDRIVE_API_TOKEN=… python -m tests.live`.

Use a test account. The check adds marked data, removes it at its end, also after Ctrl-C, and
compares each response with that of the sandbox. It is not part of the test suite.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from pipedrive_leads_async import ConfigurationError, LeadsClient, PipedriveError

from .check import Result, TooManyLeadsError, check, rehearse
from .report import anonymous, lines

MAX_LEADS = 50

_COST_OF_COUNTING = 60  # one page of open leads and one of archived leads


def main() -> int:
    """Run the check; return 0, or 1 if something failed, 2 if it was refused, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    parser.add_argument("--base-url", default="https://api.pipedrive.com/v1")
    parser.add_argument(
        "--any-size",
        action="store_true",
        help=f"also check an account with more than {MAX_LEADS} leads",
    )
    options = parser.parse_args()
    token = os.environ.get("PIPEDRIVE_API_TOKEN", "")
    if not token:
        parser.error("set PIPEDRIVE_API_TOKEN to the API token of a test account")
    try:
        LeadsClient(token, base_url=options.base_url)  # refuses a URL that would reveal the token
    except ConfigurationError as error:
        parser.error(str(error))
    max_leads = None if options.any_size else MAX_LEADS
    try:
        return asyncio.run(_check(token, options.base_url, max_leads))
    except TooManyLeadsError:
        _print(
            f"The account has more than {MAX_LEADS} leads, so it may not be a test account. "
            "Nothing was changed. To check it nevertheless, pass --any-size."
        )
    except PipedriveError as error:
        _print(f"The account cannot be read: {anonymous(f'{type(error).__name__}: {error}')}")
    return 2


async def _check(token: str, base_url: str, max_leads: int | None) -> int:
    rehearsal = await rehearse()
    requests = len(rehearsal.run.relay.exchanges)
    tokens = rehearsal.tokens + _COST_OF_COUNTING
    _print(
        f"The check sends about {requests} requests. They cost about {tokens} "
        "tokens of the account's daily budget. Press Ctrl-C to stop; the check then removes "
        "what it made."
    )
    result = await check(token, base_url, max_leads=max_leads)
    for line in lines(result, rehearsal):
        _print(line)
    return _exit_code(result)


def _exit_code(result: Result) -> int:
    if result.interrupted:
        return 130
    return 1 if result.run.failures or result.left else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
