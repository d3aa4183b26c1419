"""A measured figure, and whether it is as good as it shall be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

TIMES: Final = "\N{MULTIPLICATION SIGN}"


@attrs.frozen
class Figure:
    """One measured figure.

    Attributes:
        group: What it is one of.
        what: What was measured.
        value: What came out.
        unit: Of the value, `must` and `stretch`.
        must: What is good enough, None if nothing is asked.
        stretch: What is excellent.
        more_is_better: Whether it shall be at least, not at most, so much.
    """

    group: str
    what: str
    value: float
    unit: str = TIMES
    must: float | None = None
    stretch: float | None = None
    more_is_better: bool = False

    @property
    def verdict(self) -> str:
        """Which of its targets it reaches."""
        if self.stretch is None:
            return ""
        if self._reaches(self.stretch):
            return "stretch"
        return "must" if self.must is None or self._reaches(self.must) else "MISSED"

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.more_is_better else self.value <= target


def values(figures: Iterable[Figure], group: str) -> dict[str, float]:
    """Pick the values of one group by what was measured."""
    return {figure.what: figure.value for figure in figures if figure.group == group}
