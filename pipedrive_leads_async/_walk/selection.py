"""Select the leads of each page that a walk yields."""

from __future__ import annotations

import datetime as dt
from typing import Generic

from ..models._lead import LeadT
from .lead_list import LeadList
from .options import WalkSource
from .pages import DecodedPage


class Selection(Generic[LeadT]):
    """The filters that a walk applies itself, and the number of leads that it may still yield.

    Attributes:
        remaining: The maximum number of leads still to yield; None for all.
    """

    def __init__(self, source: WalkSource[LeadT], max_items: int | None) -> None:
        self.remaining = max_items
        self._lists = source.lists
        self._updated_since = source.updated_since
        self._ids_of_first_list = set[str]()

    def select(
        self, which: LeadList, new_leads: list[LeadT], page: DecodedPage[LeadT]
    ) -> tuple[list[LeadT], DecodedPage[LeadT]]:
        """Return the leads to yield, and the part of the page that is read with them."""
        leads = self._without_outdated(which, self._without_repeated(which, new_leads))
        if self.remaining is not None:
            if len(leads) >= self.remaining:
                leads = leads[: self.remaining]
                page = page.before(page.row(page.leads.index(leads[-1])) + 1)
            self.remaining -= len(leads)
        return leads, page

    def _without_repeated(self, which: LeadList, leads: list[LeadT]) -> list[LeadT]:
        """Omit leads of the second list that were in the first one."""
        if len(self._lists) == 1:
            return leads
        if which is self._lists[0]:
            self._ids_of_first_list.update(lead.id for lead in leads)
            return leads
        return [lead for lead in leads if lead.id not in self._ids_of_first_list]

    def _without_outdated(self, which: LeadList, leads: list[LeadT]) -> list[LeadT]:
        """Omit archived leads that were last updated before `updated_since`."""
        if self._updated_since is None:
            return leads
        return [lead for lead in leads if self._is_recent(which, lead, self._updated_since)]

    def _is_recent(self, which: LeadList, lead: LeadT, since: dt.datetime) -> bool:
        is_archived = which is LeadList.ARCHIVED or lead.is_archived
        return not is_archived or lead.update_time is None or lead.update_time >= since
