"""The operation that searches leads, in both versions of the API.

https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads

At Pipedrive an index follows the leads after a while; here it is always up to date.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ._account import money, number
from ._answers import Answer, bad_request, success
from ._lists import linked
from ._operation import Call, operation
from ._pages import page_size, part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._account import Account, Json

# Where a find stands among the others: the better ones first, then whatever order is stable.
_Place: TypeAlias = tuple[float, str]

_SEARCHED = ("custom_fields", "notes", "title")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}

# https://developers.pipedrive.com/docs/api/v1/ItemSearch#searchItem
_SEARCHABLE_TYPES = ("address", "double", "monetary", "phone", "text", "varchar", "varchar_auto")


@dataclass(frozen=True, slots=True)
class _Find:
    """A lead that matches, and how well."""

    score: float
    lead: Json

    @property
    def place(self) -> _Place:
        return -self.score, str(self.lead["id"])


@operation("searchLeads", "GET", "/v1/leads/search", cost=40, search=True)
def search_leads_by_position(call: Call) -> Answer:
    """Search leads, in pages by position."""
    finds, additional_data = part(_finds(call), call.query)
    return _answer(call, finds, additional_data)


@operation("searchLeads", "GET", "/api/v2/leads/search", cost=20, search=True)
def search_leads(call: Call) -> Answer:
    """Search leads, in pages that a cursor leads from one to the next."""
    limit, finds = page_size(call.query), _finds(call)
    if "cursor" in call.query:
        first = _place_of(call.query["cursor"])
        finds = [find for find in finds if find.place >= first]
    cursor = _cursor(finds[limit].place) if limit < len(finds) else None
    return _answer(call, finds[:limit], {"next_cursor": cursor})


def _finds(call: Call) -> list[_Find]:
    query, account = call.query, call.account
    exact = _flag(query, "exact_match")
    term = query.get("term", "").strip().casefold()
    if len(term) < (1 if exact else 2):
        raise bad_request("term must have at least 2 characters, or 1 with exact_match.")
    searched = _names(query, "fields", _SEARCHED) or _SEARCHED
    leads = linked(account.leads.listed(archived=None), query, "person_id", "organization_id")
    scores = ((_score(_texts(lead, account, searched), term, exact=exact), lead) for lead in leads)
    finds = [_Find(score, lead) for score, lead in scores if score]
    return sorted(finds, key=lambda find: find.place)


def _texts(lead: Json, account: Account, searched: tuple[str, ...]) -> Iterator[str]:
    """Give what is searched of a lead; notes cannot be made here, so there are none."""
    if "title" in searched:
        yield str(lead["title"])
    if "custom_fields" in searched:
        yield from _custom_texts(lead, account)


def _custom_texts(lead: Json, account: Account) -> Iterator[str]:
    for field in account.custom_fields:
        if field.field_type in _SEARCHABLE_TYPES and lead.get(field.key) is not None:
            yield str(lead[field.key])


def _score(texts: Iterator[str], term: str, *, exact: bool) -> float:
    """Return how much of the best text the term is, 0 when it is in none."""
    folded = (text.casefold() for text in texts)
    found = (text for text in folded if term == text or (not exact and term in text))
    return max((round(len(term) / len(text), 4) for text in found), default=0.0)


def _answer(call: Call, finds: list[_Find], additional_data: Json) -> Answer:
    extra = _names(call.query, "include_fields", ("lead.was_seen",))
    items = [
        {"result_score": find.score, "item": _item(find.lead, call.account, extra)}
        for find in finds
    ]
    return success({"items": items}, additional_data=additional_data)


def _item(lead: Json, account: Account, extra: tuple[str, ...]) -> Json:
    """Show a lead as searches do: flat, and with the names of whom it is linked to."""
    person = account.persons.get(lead["person_id"])
    organization = account.organizations.get(lead["organization_id"])
    amount, currency = money(lead)
    item = {
        "id": lead["id"],
        "type": "lead",
        "title": lead["title"],
        "owner": {"id": lead["owner_id"]},
        "person": _link(person),
        "organization": _link(organization),
        "phones": _contacts(person, "phone"),
        "emails": _contacts(person, "email"),
        "custom_fields": list(_custom_texts(lead, account)),
        "notes": [],
        "value": amount,
        "currency": currency,
        "visible_to": number(lead["visible_to"]),
        "is_archived": lead["is_archived"],
    }
    return item | {"was_seen": lead["was_seen"]} if extra else item


def _link(contact: Json | None) -> Json | None:
    return contact and {"id": contact["id"], "name": contact["name"]}


def _contacts(person: Json | None, name: str) -> list[str]:
    entries: list[Json] = person.get(name, []) if person else []
    return [str(entry["value"]) for entry in entries]


def _flag(query: Mapping[str, str], name: str) -> bool:
    flag = _FLAGS.get(query.get(name, "false"))
    if flag is None:
        raise bad_request(f"{name} must be true or false.")
    return flag


def _names(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(query[name].split(",")) if name in query else ()
    if not set(names) <= set(known):
        raise bad_request(f"{name} must be of {', '.join(known)}, with commas between them.")
    return names


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
