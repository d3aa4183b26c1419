"""Run a sandbox in the foreground: ``python -m pipedrive_leads_async.sandbox``."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Sequence

from . import Sandbox

__all__ = ["main"]


def main(
    arguments: Sequence[str] | None = None,
    *,
    prog: str = "python -m pipedrive_leads_async.sandbox",
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        arguments: The arguments; None for those of the process.
        prog: The beginning of the command line, for messages.
    """
    parser = _parser(prog)
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
            f"The sandbox is running with {options.leads} leads; press Ctrl-C to stop it.\n"
            f"\n"
            f"export PIPEDRIVE_BASE_URL={sandbox.url}\n"
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
        pass
    finally:
        sandbox.stop()


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Run a local server that behaves like Pipedrive's API for leads.",
    )

    def add(name: str, type: type, default: float | None, help: str) -> None:
        parser.add_argument(name, type=type, default=default, help=help)

    add("--leads", int, 2000, "number of leads in the account (default: 2000)")
    add("--port", int, 0, "port to listen on (default: a free port)")
    add("--burst", int, 20, "requests per window (default: 20)")
    add("--window", float, 2.0, "length of the window in seconds (default: 2)")
    add("--daily-tokens", int, None, "daily token budget (default: no limit)")
    add("--seed", int, 0, "seed of the data and the tokens (default: 0)")
    return parser


if __name__ == "__main__":
    main()
