"""Lists of persons and organizations, in pages by cursor: filters, order and cursors.

https://pipedrive.readme.io/docs/core-api-concepts-pagination#cursor-based-pagination
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..._json import Json
from ..._responses import Response, invalid, success
from ..._state.clock import v2_time
from ..pages import page_size, whole_number

_MAX_IDS = 100

_SORTABLE = ("id", "add_time", "update_time")

_Place: TypeAlias = tuple[str, int]
"""The sort key of a contact: the text of the property, and the id."""


def page(contacts: list[Json], query: Mapping[str, str], *links: str) -> Response:
    """Return the requested page.

    The parameters `links` are filters by the id in the property of the same name.
    """
    contacts = _filtered(contacts, query, links)
    field = _one_of(query, "sort_by", _SORTABLE)
    descending = _one_of(query, "sort_direction", ("asc", "desc")) == "desc"
    contacts = sorted(contacts, key=_place(field), reverse=descending)
    if "cursor" in query:
        contacts = _from_cursor(contacts, query["cursor"], field, descending=descending)
    limit = page_size(query)
    cursor = None
    if limit < len(contacts):
        cursor = _cursor(contacts[limit], field, descending=descending)
    return success(contacts[:limit], additional_data={"next_cursor": cursor})


def _filtered(contacts: list[Json], query: Mapping[str, str], links: tuple[str, ...]) -> list[Json]:
    if "filter_id" in query:
        raise invalid("filter_id", "must be the id of a filter; the sandbox has none.")
    if "ids" in query:
        ids = _ids(query["ids"])
        contacts = [contact for contact in contacts if str(contact["id"]) in ids]
    for name in links:
        if name in query:
            wanted = whole_number(query, name)
            contacts = [contact for contact in contacts if contact[name] == wanted]
    if "updated_since" in query:
        since = _time(query, "updated_since")
        contacts = [contact for contact in contacts if _changed(contact) >= since]
    if "updated_until" in query:
        until = _time(query, "updated_until")
        contacts = [contact for contact in contacts if _changed(contact) < until]
    return contacts


def _ids(text: str) -> set[str]:
    ids = text.split(",")
    if len(ids) > _MAX_IDS or not all(re.fullmatch("[0-9]{1,15}", id) for id in ids):
        raise invalid("ids", f"must be up to {_MAX_IDS} ids, with commas between them.")
    return set(ids)


def _time(query: Mapping[str, str], name: str) -> str:
    try:
        return v2_time(query[name])
    except (ValueError, OverflowError):
        raise invalid(name, "must be a time like 2025-01-01T10:20:00Z.") from None


def _changed(contact: Json) -> str:
    return str(contact["update_time"] or contact["add_time"])


def _one_of(query: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = query.get(name, values[0])
    if value not in values:
        raise invalid(name, f"must be one of {', '.join(values)}.")
    return value


def _place(field: str) -> Callable[[Json], _Place]:
    return lambda contact: ("" if field == "id" else str(contact[field] or ""), contact["id"])


def _cursor(first: Json, field: str, *, descending: bool) -> str:
    """Return the cursor of the page that begins with a contact, in the recorded form."""
    direction = "desc" if descending else "asc"
    place = {
        "field": field,
        "fieldValue": first[field],
        "sortDirection": direction,
        "id": first["id"],
    }
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _from_cursor(contacts: list[Json], cursor: str, field: str, *, descending: bool) -> list[Json]:
    order = field, "desc" if descending else "asc"
    place_of = _place(field)
    try:
        place: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        place = None
    match place:
        case {"field": name, "fieldValue": value, "sortDirection": way, "id": int(id)} if (
            name,
            way,
        ) == order:
            first = place_of({field: value, "id": id})
        case _:
            raise invalid("cursor", "must be the next_cursor of a page of the same list.")
    if descending:
        return [contact for contact in contacts if place_of(contact) <= first]
    return [contact for contact in contacts if place_of(contact) >= first]
