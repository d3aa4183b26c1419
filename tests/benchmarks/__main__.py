"""Measure the cost of the library: `python -m tests.benchmarks`, in the repository's root."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from . import accounts, block, call, imports, memory, peers, prefetch, requests_sent, walk
from .cores import pin_client
from .figures import Figure
from .machine import machine
from .report import markdown, split_page, terminal_table, write
from .server import serving

MEASUREMENTS: Final[dict[str, Callable[..., list[Figure]]]] = {
    "walk": walk.measure,
    "accounts": accounts.measure,
    "peers": peers.measure,
    "requests": requests_sent.measure,
    "prefetch": prefetch.measure,
    "call": call.measure,
    "block": block.measure,
    "memory": memory.measure,
    "import": imports.measure,
}


def main() -> None:
    """Run the measurements that the command line selects."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Compare the cost of the library with that of the alternatives, on Linux.",
    )
    parser.add_argument("--quick", action="store_true", help="a noisy run of one minute")
    parser.add_argument(
        "--only", action="append", choices=MEASUREMENTS, metavar="NAME", help="%(choices)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--markdown", action="store_true", help="print the tables of the docs")
    parser.add_argument(
        "--write", action="store_true", help="write the tables into docs/speed.md, and the plot"
    )
    options = parser.parse_args()
    slow = {"peers"} if options.quick else ()  # a quick run installs no packages
    names = options.only or [name for name in MEASUREMENTS if name not in slow]
    if options.write and (options.quick or options.only):
        parser.error("--write needs a full run, without --quick and --only")
    if options.markdown and options.quick:
        parser.error("--markdown needs a full run, without --quick")
    around = split_page() if options.write else None

    figures: list[Figure] = []
    with serving() as server:
        pin_client()
        for name in names:
            measured = MEASUREMENTS[name](server, quick=options.quick)
            _print(terminal_table(measured))
            figures += measured

    if options.json:
        record = {"machine": machine(), "figures": [attrs.asdict(figure) for figure in figures]}
        options.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    if options.markdown:
        _print(f"\n{markdown(figures, machine())}")
    if around:
        write(around, figures, machine())


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
