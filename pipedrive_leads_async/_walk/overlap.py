"""By how many leads two pages overlap, as the list was seen to move."""

from __future__ import annotations

from typing import Final

import attrs

OVERLAP: Final = 20
"""How many more leads are read again, at most, if leads were removed between two pages."""

_SAFETY: Final = 8
"""How many times further than before a list may move without costing a step back."""


@attrs.define
class Overlap:
    """How far a list moved up between two pages, and the overlap that this suggests.

    A list that does not change needs the least overlap. If it was seen to move, pages overlap by
    up to 20 more leads, so that the next move of that kind costs no step back.
    """

    _moves: tuple[int, int] = (0, 0)
    _largest: int = 0

    def record(self, move: int) -> None:
        """Record by how many positions the list moved up between two pages with new leads."""
        self._moves = (self._moves[1], max(0, move))
        self._largest = max(self._largest, move)

    def forget_moves(self) -> None:
        """Forget the last two moves: the page after them had no new leads."""
        self._moves = (0, 0)

    def rows(self, row: int, *, more_ties: int) -> int:
        """Return how many more rows to read again than the proof needs.

        A consumer that deletes or archives each lead it gets makes the list move up by the same
        number of positions after each page. After two such moves, the next page is requested at
        the position where its first lead will be after a third one.

        Args:
            row: The row of the last page at which the next one must begin at the latest.
            more_ties: How many more leads have the time before the latest one than the latest
                one itself. The latest time may continue on the next page.
        """
        margin = max(min(OVERLAP, _SAFETY * self._largest), min(OVERLAP, more_ties))
        return min(margin, row // 2) + min(self._moves)
