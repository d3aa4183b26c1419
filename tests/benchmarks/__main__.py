"""Measure the cost of the library: `python -m tests.benchmarks`, in the repository's root."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from . import block, call, imports, memory, prefetch, walk
from .cores import pin_client
from .figures import Figure
from .machine import machine
from .plot import plot
from .report import markdown_tables, terminal_table
from .server import serving

MEASUREMENTS: Final[dict[str, Callable[..., list[Figure]]]] = {
    "walk": walk.measure,
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
    parser.add_argument("--quick", action="store_true", help="a noisy run of one minute, not ten")
    parser.add_argument(
        "--only", action="append", choices=MEASUREMENTS, metavar="NAME", help="%(choices)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a plot of two figures")
    parser.add_argument("--markdown", action="store_true", help="print the README's tables")
    options = parser.parse_args()
    names = options.only or list(MEASUREMENTS)
    if options.svg and not {"walk", "prefetch"} <= {*names}:
        parser.error("--svg needs walk and prefetch")

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
    if options.svg:
        options.svg.write_text(plot(figures, machine()))
    if options.markdown:
        _print(f"\n{markdown_tables(figures, machine())}")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
