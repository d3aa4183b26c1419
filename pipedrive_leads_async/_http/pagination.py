"""Read the position after a page of a list.

https://pipedrive.readme.io/docs/core-api-concepts-pagination
"""

from __future__ import annotations

from typing import cast

import attrs

from .._codec.json import Json
from .envelope import check_status, json_object, read_envelope
from .message import Response


@attrs.frozen
class Pagination:
    """The position after a page.

    Attributes:
        more: Whether the list has more items after this page.
        next_start: The position of the next page, None if it is missing or invalid.
    """

    more: bool = False
    next_start: int | None = None


def read_pagination(additional_data: object) -> Pagination:
    """Read `additional_data`: nested, as the server sends it, or flat, as its reference shows it.

    https://pipedrive.readme.io/docs/core-api-concepts-pagination
    """
    if not isinstance(additional_data, dict):
        return Pagination()
    data = cast("Json", additional_data)
    found = data.get("pagination", data)
    if not isinstance(found, dict):
        return Pagination()
    positions = cast("Json", found)
    next_start = positions.get("next_start")
    return Pagination(
        more=bool(positions.get("more_items_in_collection")),
        next_start=next_start if type(next_start) is int else None,
    )


def peek_pagination(response: Response) -> Pagination:
    """Read the pagination from the end of a page before its leads are decoded.

    This way the next page can be requested first. If `additional_data` is not the last key
    of the envelope, the whole envelope is parsed.

    Raises:
        ApiError: The status is an error.
        UnexpectedResponseError: The response is not a successful envelope.
    """
    check_status(response)
    body = response.body
    envelope = json_object(b"{" + body[body.rfind(b'"additional_data"') :])
    return read_pagination((envelope or read_envelope(response)).get("additional_data"))
