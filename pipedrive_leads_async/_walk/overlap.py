"""Choose the number of leads by which two pages overlap, from earlier moves of the list."""

from __future__ import annotations

from typing import Final

import attrs

OVERLAP: Final = 20
"""The largest number of additional leads that are read again if leads were removed."""

SMALLEST_OVERLAPPING_LIMIT: Final = 50
"""The smallest page size with an overlap: it would be most of a smaller page."""

_SAFETY: Final = 8
"""A list that moves this many times further than before still costs no step back."""


@attrs.define
class Overlap:
    """How far a list moved up between two pages, and the overlap that this suggests.

    A list that does not change needs the least overlap. If it was seen to move, pages overlap by
    up to 20 more leads, so that the next move of that kind costs no step back.
    """

    _moves: tuple[int, int] = (0, 0)
    _largest: int = 0

    def record(self, move: int) -> None:
        """Record the number of positions by which the list moved up.

        It is counted between two pages with new leads.
        """
        self._moves = (self._moves[1], max(0, move))
        self._largest = max(self._largest, move)

    def forget_moves(self) -> None:
        """Forget the last two moves: the page after them had no new leads."""
        self._moves = (0, 0)

    def rows(self, row: int, *, more_ties: int) -> int:
        """Return the number of rows to read again beyond those that the proof needs.

        A consumer that deletes or archives each lead it gets makes the list move up by the same
        number of positions after each page. After two such moves, the next page is requested at
        the position where its first lead will be after a third one.

        Args:
            row: The row of the last page at which the next one must begin at the latest.
            more_ties: The number of leads with the time before the latest one, less the number
                with the latest time itself. The latest time may continue on the next page.
        """
        margin = max(min(OVERLAP, _SAFETY * self._largest), min(OVERLAP, more_ties))
        return min(margin, row // 2) + min(self._moves)
