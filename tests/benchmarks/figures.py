"""A measured figure, and its targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

TIMES: Final = "\N{MULTIPLICATION SIGN}"


@attrs.frozen
class Figure:
    """One measured figure.

    Attributes:
        group: The group of the figure.
        what: The name of the figure in its group.
        value: The measured value.
        unit: The unit of the value and of its targets.
        must: The required value, None without a requirement.
        stretch: The excellent value, None without targets.
        more_is_better: Whether the targets are minimums, not maximums.
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
        """The target that the value reaches; empty without targets."""
        if self.stretch is None:
            return ""
        if self._reaches(self.stretch):
            return "stretch"
        return "must" if self.must is None or self._reaches(self.must) else "MISSED"

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.more_is_better else self.value <= target


def values(figures: Iterable[Figure], group: str) -> dict[str, float]:
    """Return the values of one group by the names of its figures."""
    return {figure.what: figure.value for figure in figures if figure.group == group}
