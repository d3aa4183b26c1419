"""Plot the two main figures: the CPU time of a walk, and its wall time on a slow network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

import attrs

from . import prefetch, walk
from .figures import Figure, values

_WIDTH: Final = 1000
_ROW: Final = 30
_TOP: Final = 96
"""The position of the first bar, below the titles."""

_OURS: Final = "#2f6fde"
_OTHERS: Final = "#b9c2cf"
_INK: Final = "#1f2937"
_PALE: Final = "#6b7280"


@attrs.frozen(kw_only=True)
class _Bar:
    label: str
    value: float
    text: str
    best: float = 0.0

    @property
    def is_ours(self) -> bool:
        return self.label.startswith(("get_lead", "prefetch"))


def plot(figures: Sequence[Figure], machine: str) -> str:
    """Return the plot as SVG.

    Args:
        figures: The figures of the walks and of prefetching.
        machine: The line below the plot.
    """
    shares = values(figures, prefetch.share(prefetch.PLOTTED))
    cpu = [
        _Bar(label=name, value=ratio, text=f"{ratio:.2f}")
        for name, ratio in values(figures, walk.CPU).items()
    ]
    far = [
        _Bar(label=name, value=time, text=f"{time:.2f} s", best=time * shares.get(name, 0) / 100)
        for name, time in values(figures, prefetch.wall(prefetch.PLOTTED)).items()
    ]
    height = _TOP + _ROW * max(len(cpu), len(far)) + 50
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}">',
            '<g font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif">',
            _rect(0, 0, _WIDTH, height, radius=10, color="#fbfcfe"),
            *_panel(
                "CPU time of a walk through 20,000 leads",
                "500 a page, as a multiple of bare aiohttp with orjson; less is better",
                sorted(cpu, key=lambda bar: bar.value),
                left=24,
                labels=236,
                longest=250,
            ),
            *_panel(
                f"Wall time of 50,000 leads, {prefetch.PLOTTED} ms away",
                "500 a page; the line is the shortest possible time",
                far,
                left=584,
                labels=146,
                longest=180,
            ),
            _text(24, height - 18, machine, size=11, color=_PALE),
            "</g></svg>\n",
        ]
    )


def _panel(
    title: str, subtitle: str, bars: Sequence[_Bar], *, left: int, labels: int, longest: int
) -> list[str]:
    """Return horizontal bars under a title; `labels` and `longest` are widths."""
    lines = [
        _text(left, 38, title, size=16, weight=600),
        _text(left, 60, subtitle, size=12, color=_PALE),
    ]
    zero = left + labels + 10
    scale = longest / max(bar.value for bar in bars)
    for row, bar in enumerate(bars):
        y = _TOP + row * _ROW
        color = _OURS if bar.is_ours else _OTHERS
        weight = 600 if bar.is_ours else 400
        end = zero + bar.value * scale
        lines += [
            _text(zero - 10, y + 14, bar.label, anchor="end", weight=weight),
            _rect(zero, y, end - zero, 20, radius=3, color=color),
            _text(end + 7, y + 14, bar.text, weight=weight),
        ]
        if bar.best:
            x = zero + bar.best * scale
            lines.append(f'<path d="M{x:.1f} {y - 3}v26" stroke="{_INK}" stroke-width="1.5"/>')
    return lines


def _rect(x: float, y: float, width: float, height: float, *, radius: int, color: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="{radius}" '
        f'fill="{color}"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    color: str = _INK,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{color}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
