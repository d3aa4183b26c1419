"""The arguments that several commands have."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence


def parser_of(prog: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with `--base-url`; its help keeps the line breaks of the description."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--base-url",
        metavar="URL",
        default=os.environ.get("PIPEDRIVE_BASE_URL") or None,
        help="the host of your company, such as https://acme.pipedrive.com "
        "(default: PIPEDRIVE_BASE_URL, or https://api.pipedrive.com)",
    )
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse arguments. The error about an unknown one does not repeat it: it may be a token."""
    options, rest = parser.parse_known_args(arguments)
    if rest:
        parser.error(
            "unknown argument: --help lists all of them; set the token in PIPEDRIVE_API_TOKEN"
        )
    return options
