"""Runs a sandbox in the foreground: ``python -m pipedrive_leads_async.sandbox``."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Sequence

from . import Sandbox


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C, or until the process is asked to terminate."""
    parser = argparse.ArgumentParser(
        prog="python -m pipedrive_leads_async.sandbox",
        description="A stand-in for Pipedrive's leads API on this machine.",
    )
    parser.add_argument("--leads", type=int, default=2000, help="leads in the account (2000)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (a free one)")
    parser.add_argument("--burst", type=int, default=20, help="requests per window (20)")
    parser.add_argument("--window", type=float, default=2.0, help="seconds of the window (2)")
    parser.add_argument("--daily-tokens", type=int, help="token budget of a day (endless)")
    parser.add_argument("--seed", type=int, default=0, help="decides data and tokens (0)")
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(
            options.leads,
            burst=(options.burst, options.window),
            daily_tokens=options.daily_tokens,
            seed=options.seed,
        )
        sandbox.start(port=options.port)
    except (ValueError, OSError) as error:
        parser.error(str(error))

    try:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.default_int_handler)
        print(
            f"Pipedrive's stand-in with {options.leads} leads is running; Ctrl-C stops it.\n"
            f"\n"
            f"export PIPEDRIVE_API_TOKEN={sandbox.api_token}\n"
            f'LeadsClient(base_url="{sandbox.url}")\n'
            f"\n"
            f'OAuth2("{sandbox.client_id}", "{sandbox.client_secret}", redirect_uri, '
            f'oauth_url="{sandbox.oauth_url}")',
            flush=True,
        )
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        sandbox.stop()


if __name__ == "__main__":
    main()
