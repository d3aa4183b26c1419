"""Pages of leads: filters and order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..._json import Json
from ..._responses import Response, invalid, success
from ..pages import part, whole_number

_FILTERS: dict[int, Callable[[Json], bool]] = {
    1: lambda _: True,
    2: lambda lead: not lead["was_seen"],
}

_SORTABLE = (
    "id",
    "title",
    "owner_id",
    "creator_id",
    "was_seen",
    "expected_close_date",
    "next_activity_id",
    "add_time",
    "update_time",
)

# Without fractions of a second, because the newer lists of Pipedrive refuse them.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)


def page(leads: list[Json], query: Mapping[str, str], *, updated_since: bool) -> Response:
    """Return the requested page of `leads`.

    With `updated_since` False, the list ignores that parameter like any unknown one.
    """
    leads = _filtered(leads, query)
    if updated_since:
        leads = _updated_since(leads, query)
    leads, additional_data = part(_sorted(leads, query), query)
    return success(leads, additional_data=additional_data)


def linked(leads: list[Json], query: Mapping[str, str], *names: str) -> list[Json]:
    """Return the leads that match those of the parameters `names` that are in the query."""
    for name in names:
        if name in query:
            wanted = whole_number(query, name)
            leads = [lead for lead in leads if lead[name] == wanted]
    return leads


def _filtered(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    if "filter_id" in query:  # takes precedence over the other filters
        passes = _FILTERS.get(whole_number(query, "filter_id"))
        if passes is None:
            raise invalid("filter_id", "must be the id of a filter of leads.")
        return [lead for lead in leads if passes(lead)]
    return linked(leads, query, "owner_id", "person_id", "organization_id")


def _updated_since(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    if "updated_since" not in query:
        return leads
    text = instant(query, "updated_since")
    return [lead for lead in leads if str(lead["update_time"] or "") >= text]


def instant(query: Mapping[str, str], name: str) -> str:
    """Return the value of a parameter that is a time, in the format of leads."""
    error = invalid(name, "must be a time like 2025-01-01T10:20:00Z.")
    if not _TIME.fullmatch(query[name]):
        raise error
    try:
        time = datetime.fromisoformat(query[name]).astimezone(UTC)
    except (ValueError, OverflowError):
        raise error from None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sorted(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    terms = query["sort"].split(",") if "sort" in query else []
    for term in reversed(terms):  # sorting is stable, so the most significant term comes last
        match = re.fullmatch(r"\s*(\w+)(?:\s+(asc|desc))?\s*", term, re.IGNORECASE)
        if match is None or match[1] not in _SORTABLE:
            raise invalid("sort", "must be fields of a lead, each with ASC or DESC.")
        descending = (match[2] or "").upper() == "DESC"
        leads = sorted(leads, key=_nulls_first(match[1]), reverse=descending)
    return leads


def _nulls_first(name: str) -> Callable[[Json], tuple[bool, bool, Any]]:
    def key(lead: Json) -> tuple[bool, bool, Any]:
        # Tests can set a property to any type; numbers sort before other values.
        value = lead[name]
        is_number = isinstance(value, int | float)
        return (value is not None, not is_number, value if is_number else str(value))

    return key
