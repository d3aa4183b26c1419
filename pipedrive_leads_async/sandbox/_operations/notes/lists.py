"""Lists of notes: filters and order. https://developers.pipedrive.com/docs/api/v1/Notes#getNotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ..._json import Json
from ..._responses import invalid
from ..._state.notes import PARENTS, PINS
from ..leads.lists import instant
from ..pages import whole_number

_SORTABLE = (
    "id",
    "user_id",
    "deal_id",
    "person_id",
    "org_id",
    "content",
    "add_time",
    "update_time",
)


def filtered(notes: list[Json], query: Mapping[str, str]) -> list[Json]:
    """Return the notes that match all filters in the query."""
    wanted = _links(query) | _pins(query)
    first, last = (_day(query, name) for name in ("start_date", "end_date"))
    since = _since(query)
    return [
        note
        for note in notes
        if all(note[name] == value for name, value in wanted.items())
        and first <= note["add_time"][:10] <= last
        and note["update_time"] >= since
    ]


def in_order(notes: list[Json], query: Mapping[str, str]) -> list[Json]:
    """Return the notes in the order that the query asks for."""
    terms = query["sort"].split(",") if "sort" in query else []
    for term in reversed(terms):  # sorting is stable, so the most significant term comes last
        match = re.fullmatch(r"\s*(\w+)(?:\s+(asc|desc))?\s*", term, re.IGNORECASE)
        if match is None or match[1] not in _SORTABLE:
            raise invalid("sort", "must be fields of a note, each with ASC or DESC.")
        is_descending = (match[2] or "").upper() == "DESC"
        notes = sorted(notes, key=_nulls_first(match[1]), reverse=is_descending)
    return notes


def _nulls_first(name: str) -> Callable[[Json], tuple[bool, Any]]:
    return lambda note: (note[name] is not None, note[name] or 0)


def _links(query: Mapping[str, str]) -> Json:
    """Return the wanted author and the wanted items."""
    return {
        name: query[name] if name == "lead_id" else whole_number(query, name)
        for name in ("user_id", *PARENTS)
        if name in query
    }


def _pins(query: Mapping[str, str]) -> Json:
    """Return the wanted flags."""
    wanted = {name: query[name] for name in PINS if name in query}
    for name, flag in wanted.items():
        if flag not in ("0", "1"):
            raise invalid(name, "must be 0 or 1.")
    return {name: flag == "1" for name, flag in wanted.items()}


def _since(query: Mapping[str, str]) -> str:
    """Return the earliest time of the last change."""
    time = instant(query, "updated_since") if "updated_since" in query else ""
    return time[:19].replace("T", " ")


def _day(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "0001-01-01" if name == "start_date" else "9999-12-31")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise invalid(name, "must be a date like 2025-01-01.") from None
