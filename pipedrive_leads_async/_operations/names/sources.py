"""The sources of the names: the ids in a lead, the request for their names, and its response."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final, cast

import attrs

from ..._codec.json import Json
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.message import Response
from ..._http.reference import Operation
from ...models import Lead
from ..account_state.known_names import MOST_IDS, Source
from ..fields import request_fields
from ..responses import parse_rows


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


# Only ids and names are read: anything else that is malformed must not hide the names.


async def _read_users(caller: Caller, _: Collection[int]) -> Mapping[int, str]:
    return _names(await caller.call(operations.GET_USERS, _read_rows), int)


async def _read_labels(caller: Caller, _: Collection[str]) -> Mapping[str, str]:
    return _names(await caller.call(operations.GET_LEAD_LABELS, _read_rows), str)


async def _read_channels(caller: Caller, _: Collection[int]) -> Mapping[int, str]:
    malformed: list[Any] = []

    def is_required(row: Any) -> bool:
        if _is_channel(row):
            malformed.append(row)
        return False

    fields = await request_fields(caller, is_required=is_required)
    options: list[Any] = [
        {"id": option.id, "label": option.label}
        for field in fields
        if field.key == "channel"
        for option in field.options or ()
    ]
    for row in malformed:
        found = row.get("options")
        options += found if isinstance(found, list) else ()
    names = _names(options, int | str, key="label")
    return {int(id): name for id, name in names.items() if str(id).isdecimal()}


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
    names = _names(await caller.call(operation, _read_rows, query=query), int)
    return {id: names[id] for id in ids if id in names}


async def _read_rows(response: Response) -> list[Any]:
    return parse_rows(response)


def _names(rows: Iterable[Any], id_type: Any, *, key: str = "name") -> dict[Any, str]:
    """Return the names in rows by id; skip the rows without an id or a name."""
    names: dict[Any, str] = {}
    for row in rows:
        properties = cast("Json", row) if isinstance(row, dict) else {}
        id, name = properties.get("id"), properties.get(key)
        if isinstance(id, id_type) and isinstance(name, str):
            names[id] = name
    return names


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
