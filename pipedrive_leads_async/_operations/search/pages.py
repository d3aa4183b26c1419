"""The common parts of all searches: their arguments, their pages and their results."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import attrs

from ..._codec.codec import Rows
from ..._http.caller import Caller
from ..._http.envelope import read_envelope
from ..._http.message import Response
from ..._http.reference import Operation
from ..._shared import checks
from ..._shared.steps import Steps
from ...errors import DecodeError, InvalidRequestError
from ..endpoints.pages import Page, mismatch, read_cursor
from ..endpoints.walk import walk

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_PAGE_SIZE: Final = 100
"""The reference allows 500, but searches for one kind of item were seen to refuse more than 100."""

_MOST_EMPTY_PAGES: Final = 5
"""Fewer than of other lists: searches have a burst limit of 10 requests in 2 seconds."""


class SearchItem(Protocol[T_co]):
    """One item of a search response: what was found, and a score for how well it matches."""

    @property
    def item(self) -> T_co: ...

    @property
    def result_score(self) -> float | None: ...


def _raise(error: DecodeError) -> None:
    raise error


@attrs.frozen
class Search(Generic[T]):
    """The search for one kind of item.

    Attributes:
        operation: The operation.
        item_type: The class of the items of its responses.
        fields: The names of the fields that it can search.
    """

    operation: Operation
    item_type: type[SearchItem[T]]
    fields: tuple[str, ...]

    def query(
        self, term: str, fields: str | Iterable[str] | None, exact_match: bool | None
    ) -> dict[str, str]:
        """Check the arguments that all searches have, and return their query parameters."""
        query = {"term": checks.text("term", term)}
        if fields is not None:
            query["fields"] = self._join(fields)
        if exact_match is not None:
            query["exact_match"] = str(checks.boolean("exact_match", exact_match)).lower()
        if len(term.strip()) < 2 and not exact_match:
            raise InvalidRequestError(
                "term must have at least 2 characters, or 1 if exact_match is True"
            )
        return query

    def _join(self, fields: str | Iterable[str]) -> str:
        if not isinstance(fields, Iterable):
            raise TypeError(f"fields must be a str or a list of them, got {checks.kind_of(fields)}")
        items = fields.split(",") if isinstance(fields, str) else fields
        names = [checks.text(f"fields[{i}]", name).strip() for i, name in enumerate(items)]
        unknown = [name for name in names if name not in self.fields]
        if unknown or not names:
            got = ", ".join(map(repr, unknown)) or "none: leave it out to search in all of them"
            raise InvalidRequestError(f"fields must be any of {', '.join(self.fields)}, got {got}")
        return ",".join(dict.fromkeys(names))

    def start(
        self,
        caller: Caller,
        query: dict[str, str],
        max_items: int | None,
        *,
        on_malformed: Callable[[DecodeError], None] = _raise,
    ) -> AsyncGenerator[T, None]:
        """Check `max_items`, and return a generator of the results, best match first.

        Args:
            caller: Sends the requests.
            query: The query parameters.
            max_items: The maximum number of results; None for all.
            on_malformed: Called with the error of each item that cannot be decoded.
        """
        if max_items is not None:
            max_items = checks.integer("max_items", max_items, low=0)
        return walk(
            caller,
            self.operation,
            partial(self.read_page, on_malformed=on_malformed),
            query=query,
            limit=_PAGE_SIZE,
            max_items=max_items,
            empty_pages=_MOST_EMPTY_PAGES,
        )

    async def read_page(
        self, response: Response, *, on_malformed: Callable[[DecodeError], None] = _raise
    ) -> Page[T]:
        """Read a page of results.

        Raises:
            DecodeError: An item cannot be decoded.
            UnexpectedResponseError: The response is not a page of results.
        """
        next_cursor = ""

        def parse() -> list[Any]:
            nonlocal next_cursor
            envelope = read_envelope(response)
            more = _typed(dict, "$.additional_data", envelope.get("additional_data"))
            next_cursor = read_cursor(more, response.status)
            data = _typed(dict, "$.data", envelope.get("data"))
            return cast("list[Any]", _typed(list, "$.data.items", data.get("items")))

        found: list[SearchItem[T]] = []
        steps = Steps()
        rows = Rows(self.item_type, parse, path="$.data.items")
        await steps.next()
        for batch, errors in rows.batches():
            for error in errors.values():
                error.lead_id = _lead_id(error.raw)
                on_malformed(error)
            found += batch
            await steps.next()
        return Page([_result(each) for each in found], next_cursor)


def _result(found: SearchItem[T]) -> T:
    item: Any = found.item
    return cast("T", attrs.evolve(item, result_score=found.result_score))


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
        raise mismatch(path, kind.__name__, value)
    return value
