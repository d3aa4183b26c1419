"""What all searches have in common: the term, how well it is found, the order, the pages.

https://developers.pipedrive.com/docs/api/v1/ItemSearch
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._json import Json
from .._responses import Answer, bad_request, success
from .operation import Call
from .pages import page_size

# Where a find stands among the others: the better ones first, then whatever order is stable.
_Place: TypeAlias = tuple[float, str]

Texts: TypeAlias = Mapping[str, Callable[[Json], Iterable[object]]]
"""What can be searched of a thing, under the names that the parameter `fields` has for it."""

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Find:
    """A lead or a person that matches, and how well."""

    score: float
    thing: Json

    @property
    def place(self) -> _Place:
        """Where it stands among the others."""
        return -self.score, str(self.thing["id"])


def find(call: Call, things: Iterable[Json], texts: Texts) -> list[Find]:
    """Return what the term of the query is found in, the best first."""
    query = call.query
    exact = _flag(query, "exact_match")
    term = query.get("term", "").strip().casefold()
    if len(term) < (1 if exact else 2):
        raise bad_request("term must have at least 2 characters, or 1 with exact_match.")
    searched = names(query, "fields", tuple(texts)) or tuple(texts)
    finds: list[Find] = []
    for thing in things:
        candidates = (str(text) for name in searched for text in texts[name](thing))
        score = _score(candidates, term, exact=exact)
        if score:
            finds.append(Find(score, thing))
    return sorted(finds, key=lambda find: find.place)


def page_by_cursor(call: Call, finds: list[Find]) -> tuple[list[Find], Json]:
    """Return the finds that the query asks for, and the `additional_data` that goes with them."""
    limit = page_size(call.query)
    if "cursor" in call.query:
        first = _place_of(call.query["cursor"])
        finds = [find for find in finds if find.place >= first]
    cursor = _cursor(finds[limit].place) if limit < len(finds) else None
    return finds[:limit], {"next_cursor": cursor}


def found(finds: list[Find], item: Callable[[Json], Json], additional_data: Json) -> Answer:
    """Answer with the finds, each as its item."""
    items = [{"result_score": find.score, "item": item(find.thing)} for find in finds]
    return success({"items": items}, additional_data=additional_data)


def names(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return a parameter that names some of what is known."""
    names = tuple(query[name].split(",")) if name in query else ()
    if not set(names) <= set(known):
        raise bad_request(f"{name} must be of {', '.join(known)}, with commas between them.")
    return names


def _score(texts: Iterable[str], term: str, *, exact: bool) -> float:
    """Return how much of the best text the term is, 0 when it is in none."""
    folded = (text.casefold() for text in texts)
    matches = (text for text in folded if term == text or (not exact and term in text))
    return max((round(len(term) / len(text), 4) for text in matches), default=0.0)


def _flag(query: Mapping[str, str], name: str) -> bool:
    flag = _FLAGS.get(query.get(name, "false"))
    if flag is None:
        raise bad_request(f"{name} must be true or false.")
    return flag


def _cursor(place: _Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _place_of(cursor: str) -> _Place:
    try:
        place: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        place = None
    match place:
        case [float(score), str(id)]:
            return score, id
        case _:
            raise bad_request("cursor must be the next_cursor of a page.")
