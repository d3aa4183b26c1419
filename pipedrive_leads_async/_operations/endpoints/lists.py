"""The list of any endpoint, read to its end."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from typing import Any, Final

from ..._http.reference import LARGEST_PAGE, Operation, any_operation
from ..._shared import checks
from ...errors import InvalidRequestError, PaginationError
from ...models._lead import LeadT
from ..base import Operations
from .pages import Page, read_page
from .params import Params, write_params

_SET_BY_THE_WALK: Final = ("limit", "start", "cursor")

_SMALLER_PAGES: Final = {"/v1/files": 100}
"""The largest page of lists that refuse the usual one."""


class EndpointListOperations(Operations[LeadT]):
    """The list of any endpoint, part of `LeadsClient`."""

    def iterate(
        self,
        path: str,
        *,
        params: Params | None = None,
        limit: int | None = None,
        max_items: int | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Iterate over the rows of the list of any endpoint, to its end.

        It follows the positions or the cursors of the list, whichever it has, and holds one page
        at a time. The rows are the JSON objects of `data`, or in a search those of `data.items`.
        A list that has no pages ends after the first response. You can leave the loop at any
        time.

        A list with positions can miss rows if other rows are deleted meanwhile: those after them
        move to an earlier page. For leads, use `get_leads`, which misses none.

        Each page costs as many tokens of the daily budget as Pipedrive's reference says.

        Args:
            path: The path, which begins with `/v1/` or `/api/v2/` for any `base_url`.
            params: The query parameters, as for `request`, without `limit`, `start` and
                `cursor`.
            limit: The size of a page, at least 1. None is 500, and 100 for `/v1/files`.
                Pipedrive refuses a size that it does not support.
            max_items: The maximum number of rows to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            TypeError: An argument has the wrong type; raised by the call itself.
            DecodeError: The response is not a list of objects. No row of its page is yielded.
            PaginationError: The positions do not advance, or a cursor is repeated. It is raised
                after all rows of the page were yielded.

        Example:
            >>> async def subjects(client: LeadsClient, lead_id: str) -> list[str]:
            ...     open_ones = {"lead_id": lead_id, "done": False}
            ...     activities = client.iterate("/api/v2/activities", params=open_ones)
            ...     return [activity["subject"] async for activity in activities]

        https://pipedrive.readme.io/docs/core-api-concepts-pagination
        """
        operation = any_operation("GET", path)
        query = write_params(params, version=operation.version)
        for name in _SET_BY_THE_WALK:
            if name in query:
                raise InvalidRequestError(
                    f"params has {name!r}, which iterate sets itself: "
                    + ("pass limit as an argument" if name == "limit" else "leave it out")
                )
        page_size = _SMALLER_PAGES.get(path, LARGEST_PAGE) if limit is None else limit
        checks.integer("limit", page_size)
        if max_items is not None:
            checks.integer("max_items", max_items, low=0)
        return self._iterate(
            operation, query, page_size, sys.maxsize if max_items is None else max_items
        )

    async def _iterate(
        self, operation: Operation, query: dict[str, str], limit: int, remaining: int
    ) -> AsyncGenerator[dict[str, Any], None]:
        place = _Place(operation.id)
        while remaining > 0:
            page = await self._caller.call(
                operation,
                read_page,
                query={**query, **place.query, "limit": str(min(limit, remaining))},
            )
            for row in page.rows[:remaining]:
                yield row
            remaining -= len(page.rows)
            if remaining <= 0 or not place.advance(page):
                return


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

    def advance(self, page: Page) -> bool:
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

    def _follow_position(self, page: Page) -> None:
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
