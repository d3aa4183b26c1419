"""The common parts of all searches: the term, the score, the order and the pages.

https://developers.pipedrive.com/docs/api/v1/ItemSearch
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._json import Json
from .._responses import Response, invalid, success
from .operation import Call
from .pages import page_size

# The sort key of a match: the best score first, then the id.
_Position: TypeAlias = tuple[float, str]

Texts: TypeAlias = Mapping[str, Callable[[Json], Iterable[object]]]
"""The functions that return the searchable texts, by the value of the parameter `fields`."""

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Match:
    """A lead or person that matches the term, with its score."""

    score: float
    item: Json

    @property
    def position(self) -> _Position:
        """The sort key of the match."""
        return -self.score, str(self.item["id"])


def find(call: Call, items: Iterable[Json], texts: Texts) -> list[Match]:
    """Return the items that contain the term of the query, the best match first."""
    query = call.query
    exact = _flag(query, "exact_match")
    term = query.get("term", "").strip().casefold()
    if len(term) < (1 if exact else 2):
        raise invalid("term", "must have at least 2 characters, or 1 with exact_match.")
    searched = names(query, "fields", tuple(texts)) or tuple(texts)
    matches: list[Match] = []
    for item in items:
        candidates = (str(text) for name in searched for text in texts[name](item))
        score = _score(candidates, term, exact=exact)
        if score:
            matches.append(Match(score, item))
    return sorted(matches, key=lambda match: match.position)


def page_by_cursor(call: Call, matches: list[Match]) -> tuple[list[Match], Json]:
    """Return the matches of the requested page, and the `additional_data` of the response."""
    limit = page_size(call.query)
    if "cursor" in call.query:
        first = _position(call.query["cursor"])
        matches = [match for match in matches if match.position >= first]
    cursor = _cursor(matches[limit].position) if limit < len(matches) else None
    return matches[:limit], {"next_cursor": cursor}


def matches_response(
    matches: list[Match], item: Callable[[Json], Json], additional_data: Json
) -> Response:
    """Return a response with the matches; `item` converts each one."""
    items = [{"result_score": match.score, "item": item(match.item)} for match in matches]
    return success({"items": items}, additional_data=additional_data)


def names(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in a parameter, which must be known."""
    names = tuple(query[name].split(",")) if name in query else ()
    if not set(names) <= set(known):
        raise invalid(name, f"must be of {', '.join(known)}, with commas between them.")
    return names


def _score(texts: Iterable[str], term: str, *, exact: bool) -> float:
    """Return the length of the term relative to the shortest text with it; 0 without a match."""
    folded = (text.casefold() for text in texts)
    matching = (text for text in folded if term == text or (not exact and term in text))
    return max((round(len(term) / len(text), 4) for text in matching), default=0.0)


def _flag(query: Mapping[str, str], name: str) -> bool:
    flag = _FLAGS.get(query.get(name, "false"))
    if flag is None:
        raise invalid(name, "must be true or false.")
    return flag


def _cursor(position: _Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def _position(cursor: str) -> _Position:
    try:
        position: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        position = None
    match position:
        case [float(score), str(id)]:
            return score, id
        case _:
            raise invalid("cursor", "must be the next_cursor of a page.")
