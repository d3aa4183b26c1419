"""Format the figures as a table for the terminal, and as the tables of the README."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from . import prefetch, walk
from .figures import TIMES, Figure, values


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


def markdown_tables(figures: Sequence[Figure], machine: str) -> str:
    """Return the tables of the README."""
    walls, per_lead = values(figures, walk.WALL), values(figures, walk.LEAD)
    contenders = [
        f"| {name} | {cpu:.2f} {TIMES} | {walls[name]:.2f} {TIMES} | {per_lead[name]:.1f} µs |"
        for name, cpu in sorted(values(figures, walk.CPU).items(), key=lambda item: item[1])
    ]
    shares = values(figures, prefetch.share(prefetch.PLOTTED))
    far = [
        f"| {name} | {seconds:.2f} s | {f'{shares[name]:.0f} %' if name in shares else ''} |"
        for name, seconds in values(figures, prefetch.wall(prefetch.PLOTTED)).items()
    ]
    others = [
        f"| {figure.group}: {figure.what} | {_amount(figure.value)} {figure.unit} |"
        for figure in figures
        if figure.group in ("one call", "memory", "import") and figure.stretch
    ]
    tables = [
        ["| 20,000 leads, 500 a page | CPU | wall time | CPU per lead |", *contenders],
        [f"| 50,000 leads, {prefetch.PLOTTED} ms away | wall time | of the ideal |", *far],
        ["| other figures | |", *others],
    ]
    return "\n\n".join([*(_table(table) for table in tables if len(table) > 1), f"{machine}."])


def _table(rows: list[str]) -> str:
    columns = rows[0].count("|") - 1
    return "\n".join([rows[0], "|---" + "|---:" * (columns - 1) + "|", *rows[1:]])


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
