"""The operation that searches leads, in both versions of the API.

https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._json import Json
from ..._responses import Answer
from ..._state.account import Account, contact_values, linked_contact, money, number
from ..operation import Call, operation
from ..pages import part
from ..search import Find, Texts, find, found, names, page_by_cursor
from .lists import linked

# https://developers.pipedrive.com/docs/api/v1/ItemSearch#searchItem
_SEARCHABLE_TYPES = ("address", "double", "monetary", "phone", "text", "varchar", "varchar_auto")


@operation("searchLeads", "GET", "/v1/leads/search", cost=40, search=True)
def search_leads_by_position(call: Call) -> Answer:
    """Search leads, in pages by position."""
    finds, additional_data = part(_finds(call), call.query)
    return _answer(call, finds, additional_data)


@operation("searchLeads", "GET", "/api/v2/leads/search", cost=20, search=True)
def search_leads(call: Call) -> Answer:
    """Search leads, in pages that a cursor leads from one to the next."""
    finds, additional_data = page_by_cursor(call, _finds(call))
    return _answer(call, finds, additional_data)


def _finds(call: Call) -> list[Find]:
    leads = linked(call.account.index.leads, call.query, "person_id", "organization_id")
    texts: Texts = {
        "custom_fields": lambda lead: _custom_texts(lead, call.account),
        "notes": lambda _: (),  # they cannot be made here
        "title": lambda lead: (lead["title"],),
    }
    return find(call, leads, texts)


def _custom_texts(lead: Json, account: Account) -> Iterator[str]:
    for field in account.custom_fields:
        if field.field_type in _SEARCHABLE_TYPES and lead.get(field.key) is not None:
            yield str(lead[field.key])


def _answer(call: Call, finds: list[Find], additional_data: Json) -> Answer:
    extra = names(call.query, "include_fields", ("lead.was_seen",))

    def item(lead: Json) -> Json:
        shown = _item(lead, call.account)
        return shown | {"was_seen": lead["was_seen"]} if extra else shown

    return found(finds, item, additional_data)


def _item(lead: Json, account: Account) -> Json:
    """Show a lead as searches do: flat, and with the names of whom it is linked to."""
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
