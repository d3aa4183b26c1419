"""Read the position after a page of a list.

https://pipedrive.readme.io/docs/core-api-concepts-pagination
"""

from __future__ import annotations

from typing import Final, cast

import attrs

from .._codec.json import Json
from .envelope import check_status, json_object, read_envelope
from .message import Response

_LONGEST_END: Final = 100_000
"""The size in bytes of the end of a page that may be parsed on its own."""


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

    This way the next page can be requested first. If `additional_data` is not at the end of
    the envelope, the whole envelope is parsed.

    Raises:
        ApiError: The status is an error.
        UnexpectedResponseError: The response is not a successful envelope.
    """
    check_status(response)
    body = response.body
    start = body.rfind(b'"additional_data"')
    is_near = len(body) - start <= _LONGEST_END  # so that a large body is not parsed twice
    envelope = json_object(b"{" + body[start:]) if is_near else None
    return read_pagination((envelope or read_envelope(response)).get("additional_data"))
