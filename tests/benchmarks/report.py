"""Format the figures as a table for the terminal, as the tables of the docs, and as a plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Final

from . import accounts, block, call, imports, memory, peers, prefetch, requests_sent, walk
from .figures import TIMES, Figure, values
from .plot import plot

_DOCS: Final = Path(__file__).parents[2] / "docs"
_PAGE: Final = _DOCS / "speed.md"
_PLOT: Final = _DOCS / "pictures" / "speed.svg"
_BEGIN: Final = "<!-- The benchmarks write the lines from here -->"
_END: Final = "<!-- to here -->"
_WIDTH: Final = 105
_OTHERS: Final = (requests_sent, call, block, memory, imports)


def terminal_table(figures: Iterable[Figure]) -> str:
    """Return a table of all figures with their targets, by group."""
    lines: list[str] = []
    for group, members in groupby(figures, key=lambda figure: figure.group):
        lines.append(f"\n{group:<58}{'measured':>12}{'must':>10}{'stretch':>10}")
        for figure in members:
            must, stretch = _amount(figure.must), _amount(figure.stretch)
            lines.append(
                f"  {figure.what:<56}{_amount(figure.value) + ' ' + figure.unit:>12}"
                f"{must:>10}{stretch:>10}  {figure.verdict}".rstrip()
            )
    return "\n".join(lines)


def split_page() -> tuple[str, str]:
    """Return what stands in `docs/speed.md` before and after the lines that `write` replaces."""
    before, _, rest = _PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not after:
        raise ValueError(f"docs/speed.md has no lines {_BEGIN} and {_END}: add them")
    return before, after


def write(around: tuple[str, str], figures: Sequence[Figure], machine: str) -> None:
    """Write the tables into `docs/speed.md`, and the plot, from the same figures."""
    lines = f"{_BEGIN}\n\n{markdown(figures, machine)}\n\n{_END}"
    _PAGE.write_text(lines.join(around), encoding="utf-8")
    _PLOT.write_text(plot(figures, machine), encoding="utf-8")


def markdown(figures: Sequence[Figure], machine: str) -> str:
    """Return the tables and sentences of the docs; those that were not measured are missing."""
    parts = [_walks(figures), _accounts(figures), _peers(figures), _far(figures), _others(figures)]
    ending = (
        "Measured with `python -m tests.benchmarks --write` in one run, as medians of paired, "
        f"interleaved cycles: {machine}. Only ratios within one run are comparable."
    )
    return "\n\n".join([*filter(None, parts), fill(ending, _WIDTH)])


def _walks(figures: Sequence[Figure]) -> str:
    ratios = values(figures, walk.CPU)
    walls, per_lead = values(figures, walk.WALL), values(figures, walk.LEAD)
    return _table(
        "| 20,000 leads, 500 a page | CPU | wall time | CPU per lead |",
        [
            f"| {name} | {cpu:.2f} {TIMES} | {walls[name]:.2f} {TIMES} | {per_lead[name]:.1f} µs |"
            for name, cpu in _ascending(ratios)
        ],
    )


def _accounts(figures: Sequence[Figure]) -> str:
    ratios = [values(figures, accounts.group(account)) for account in accounts.ACCOUNTS]
    return _table(
        f"| CPU in other accounts | {' | '.join(accounts.ACCOUNTS)} |",
        [
            f"| {name} | {' | '.join(f'{ratio[name]:.2f} {TIMES}' for ratio in ratios)} |"
            for name in accounts.WALKS
            if all(ratios)
        ],
    )


def _peers(figures: Sequence[Figure]) -> str:
    walls = values(figures, peers.WALL)
    return _table(
        "| compared with other clients, 500 a page | CPU | wall time |",
        [
            f"| {name} | {cpu:.2f} {TIMES} | {walls[name]:.2f} {TIMES} |"
            for name, cpu in _ascending(values(figures, peers.CPU))
        ],
    )


def _far(figures: Sequence[Figure]) -> str:
    shares = values(figures, prefetch.share(prefetch.PLOTTED))
    return _table(
        f"| 50,000 leads, {prefetch.PLOTTED} ms away | wall time | of the ideal |",
        [
            f"| {name} | {seconds:.2f} s | {f'{shares[name]:.0f} %' if name in shares else ''} |"
            for name, seconds in values(figures, prefetch.wall(prefetch.PLOTTED)).items()
        ],
    )


def _others(figures: Sequence[Figure]) -> str:
    groups = {module.GROUP for module in _OTHERS}
    return _table(
        "| other figures | |",
        [
            f"| {figure.group}: {figure.what} | {_amount(figure.value)} {figure.unit}".strip()
            + " |"
            for figure in figures
            if figure.group in groups and figure.stretch
        ],
    )


def _ascending(figures: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(figures.items(), key=lambda item: item[1])


def _table(heading: str, rows: list[str]) -> str:
    if not rows:
        return ""
    columns = heading.count("|") - 1
    return "\n".join([heading, "|---" + "|---:" * (columns - 1) + "|", *rows])


def _amount(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.2f}"
