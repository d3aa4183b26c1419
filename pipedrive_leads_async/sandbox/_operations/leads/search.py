"""The operation that searches leads, in v1 and v2.

https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterator

from ..._json import Json
from ..._responses import Response
from ..._state.account import Account
from ..._state.contacts import contact_values, linked_contact
from ..._state.leads import money, number
from ..operation import Call, operation
from ..pages import part
from ..search import Match, Texts, find, matches_response, names, page_by_cursor
from .lists import linked

# https://developers.pipedrive.com/docs/api/v1/ItemSearch#searchItem
_SEARCHABLE_TYPES = ("address", "double", "monetary", "phone", "text", "varchar", "varchar_auto")


@operation("searchLeads", "GET", "/v1/leads/search", cost=40, search=True)
def search_leads_by_position(call: Call) -> Response:
    """Search leads, in pages by position."""
    matches, additional_data = part(_matches(call), call.query)
    return _response(call, matches, additional_data)


@operation("searchLeads", "GET", "/api/v2/leads/search", cost=20, search=True)
def search_leads(call: Call) -> Response:
    """Search leads, in pages by cursor."""
    matches, additional_data = page_by_cursor(call, _matches(call))
    return _response(call, matches, additional_data)


def _matches(call: Call) -> list[Match]:
    notes = _note_texts(call.account)
    leads = call.account.visible(call.account.index.leads)
    leads = linked(leads, call.query, "person_id", "organization_id")
    texts: Texts = {
        "custom_fields": lambda lead: _custom_texts(lead, call.account),
        "notes": lambda lead: notes.get(lead["id"], ()),
        "title": lambda lead: (lead["title"],),
    }
    return find(call, leads, texts)


def _custom_texts(lead: Json, account: Account) -> Iterator[str]:
    for field in account.custom_fields:
        if field.field_type in _SEARCHABLE_TYPES and lead.get(field.key) is not None:
            yield str(lead[field.key])


def _note_texts(account: Account) -> dict[str, list[str]]:
    """Return the contents of all notes without HTML, by the ids of their leads."""
    texts = defaultdict[str, list[str]](list)
    for note in account.index.notes:
        text = re.sub("<[^>]*>", " ", note["content"])
        texts[note["lead_id"]].append(html.unescape(text).strip())
    return texts


def _response(call: Call, matches: list[Match], additional_data: Json) -> Response:
    extra = names(call.query, "include_fields", ("lead.was_seen",))
    notes = _note_texts(call.account)

    def item(lead: Json) -> Json:
        properties = _item(lead, call.account) | {"notes": notes.get(lead["id"], [])}
        return properties | {"was_seen": lead["was_seen"]} if extra else properties

    return matches_response(matches, item, additional_data)


def _item(lead: Json, account: Account) -> Json:
    """Return a lead in the form of search results, with the names of linked contacts."""
    person = linked_contact(account.persons, lead["person_id"])
    organization = linked_contact(account.organizations, lead["organization_id"])
    amount, currency = money(lead)
    return {
        "id": lead["id"],
        "type": "lead",
        "title": lead["title"],
        "owner": {"id": lead["owner_id"]},
        "person": _link(person),
        "organization": _link(organization),
        "phones": contact_values(person, "phones"),
        "emails": contact_values(person, "emails"),
        "custom_fields": list(_custom_texts(lead, account)),
        "notes": [],
        "value": amount,
        "currency": currency,
        "visible_to": number(lead["visible_to"]),
        "is_archived": lead["is_archived"],
    }


def _link(contact: Json | None) -> Json | None:
    return contact and {"id": contact["id"], "name": contact["name"]}
