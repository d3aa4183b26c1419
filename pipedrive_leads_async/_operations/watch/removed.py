"""Find the leads that are no longer in the list of open leads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Generic

import attrs

from ..._http import reference as operations
from ..._http.caller import Caller
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ...errors import GoneError, InvalidRequestError, NotFoundError
from ...models._lead import LeadT
from ...request_models._ids import LeadId, lead_id
from ...webhooks import LeadRemoved
from ..lists.lead_filters import LeadFilters
from ..lists.walks import start_walk
from ..responses import read_one


@attrs.frozen(kw_only=True)
class Search(Generic[LeadT]):
    """One search for removed leads; `find_removed_leads` documents its attributes."""

    caller: Caller
    lead_type: type[LeadT]
    known: Iterable[LeadId] | AsyncIterable[LeadId]
    filters: LeadFilters
    max_removed: int

    async def removed(self) -> AsyncGenerator[LeadRemoved[LeadT], None]:
        """Yield the leads that are no longer in the list, after a look at each of them."""
        missing = await self._missing(await self._open_ids())
        for id in missing:
            removed = await self._look_up(id)
            if removed is not None:
                yield removed

    async def _open_ids(self) -> set[str]:
        """Return the ids of all leads in the list."""
        walk = start_walk(
            self.caller,
            self.lead_type,
            LISTS[self.filters.archived_status],
            self.filters,
            # The id is enough: a lead that cannot be decoded is in the list all the same.
            WalkOptions(on_malformed=lambda error: ids.add((error.lead_id or "").lower())),
        )
        ids = set[str]()
        try:
            while (page := await walk.next_page()) is not None:
                ids.update(lead.id.lower() for lead in page.leads)
        finally:
            await walk.aclose()
        return ids

    async def _missing(self, open_ids: set[str]) -> list[str]:
        """Return the known ids that are not in the list."""
        missing = _Missing(open_ids, self.max_removed)
        if isinstance(self.known, AsyncIterable):
            async for id in self.known:
                missing.add(id)
        else:
            for id in self.known:
                missing.add(id)
        return list(missing.ids)

    async def _look_up(self, id: str) -> LeadRemoved[LeadT] | None:
        """Return the reason why a lead is not in the list; None if it is in it by now."""
        try:
            lead = await self.caller.call(
                operations.GET_LEAD, read_one(self.lead_type, id=id), ids={"id": id}
            )
        except (NotFoundError, GoneError):
            return LeadRemoved(lead_id=id, reason="gone")
        if lead.is_archived:
            return LeadRemoved(lead_id=id, reason="archived", lead=lead)
        filters = self.filters
        is_of_owner = filters.owner_id in (None, lead.owner_id)
        if filters.filter_id is None and is_of_owner:
            return None
        return LeadRemoved(lead_id=id, reason="filtered", lead=lead)


@attrs.define
class _Missing:
    """The known ids that are not in the list, each once, in the order in which they came."""

    open_ids: set[str]
    most: int
    ids: dict[str, None] = attrs.field(factory=dict[str, None])
    number: int = 0

    def add(self, id: object) -> None:
        """Add a known id if it is not in the list; check that it is an id, and not one too many."""
        known = lead_id(f"known[{self.number}]", id)
        self.number += 1
        if known.lower() not in self.open_ids:
            self.ids[known] = None
        if len(self.ids) > self.most:
            raise InvalidRequestError(
                f"more than {self.most} leads of known are not in the list, which may be that of "
                "another account, user or filter: check it, or pass a larger max_removed"
            )
