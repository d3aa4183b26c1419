"""Find the lead that was created with an idempotency key."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from ..._codec.codec import to_dict
from ..._http.caller import Caller
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ...enums import UNSET, ArchivedStatus
from ...errors import DecodeError
from ...models import Lead
from ...request_models import AddLeadRequest
from ..lists.lead_filters import LeadFilters
from ..lists.walks import start_walk
from .key_property import KeyProperty


async def find_by_key(
    caller: Caller, key_property: KeyProperty, request: AddLeadRequest, key: str
) -> Any:
    """Return the data of the lead that contains the key; None if there is none.

    The open leads of the request's person or organization are searched first, oldest first,
    then the archived ones. The data may be malformed.
    """
    try:
        return await _find(caller, key_property, request, key)
    except _FoundError as found:
        return found.row


async def _find(
    caller: Caller, key_property: KeyProperty, request: AddLeadRequest, key: str
) -> Any:
    def end_if_searched(error: DecodeError) -> None:
        if key_property.holds(error.raw, key):
            raise _FoundError(error.raw)

    walk = start_walk(
        caller,
        Lead,
        LISTS[ArchivedStatus.ALL],
        _filters(request),
        WalkOptions(on_malformed=end_if_searched),
    )
    name = key_property.name
    async with aclosing(walk.leads()) as leads:
        async for lead in leads:
            value = lead.custom_fields.get(name) if key_property.is_custom_field else lead.origin_id
            if value == key:
                return to_dict(lead)
    return None


class _FoundError(Exception):
    """The end of a walk at a malformed lead that contains the key."""

    def __init__(self, row: Any) -> None:
        super().__init__()
        self.row = row


def _filters(request: AddLeadRequest) -> LeadFilters:
    person_id = None if request.person_id is UNSET else request.person_id
    organization_id = None if request.organization_id is UNSET else request.organization_id
    return LeadFilters(
        archived_status=ArchivedStatus.ALL,
        person_id=person_id,
        # A person has fewer leads than an organization.
        organization_id=organization_id if person_id is None else None,
    )
