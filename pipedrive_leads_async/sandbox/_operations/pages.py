"""Pages by position: the part of a list between `start` and `start` plus `limit`.

https://pipedrive.readme.io/docs/core-api-concepts-pagination
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from .._json import Json
from .._responses import invalid

_T = TypeVar("_T")

# Pipedrive does not document its behaviour above the maximum. The sandbox refuses a larger limit,
# because a silent cap would hide the mistake.
_MAX_LIMIT = 500


def part(
    items: list[_T], query: Mapping[str, str], *, max_limit: int = _MAX_LIMIT
) -> tuple[list[_T], Json]:
    """Return the items of the requested page, and the `additional_data` of the response."""
    start = whole_number(query, "start", "0")
    limit = page_size(query, max_limit)
    end = start + limit
    pagination: Json = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": end < len(items),
    }
    if end < len(items):
        pagination["next_start"] = end
    return items[start:end], {"pagination": pagination}


def page_size(query: Mapping[str, str], max_limit: int = _MAX_LIMIT) -> int:
    """Return the maximum number of items on a page."""
    limit = whole_number(query, "limit", "100")
    if not 1 <= limit <= max_limit:
        raise invalid("limit", f"must be from 1 to {max_limit}.")
    return limit


def whole_number(query: Mapping[str, str], name: str, default: str = "") -> int:
    """Return the value of a numeric parameter, such as a position or an id."""
    text = query.get(name, default)
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise invalid(name, "must be a whole number that is not negative.")
    return int(text)
