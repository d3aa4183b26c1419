"""Pages by position: the part of a list that `start` and `limit` ask for.

https://pipedrive.readme.io/docs/core-api-concepts-pagination
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from .._json import Json
from .._responses import bad_request

_T = TypeVar("_T")

# What the server does with more is not published: a refusal shows the mistake where a cap would
# hide it.
_MAX_LIMIT = 500


def part(items: list[_T], query: Mapping[str, str]) -> tuple[list[_T], Json]:
    """Return the items that the query asks for, and the `additional_data` that goes with them."""
    start = whole_number(query, "start", "0")
    limit = page_size(query)
    end = start + limit
    pagination: Json = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": end < len(items),
    }
    if end < len(items):
        pagination["next_start"] = end
    return items[start:end], {"pagination": pagination}


def page_size(query: Mapping[str, str]) -> int:
    """Return how many items a page may have."""
    limit = whole_number(query, "limit", "100")
    if not 1 <= limit <= _MAX_LIMIT:
        raise bad_request(f"limit must be from 1 to {_MAX_LIMIT}.")
    return limit


def whole_number(query: Mapping[str, str], name: str, default: str = "") -> int:
    """Return a parameter that is a number, such as a position or an id."""
    text = query.get(name, default)
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise bad_request(f"{name} must be a whole number that is not negative.")
    return int(text)
