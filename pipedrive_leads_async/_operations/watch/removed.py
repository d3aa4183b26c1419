"""Find the leads that are no longer in the list of open leads."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Sized,
)
from typing import Final, Generic

import attrs

from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.envelope import proves_absence
from ..._http.message import Response
from ..._shared.steps import Steps
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ...errors import (
    GoneError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnexpectedResponseError,
)
from ...models._lead import LeadT
from ...request_models._ids import LeadId, lead_id
from ...webhooks import LeadRemoved
from ..lists.lead_filters import LeadFilters
from ..lists.walks import start_walk
from ..responses import read_one

_STEP: Final = 1000
"""The number of known ids that are checked in one step, which takes about 2 ms."""


@attrs.frozen(kw_only=True)
class Search(Generic[LeadT]):
    """One search for removed leads; `find_removed_leads` documents its attributes."""

    caller: Caller
    lead_type: type[LeadT]
    known: Iterable[LeadId] | AsyncIterable[LeadId]
    filters: LeadFilters
    max_removed: int

    async def removed(self) -> AsyncGenerator[LeadRemoved[LeadT], None]:
        """Request each known lead that is not in the list, and yield those that were removed."""
        if isinstance(self.known, Sized) and len(self.known) == 0:
            return
        missing = await self._missing(await self._open_ids())
        denied: PermissionDeniedError | None = None
        for id in missing:
            try:
                removed = await self._look_up(id)
            except PermissionDeniedError as error:
                denied = error  # raised after the other leads
                continue
            if removed is not None:
                yield removed
        if denied is not None:
            raise denied

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
                await missing.add(id)
        else:
            # Other tasks run meanwhile, and may change the collection: this is a copy of it.
            known = list(self.known) if isinstance(self.known, Collection) else self.known
            for id in known:
                await missing.add(id)
        return list(missing.ids)

    async def _look_up(self, id: str) -> LeadRemoved[LeadT] | None:
        """Return why a lead is not in the list; None if it has entered the list since."""
        try:
            lead = await self.caller.call(
                operations.GET_LEAD, _read_lead(self.lead_type, id), ids={"id": id}
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
    steps: Steps = attrs.field(factory=Steps)

    async def add(self, id: object) -> None:
        """Check a known id, and add it if it is not in the list."""
        known = lead_id(f"known[{self.number}]", id)
        self.number += 1
        if known not in self.open_ids:
            self.ids[known] = None
        if len(self.ids) > self.most:
            raise InvalidRequestError(
                f"more than {self.most} leads of known are not in the list, which may be that of "
                "another account, user or filter: check it, or pass a larger max_removed"
            )
        if self.number % _STEP == 0:
            await self.steps.next()


def _read_lead(cls: type[LeadT], id: str) -> Callable[[Response], Awaitable[LeadT]]:
    """Return a reader of one lead that trusts only Pipedrive's own 404 and 410.

    A proxy or an edge can send a 404 too, and then every known lead would seem to be gone.
    """
    read_lead = read_one(cls, id=id)

    async def read(response: Response) -> LeadT:
        try:
            return await read_lead(response)
        except (NotFoundError, GoneError) as error:
            if proves_absence(error):
                raise
        raise UnexpectedResponseError(
            f"the response with status {response.status} is not from Pipedrive's API: it is no "
            "proof that the lead is gone",
            status=response.status,
        )

    return read
