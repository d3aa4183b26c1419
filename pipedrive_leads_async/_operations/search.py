"""The search for leads."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Iterable
from typing import Any, Final, cast

import attrs

from .._codec.codec import decode_list
from .._http import reference as operations
from .._http.envelope import read_envelope
from .._http.message import Response
from .._shared import checks
from ..errors import DecodeError, InvalidRequestError, PaginationError, UnexpectedResponseError
from ..models import LeadSearchResult
from ..models._lead import LeadT
from .base import Operations

_PAGE_SIZE: Final = 100
"""The reference allows 500, but searches for one kind of item were seen to refuse more than 100."""

_MAX_EMPTY_PAGES: Final = 5
"""The number of empty pages in a row after which the search ends with an error."""

_LONGEST_CURSOR: Final = 4096
"""The characters of a cursor at most, because it becomes part of a URL."""

_FIELDS: Final = ("custom_fields", "notes", "title")


class LeadSearchOperations(Operations[LeadT]):
    """The search for leads, part of `LeadsClient`."""

    def search_leads(
        self,
        term: str,
        *,
        fields: str | Iterable[str] | None = None,
        exact_match: bool | None = None,
        person_id: int | None = None,
        organization_id: int | None = None,
        include_was_seen: bool = False,
        max_items: int | None = None,
    ) -> AsyncGenerator[LeadSearchResult, None]:
        """Iterate over the open and archived leads that match a search term.

        Only the leads' own texts are searched: the title, the notes, and custom fields of the
        types address, double, monetary, phone, text, varchar and varchar_auto. A lead is not
        found by the name, the email address or the phone number of its contact. To find it,
        search for the person by `request` (`/api/v2/persons/search`), and then use `get_leads`
        with its `person_id`.

        Pipedrive updates its search index some time after each change: a search can miss a new
        lead, and can still find a deleted one. `get_leads` always reads the current leads.

        A page of 100 leads costs 20 tokens of the daily budget. Searches have a burst limit of
        their own: 10 requests in 2 seconds, on every plan. You can leave the loop at any time.

        Args:
            term: The text to search for. It has at least 2 characters, or 1 with `exact_match`.
            fields: The fields to search: `custom_fields`, `notes` and `title`, or some of
                them. None searches all three.
            exact_match: True finds only fields that are equal to the whole term; upper and
                lower case are the same.
            person_id: Only leads linked to this person. Pipedrive finds at most 2000 of them.
            organization_id: Only leads linked to this organization. Pipedrive finds at most
                2000 of them.
            include_was_seen: Whether to request `was_seen`, which is None otherwise.
            max_items: The maximum number of leads to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            DecodeError: A lead cannot be decoded. No lead of its page is yielded.
            PaginationError: The server repeats a cursor, or returns too many empty pages.

        Example:
            >>> async def find(client: LeadsClient, order: str) -> list[str]:
            ...     found = client.search_leads(order, fields="custom_fields", exact_match=True)
            ...     return [result.id async for result in found]

        https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
        """
        query = {"term": checks.text("term", term)}
        if fields is not None:
            query["fields"] = _join_fields(fields)
        if exact_match is not None:
            query["exact_match"] = str(checks.boolean("exact_match", exact_match)).lower()
        if len(term.strip()) < 2 and not exact_match:
            raise InvalidRequestError(
                "term must have at least 2 characters, or 1 if exact_match is True"
            )
        for name, id in (("person_id", person_id), ("organization_id", organization_id)):
            if id is not None:
                query[name] = str(checks.integer(name, id))
        if checks.boolean("include_was_seen", include_was_seen):
            query["include_fields"] = "lead.was_seen"
        if max_items is not None:
            checks.integer("max_items", max_items, low=0)
        return self._search(query, sys.maxsize if max_items is None else max_items)

    async def _search(
        self, query: dict[str, str], max_items: int
    ) -> AsyncGenerator[LeadSearchResult, None]:
        remaining = max_items
        cursors = set[str | None]()
        empty_pages = 0
        while remaining > 0:
            cursor = query.get("cursor")
            if cursor in cursors or empty_pages > _MAX_EMPTY_PAGES:
                raise PaginationError(
                    "the server repeats a cursor, or returns too many empty pages",
                    operation=operations.SEARCH_LEADS.id,
                )
            cursors.add(cursor)
            page = await self._caller.call(
                operations.SEARCH_LEADS,
                _read_page,
                query={**query, "limit": str(min(_PAGE_SIZE, remaining))},
            )
            results = page.results[:remaining]
            remaining -= len(results)
            empty_pages = 0 if results else empty_pages + 1
            for result in results:
                yield result
            if not page.next_cursor:
                return
            query = {**query, "cursor": page.next_cursor}

    # Pipedrive's own operation id
    searchLeads = search_leads


def _join_fields(fields: str | Iterable[str]) -> str:
    if not isinstance(fields, Iterable):
        raise TypeError(f"fields must be a str or a list of them, got {type(fields).__name__}")
    items = fields.split(",") if isinstance(fields, str) else fields
    names = [checks.text(f"fields[{i}]", name).strip() for i, name in enumerate(items)]
    unknown = [name for name in names if name not in _FIELDS]
    if unknown or not names:
        got = ", ".join(map(repr, unknown)) or "none: leave it out to search in all of them"
        raise InvalidRequestError(f"fields must be any of {', '.join(_FIELDS)}, got {got}")
    return ",".join(dict.fromkeys(names))


@attrs.frozen(kw_only=True)
class LeadSearchItem:
    """One item of a search response: a lead, and a score for how well it matches."""

    item: LeadSearchResult
    result_score: float | None = None


@attrs.frozen
class _Page:
    """A page of results. The cursor of the last page is empty."""

    results: list[LeadSearchResult]
    next_cursor: str


def _read_page(response: Response) -> _Page:
    next_cursor = ""

    def parse() -> list[Any]:
        nonlocal next_cursor
        envelope = read_envelope(response)
        more = _typed(dict, "$.additional_data", envelope.get("additional_data"))
        next_cursor = _typed(str, "$.additional_data.next_cursor", more.get("next_cursor"))
        if len(next_cursor) > _LONGEST_CURSOR:
            raise UnexpectedResponseError(
                f"the cursor of the next page has more than {_LONGEST_CURSOR:,} characters",
                status=response.status,
            )
        data = _typed(dict, "$.data", envelope.get("data"))
        return cast("list[Any]", _typed(list, "$.data.items", data.get("items")))

    try:
        found = decode_list(LeadSearchItem, parse, path="$.data.items")
    except DecodeError as error:
        error.lead_id = _lead_id(error.raw)
        raise
    results = [attrs.evolve(each.item, result_score=each.result_score) for each in found]
    return _Page(results, next_cursor)


def _lead_id(row: Any) -> str | None:
    match row:
        case {"item": {"id": str() as lead_id}}:
            return lead_id
        case _:
            return None


def _typed(kind: type[Any], path: str, value: Any) -> Any:
    """Return a part of the response; an empty one if it is null.

    Raises:
        DecodeError: The part has another type.
    """
    if value is None:
        return kind()
    if not isinstance(value, kind):
        reason = f"{path}: expected {kind.__name__}, got {type(value).__name__}"
        raise DecodeError(
            f"the response is not a page of search results: {reason}", paths=(reason,), raw=value
        )
    return value
