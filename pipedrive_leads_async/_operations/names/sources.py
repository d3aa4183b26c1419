"""The sources of the names: the ids in a lead, the request for their names, and its response."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final

import attrs

from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.reference import Operation
from ...models import Lead, LeadLabel, LinkedItem
from ..account_state.known_names import MOST_IDS, Source
from ..fields import request_fields
from ..responses import read_list


@attrs.frozen
class Part:
    """One part of `LeadNames`.

    Attributes:
        attribute: The attribute of `LeadNames` and of `KnownNames`.
        scope: The OAuth scope that the request needs.
        ids: Returns the ids in a lead.
        source: The request for the names.
        id_type: The type of the ids.
    """

    attribute: str
    scope: str
    ids: Callable[[Lead], Iterable[Any]]
    source: Source[Any]
    id_type: type[Any] = int


# Only ids and names are decoded: another malformed property must not hide the names.


async def _read_users(caller: Caller, _: Collection[int]) -> Mapping[int, str]:
    return _names(await caller.call(operations.GET_USERS, read_list(LinkedItem)))


async def _read_labels(caller: Caller, _: Collection[str]) -> Mapping[str, str]:
    labels = await caller.call(operations.GET_LEAD_LABELS, read_list(LeadLabel))
    return {label.id: label.name for label in labels}


async def _read_channels(caller: Caller, _: Collection[int]) -> Mapping[int, str]:
    fields = await request_fields(caller, is_required=_is_channel)
    options = [
        option for field in fields if field.key == "channel" for option in field.options or ()
    ]
    return {int(option.id): option.label for option in options if str(option.id).isdecimal()}


def _is_channel(row: Any) -> bool:
    match row:
        case {"key": "channel"}:
            return True
        case _:
            return False


async def _read_by_ids(
    operation: Operation, caller: Caller, ids: Collection[int]
) -> Mapping[int, str]:
    query = {"ids": ",".join(map(str, ids)), "limit": str(MOST_IDS)}
    names = _names(await caller.call(operation, read_list(LinkedItem), query=query))
    return {id: names[id] for id in ids if id in names}


def _names(items: Iterable[LinkedItem]) -> dict[int, str]:
    return {item.id: item.name for item in items if item.name is not None}


def _source_by_ids(operation: Operation) -> Source[int]:
    return Source(operation, partial(_read_by_ids, operation))


PARTS: Final = {
    "owner": Part(
        "owners",
        "users:read",
        lambda lead: (lead.owner_id,),
        Source(operations.GET_USERS, _read_users),
    ),
    "person": Part(
        "persons",
        "contacts:read",
        lambda lead: (lead.person_id,),
        _source_by_ids(operations.GET_PERSONS),
    ),
    "organization": Part(
        "organizations",
        "contacts:read",
        lambda lead: (lead.organization_id,),
        _source_by_ids(operations.GET_ORGANIZATIONS),
    ),
    "labels": Part(
        "labels",
        "leads:read",
        lambda lead: lead.label_ids,
        Source(operations.GET_LEAD_LABELS, _read_labels),
        str,
    ),
    "channel": Part(
        "channels",
        "leads:read",
        lambda lead: (lead.channel,),
        Source(operations.GET_LEAD_FIELDS, _read_channels),
    ),
}
"""The parts by the names that the argument `only` has for them."""
