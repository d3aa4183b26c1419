"""The search: every lead that Pipedrive finds by a term."""

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
from ..errors import DecodeError, InvalidRequestError, PaginationError
from ..models import LeadSearchResult
from ..models._lead import LeadT
from .base import Operations

_PAGE: Final = 100
"""Less than the 500 of the reference: searches of one kind of item were seen to refuse more."""

_PATIENCE: Final = 5
"""How many empty pages in a row may lead on to another."""

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
        """Iterate over the leads that a term finds, open and archived.

        The search reads an index that follows some time after each change: a new lead may be
        missing, a deleted one may be found. What `get_leads` gives is the truth.

        A page of 100 costs 20 tokens of the daily budget. Searches have a burst limit of
        their own, 10 requests in 2 seconds on every plan. Leave the loop whenever you like.

        Args:
            term: What to look for: at least 2 characters, or 1 with `exact_match`.
            fields: Where to look: any of `custom_fields`, `notes` and `title`; left out, in
                all of them.
            exact_match: True finds only what is the term as a whole, in upper or lower case.
            person_id: Only leads linked to this person; Pipedrive finds 2000 of them at most.
            organization_id: Only leads linked to this organization, with the same bound.
            include_was_seen: Whether to ask for `was_seen` too.
            max_items: How many leads to give at most.

        Raises:
            InvalidRequestError: An argument that cannot be, at once.
            DecodeError: A lead that cannot be decoded is on a page: nothing of it is given.
            PaginationError: The server leads back to a page that was given already, or on and
                on through empty ones.

        Example:
            >>> async def find(client: LeadsClient, email: str) -> list[str]:
            ...     found = client.search_leads(email, fields="custom_fields", exact_match=True)
            ...     return [result.id async for result in found]

        https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
        """
        query = {"term": checks.text("term", term)}
        if fields is not None:
            query["fields"] = _field_names(fields)
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
        return self._found(query, sys.maxsize if max_items is None else max_items)

    async def _found(
        self, query: dict[str, str], wanted: int
    ) -> AsyncGenerator[LeadSearchResult, None]:
        cursors = set[str | None]()
        empty = 0
        while wanted > 0:
            cursor = query.get("cursor")
            if cursor in cursors or empty > _PATIENCE:
                raise PaginationError(
                    "the server leads on and on, or back to a page that was given already",
                    operation=operations.SEARCH_LEADS.id,
                )
            cursors.add(cursor)
            page = await self._caller.call(
                operations.SEARCH_LEADS,
                _read_page,
                query={**query, "limit": str(min(_PAGE, wanted))},
            )
            results = page.results[:wanted]
            wanted -= len(results)
            empty = 0 if results else empty + 1
            for result in results:
                yield result
            if not page.next_cursor:
                return
            query = {**query, "cursor": page.next_cursor}

    # Pipedrive's own operation id
    searchLeads = search_leads


def _field_names(fields: str | Iterable[str]) -> str:
    if not isinstance(fields, Iterable):
        raise TypeError(f"fields must be a str or a list of them, got {type(fields).__name__}")
    given = fields.split(",") if isinstance(fields, str) else fields
    names = [checks.text(f"fields[{i}]", name).strip() for i, name in enumerate(given)]
    unknown = [name for name in names if name not in _FIELDS]
    if unknown or not names:
        got = ", ".join(map(repr, unknown)) or "none: leave it out to look in all of them"
        raise InvalidRequestError(f"fields must be any of {', '.join(_FIELDS)}, got {got}")
    return ",".join(dict.fromkeys(names))


@attrs.frozen(kw_only=True)
class LeadSearchItem:
    """One item of a search: a lead, and beside it how well it matches."""

    item: LeadSearchResult
    result_score: float | None = None


@attrs.frozen
class _Page:
    """A page of results, and what leads to the next; an empty cursor is the end."""

    results: list[LeadSearchResult]
    next_cursor: str


def _read_page(response: Response) -> _Page:
    next_cursor = ""

    def parse() -> list[Any]:
        nonlocal next_cursor
        envelope = read_envelope(response)
        more = _typed(dict, "$.additional_data", envelope.get("additional_data"))
        next_cursor = _typed(str, "$.additional_data.next_cursor", more.get("next_cursor"))
        data = _typed(dict, "$.data", envelope.get("data"))
        return cast("list[Any]", _typed(list, "$.data.items", data.get("items")))

    found, errors = decode_list(LeadSearchItem, parse, path="$.data.items")
    for error in errors.values():
        error.lead_id = _lead_id(error.raw)
        raise error
    results = [attrs.evolve(each.item, result_score=each.result_score) for each in found]
    return _Page(results, next_cursor)


def _lead_id(row: Any) -> str | None:
    match row:
        case {"item": {"id": str() as lead_id}}:
            return lead_id
        case _:
            return None


def _typed(kind: type[Any], path: str, value: Any) -> Any:
    """Take a part of the answer; null is an empty one."""
    if value is None:
        return kind()
    if not isinstance(value, kind):
        what = f"{path}: expected {kind.__name__}, got {type(value).__name__}"
        raise DecodeError(f"the answer is not that of a search: {what}", paths=(what,), raw=value)
    return value
