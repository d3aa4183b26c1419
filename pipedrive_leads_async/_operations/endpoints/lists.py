"""The list of any endpoint, read to its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from ..._http.reference import LARGEST_PAGE, any_operation
from ..._shared import checks
from ...errors import InvalidRequestError
from ...models._lead import LeadT
from ..base import Operations
from .pages import read_page
from .params import Params, write_params
from .walk import walk

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
            PaginationError: The positions do not advance, a cursor is repeated, or there are more
                than 50 empty pages in a row. It is raised after all rows of the page were
                yielded.

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
        usual_size = _SMALLER_PAGES.get(path, LARGEST_PAGE)
        page_size = usual_size if limit is None else checks.integer("limit", limit)
        if max_items is not None:
            max_items = checks.integer("max_items", max_items, low=0)
        return walk(
            self._caller, operation, read_page, query=query, limit=page_size, max_items=max_items
        )
