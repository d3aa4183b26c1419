"""Find the lead that was created with an idempotency key."""

from __future__ import annotations

from contextlib import aclosing
from typing import cast

from ..._codec.json import Json
from ..._http.caller import Caller
from ..._walk.lead_list import LISTS
from ..._walk.options import WalkOptions
from ...enums import UNSET, ArchivedStatus
from ...errors import DecodeError
from ...models._lead import LeadT
from ...request_models import AddLeadRequest
from ..lists.lead_filters import LeadFilters
from ..lists.walks import start_walk


async def find_by_key(
    caller: Caller, lead_type: type[LeadT], request: AddLeadRequest, key: str
) -> LeadT | None:
    """Return the lead whose `origin_id` is the key; None if there is none.

    The open leads of the request's person or organization are searched first, oldest first,
    then the archived ones.

    Raises:
        DecodeError: The lead exists, but it cannot be decoded.
    """

    def raise_if_searched(error: DecodeError) -> None:
        raw = error.raw
        if isinstance(raw, dict) and cast("Json", raw).get("origin_id") == key:
            raise error

    walk = start_walk(
        caller,
        lead_type,
        LISTS[ArchivedStatus.ALL],
        _filters(request),
        WalkOptions(on_malformed=raise_if_searched),
    )
    async with aclosing(walk.leads()) as leads:
        async for lead in leads:
            if lead.origin_id == key:
                return lead
    return None


def _filters(request: AddLeadRequest) -> LeadFilters:
    person_id = None if request.person_id is UNSET else request.person_id
    organization_id = None if request.organization_id is UNSET else request.organization_id
    return LeadFilters(
        archived_status=ArchivedStatus.ALL,
        person_id=person_id,
        # A person has fewer leads than an organization.
        organization_id=organization_id if person_id is None else None,
    )
