"""The operation that searches persons.

https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
"""

from __future__ import annotations

from ..._json import Json
from ..._responses import Response
from ..._state.account import Account
from ..._state.contacts import contact_values, linked_contact
from ..operation import Call, operation
from ..pages import whole_number
from ..search import Texts, find, matches_response, names, page_by_cursor

_TEXTS: Texts = {
    "custom_fields": lambda _: (),  # the sandbox has no custom fields of persons
    "email": lambda person: contact_values(person, "emails"),
    "notes": lambda _: (),  # the sandbox has no notes
    "phone": lambda person: contact_values(person, "phones"),
    "name": lambda person: (person["name"],),
}


@operation("searchPersons", "GET", "/api/v2/persons/search", cost=20, search=True)
def search_persons(call: Call) -> Response:
    """Search persons, in pages by cursor."""
    names(call.query, "include_fields", ("person.picture",))  # the sandbox has no pictures
    persons = call.account.index.persons
    if "organization_id" in call.query:
        organization = whole_number(call.query, "organization_id")
        persons = [person for person in persons if person["org_id"] == organization]
    matches, additional_data = page_by_cursor(call, find(call, persons, _TEXTS))
    return matches_response(matches, lambda person: _item(person, call.account), additional_data)


def _item(person: Json, account: Account) -> Json:
    organization = linked_contact(account.organizations, person["org_id"])
    emails = contact_values(person, "emails")
    return {
        "id": person["id"],
        "type": "person",
        "name": person["name"],
        "phones": contact_values(person, "phones"),
        "emails": emails,
        "primary_email": emails[0] if emails else None,
        "visible_to": person["visible_to"],
        "owner": {"id": person["owner_id"]},
        "organization": organization
        and {
            "id": organization["id"],
            "name": organization["name"],
            "address": organization.get("address"),
        },
        "custom_fields": [],
        "notes": [],
        "update_time": str(person["update_time"] or person["add_time"])[:19].replace("T", " "),
    }
