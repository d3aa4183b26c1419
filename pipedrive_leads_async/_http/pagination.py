"""Read where a list continues after a page.

https://pipedrive.readme.io/docs/core-api-concepts-pagination
"""

from __future__ import annotations

from typing import Any, cast

import attrs

from .envelope import check_status, json_object, read_envelope
from .message import Response


@attrs.frozen
class Pagination:
    """Where a list goes on.

    Attributes:
        more: Whether there are more items than those of the page.
        next_start: The position after the page, if Pipedrive gave it.
    """

    more: bool = False
    next_start: int | None = None


def pagination(additional_data: object) -> Pagination:
    """Read the positions: nested as the server sends them, or flat as its reference says.

    https://pipedrive.readme.io/docs/core-api-concepts-pagination
    """
    if not isinstance(additional_data, dict):
        return Pagination()
    data = cast("dict[str, Any]", additional_data)
    found = data.get("pagination", data)
    if not isinstance(found, dict):
        return Pagination()
    positions = cast("dict[str, Any]", found)
    next_start = positions.get("next_start")
    return Pagination(
        more=bool(positions.get("more_items_in_collection")),
        next_start=next_start if type(next_start) is int else None,
    )


def peek_pagination(response: Response) -> Pagination:
    """Read the positions from the end of a page, before its leads are decoded.

    So that the next page can be asked for first. Where the envelope is in another order,
    all of it is read.

    Raises:
        ApiError: Pipedrive answered with an error status.
        UnexpectedResponseError: The answer does not end as JSON.
    """
    check_status(response)
    body = response.body
    envelope = json_object(b"{" + body[body.rfind(b'"additional_data"') :])
    return pagination((envelope or read_envelope(response)).get("additional_data"))
