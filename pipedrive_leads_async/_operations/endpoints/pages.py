"""Read a page of any list, and the position or cursor of the next page."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, cast

import attrs

from ..._codec.json import Json
from ..._http.envelope import read_envelope
from ..._http.message import Response
from ..._http.pagination import read_pagination
from ...errors import DecodeError, UnexpectedResponseError

T = TypeVar("T")

_LONGEST_CURSOR: Final = 4096
"""The maximum number of characters of a cursor, which becomes part of a URL."""


@attrs.frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        rows: The rows.
        cursor: The cursor of the next page; empty if there is none.
        more: Whether the list continues at a position.
        next_start: This position; None if it is missing or invalid.
    """

    rows: list[T]
    cursor: str
    more: bool = False
    next_start: int | None = None


async def read_page(response: Response) -> Page[Json]:
    """Read a page: its rows are `data`, or in a search `data.items`.

    Raises:
        DecodeError: The data has another shape.
        UnexpectedResponseError: The cursor is too long.
    """
    envelope = read_envelope(response)
    more = envelope.get("additional_data")
    cursor = read_cursor(cast("Json", more), response.status) if isinstance(more, dict) else ""
    position = read_pagination(cast("object", more))
    return Page(_rows(envelope.get("data")), cursor, position.more, position.next_start)


def read_cursor(more: Json, status: int) -> str:
    """Read the cursor of the next page from `additional_data`; empty if there is none.

    Raises:
        DecodeError: The cursor is not a text.
        UnexpectedResponseError: The cursor is too long.
    """
    cursor = more.get("next_cursor")
    if cursor is None:
        return ""
    if not isinstance(cursor, str):
        raise mismatch("$.additional_data.next_cursor", "str", cursor)
    if len(cursor) > _LONGEST_CURSOR:
        raise UnexpectedResponseError(
            f"the cursor of the next page has more than {_LONGEST_CURSOR:,} characters",
            status=status,
        )
    return cursor


def _rows(data: Any) -> list[Json]:
    path, found = "$.data", data
    if isinstance(data, dict) and "items" in data:
        path, found = "$.data.items", cast("Json", data)["items"]
    if found is None:
        return []
    if not isinstance(found, list):
        raise mismatch(path, "list", found)
    rows: list[Any] = cast("Any", found)
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise mismatch(f"{path}[{i}]", "object", row)
    return rows


def mismatch(path: str, expected: str, value: Any) -> DecodeError:
    """Return the error for a part of a page that has another type."""
    reason = f"{path}: expected {expected}, got {type(value).__name__}"
    return DecodeError(
        f"the response is not a page of a list: {reason}", paths=(reason,), raw=value
    )
