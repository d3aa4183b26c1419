"""One page of a list of leads: filters, order, and the part between start and limit."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ._answers import Answer, bad_request, success

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._account import Json

# https://pipedrive.readme.io/docs/core-api-concepts-pagination; what the server does with more
# is not published: a refusal shows the mistake where a cap would hide it.
_MAX_LIMIT = 500

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


def page(leads: list[Json], query: Mapping[str, str], *, updated_since: bool) -> Answer:
    """Return the page of `leads` that the query asks for.

    `updated_since` tells whether this list knows the parameter; else it is ignored, as any
    other unknown one.
    """
    start = _whole_number(query, "start", "0")
    limit = _whole_number(query, "limit", "100")
    if not 1 <= limit <= _MAX_LIMIT:
        raise bad_request(f"limit must be from 1 to {_MAX_LIMIT}.")
    leads = _filtered(leads, query)
    if updated_since:
        leads = _updated_since(leads, query)
    leads = _sorted(leads, query)
    end = start + limit
    pagination: Json = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": end < len(leads),
    }
    if end < len(leads):
        pagination["next_start"] = end
    return success(leads[start:end], additional_data={"pagination": pagination})


def _filtered(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    if "filter_id" in query:  # it takes precedence over the others
        passes = _FILTERS.get(_whole_number(query, "filter_id"))
        if passes is None:
            raise bad_request("filter_id must be the id of a filter of leads.")
        return [lead for lead in leads if passes(lead)]
    for name in ("owner_id", "person_id", "organization_id"):
        if name in query:
            wanted = _whole_number(query, name)
            leads = [lead for lead in leads if lead[name] == wanted]
    return leads


def _updated_since(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    if "updated_since" not in query:
        return leads
    try:
        # Whole seconds only: the newer lists of Pipedrive refuse fractions, so do not learn them.
        since = datetime.strptime(query["updated_since"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise bad_request("updated_since must be a time like 2025-01-01T10:20:00Z.") from None
    text = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [lead for lead in leads if (lead["update_time"] or "") >= text]


def _sorted(leads: list[Json], query: Mapping[str, str]) -> list[Json]:
    terms = query["sort"].split(",") if "sort" in query else []
    for term in reversed(terms):  # each sort is stable, so the last one is the first key
        match = re.fullmatch(r"\s*(\w+)(?:\s+(asc|desc))?\s*", term, re.IGNORECASE)
        if match is None or match[1] not in _SORTABLE:
            raise bad_request("sort must be fields of a lead, each with ASC or DESC.")
        descending = (match[2] or "").upper() == "DESC"
        leads = sorted(leads, key=_nulls_first(match[1]), reverse=descending)
    return leads


def _nulls_first(name: str) -> Callable[[Json], tuple[bool, Any]]:
    def key(lead: Json) -> tuple[bool, Any]:
        value = lead[name]
        return (value is not None, value)

    return key


def _whole_number(query: Mapping[str, str], name: str, default: str = "") -> int:
    text = query.get(name, default)
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise bad_request(f"{name} must be a whole number that is not negative.")
    return int(text)
