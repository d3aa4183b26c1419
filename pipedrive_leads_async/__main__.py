"""Run the command line: `python -m pipedrive_leads_async` lists its commands."""

import sys

from ._cli.command import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m pipedrive_leads_async"))
