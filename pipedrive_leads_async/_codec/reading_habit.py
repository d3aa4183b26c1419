"""`ReadingHabit`: whether the caller of a walk uses what `decode_struct.py` leaves unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..models._unread import RowModel, is_unread

_FEW_LEADS: Final = 50
"""The leads of a smaller page can be read by chance."""

_STEP: Final = 10
"""One of so many leads shows whether most of them were read."""

_MOST_PAGES: Final = 16


class ReadingHabit:
    """Whether the caller of a walk uses the custom fields or unknown keys of most leads.

    Reading them late takes half as long again as decoding the whole lead at once. If they were
    read in most leads of a page, the next four pages should therefore be decoded at once. The page
    after these is read late again and shows whether the habit lasts; then it lasts for twice as
    many pages, up to 16.
    """

    def __init__(self) -> None:
        self._leads: Sequence[RowModel] = ()
        self._pages = 2
        self._pages_left = 0

    def note(self, leads: Sequence[RowModel]) -> None:
        """Remember a page whose leads will be read late."""
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
