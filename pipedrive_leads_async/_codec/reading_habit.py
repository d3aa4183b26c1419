"""Find out whether a walk's caller uses the attributes that `decode_struct.py` leaves unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..models._unread import RowModel, is_unread

_FEW_LEADS: Final = 50
"""The size of a page from which on its leads show a habit, and not chance."""

_STEP: Final = 10
"""Every tenth lead of a page is checked."""

_MOST_PAGES: Final = 16
"""The maximum number of pages that are decoded at once before the habit is checked again."""


class ReadingHabit:
    """Whether the caller of a walk uses the custom fields or unknown keys of most leads.

    Reading these late takes 1.5 times as long as decoding the whole lead at once. So if they were
    read in most leads of a page, the next four pages should be decoded at once. The page after
    these is read late again, to check the habit. If it has lasted, the number of pages doubles, up
    to 16.
    """

    def __init__(self) -> None:
        self._leads: Sequence[RowModel] = ()
        self._pages = 2
        self._pages_left = 0

    def note(self, leads: Sequence[RowModel]) -> None:
        """Record the leads of a page that was not decoded at once."""
        self._leads = leads

    def wants_whole_leads(self) -> bool:
        """Return whether the next page should be decoded at once."""
        leads, self._leads = self._leads, ()
        if leads:
            some = leads[::_STEP]
            is_habit = len(leads) >= _FEW_LEADS and sum(map(is_unread, some)) < len(some) / 2
            self._pages = min(2 * self._pages, _MOST_PAGES) if is_habit else 2
            self._pages_left = self._pages if is_habit else 0
        if self._pages_left == 0:
            return False
        self._pages_left -= 1
        return True
