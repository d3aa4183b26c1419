"""Walk through the pages of a list, by its positions or by its cursors."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from ..._http.caller import Caller
from ..._http.message import Response
from ..._http.reference import Operation
from ...errors import PaginationError
from .pages import Page

T = TypeVar("T")

_MOST_EMPTY_PAGES: Final = 50
"""A page can be empty if all its rows are hidden from the user, but not one after the other."""


async def walk(
    caller: Caller,
    operation: Operation,
    read: Callable[[Response], Awaitable[Page[T]]],
    *,
    query: Mapping[str, str],
    limit: int,
    max_items: int | None,
    empty_pages: int = _MOST_EMPTY_PAGES,
) -> AsyncGenerator[T, None]:
    """Yield the rows of a list page by page, to its end.

    Args:
        caller: Sends the requests.
        operation: The operation that returns the list.
        read: Reads a page from a response.
        query: The query parameters of each request.
        limit: The size of a page; the last page is smaller if `max_items` needs no more.
        max_items: The maximum number of rows; None for all.
        empty_pages: The maximum number of empty pages in a row.

    Raises:
        PaginationError: The list does not advance, or has too many empty pages in a row; raised
            after the rows of the page.
    """
    remaining = sys.maxsize if max_items is None else max_items
    place = _Place(operation.id)
    empty = 0
    while remaining > 0:
        page = await caller.call(
            operation,
            read,
            query={**query, **place.query, "limit": str(min(limit, remaining))},
        )
        for row in page.rows[:remaining]:
            yield row
        remaining -= len(page.rows)
        if remaining <= 0 or not place.advance(page):
            return
        empty = 0 if page.rows else empty + 1
        if empty > empty_pages:
            raise PaginationError(
                f"the server returned {empty} empty pages in a row and reports more",
                operation=operation.id,
            )


class _Place:
    """The place of the next page in a list.

    Attributes:
        query: The query parameters that select the page.
    """

    def __init__(self, operation: str) -> None:
        self.query: dict[str, str] = {}
        self._operation = operation
        self._start = 0
        self._cursors = set[int]()  # their hashes, because a cursor can be long

    def advance(self, page: Page[Any]) -> bool:
        """Move to the page after this one; return False if there is none.

        Raises:
            PaginationError: The cursor is repeated, or the position does not advance.
        """
        if page.cursor:
            self._follow_cursor(page.cursor)
        elif page.more:
            self._follow_position(page)
        return bool(page.cursor) or page.more

    def _follow_cursor(self, cursor: str) -> None:
        if hash(cursor) in self._cursors:
            raise PaginationError("the server repeats a cursor", operation=self._operation)
        self._cursors.add(hash(cursor))
        self.query = {"cursor": cursor}

    def _follow_position(self, page: Page[Any]) -> None:
        start = self._start
        next_start = start + len(page.rows) if page.next_start is None else page.next_start
        if next_start <= start:
            raise PaginationError(
                f"the server reports more rows, but the position after the page at {start} is "
                f"{next_start}, which does not advance",
                operation=self._operation,
            )
        self._start = next_start
        self.query = {"start": str(next_start)}
