"""The operations that search persons and organizations.

https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
https://developers.pipedrive.com/docs/api/v1/Organizations#searchOrganization
"""

from __future__ import annotations

from ..._json import Json
from ..._responses import Response
from ..._state.account import Account
from ..._state.contacts import contact_values, linked_contact
from ..operation import Call, operation
from ..pages import whole_number
from ..search import Texts, find, matches_response, names, page_by_cursor

_COMMON_TEXTS: Texts = {
    "custom_fields": lambda _: (),  # the sandbox has no custom fields of contacts
    "notes": lambda _: (),  # the sandbox does not search notes
    "name": lambda contact: (contact["name"],),
}

_PERSON_TEXTS: Texts = {
    **_COMMON_TEXTS,
    "email": lambda person: contact_values(person, "emails"),
    # It is not documented whether a number is found that is written in another way. The sandbox
    # finds a number as it is written, and its digits alone.
    "phone": lambda person: (
        text for number in contact_values(person, "phones") for text in (number, _digits(number))
    ),
}

_ORGANIZATION_TEXTS: Texts = {
    **_COMMON_TEXTS,
    "address": lambda organization: (organization["address"] or "",),
}


@operation("searchPersons", "GET", "/api/v2/persons/search", cost=20, search=True)
def search_persons(call: Call) -> Response:
    """Search persons, in pages by cursor."""
    names(call.query, "include_fields", ("person.picture",))  # the sandbox has no pictures
    persons = call.account.visible(call.account.index.persons)
    if "organization_id" in call.query:
        organization = whole_number(call.query, "organization_id")
        persons = [person for person in persons if person["org_id"] == organization]
    matches, additional_data = page_by_cursor(call, find(call, persons, _PERSON_TEXTS))
    return matches_response(matches, lambda person: _person(person, call.account), additional_data)


@operation("searchOrganization", "GET", "/api/v2/organizations/search", cost=20, search=True)
def search_organizations(call: Call) -> Response:
    """Search organizations, in pages by cursor."""
    organizations = call.account.visible(call.account.index.organizations)
    found = find(call, organizations, _ORGANIZATION_TEXTS)
    matches, additional_data = page_by_cursor(call, found)
    return matches_response(matches, _organization, additional_data)


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())


def _person(person: Json, account: Account) -> Json:
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


def _organization(organization: Json) -> Json:
    return {
        "id": organization["id"],
        "type": "organization",
        "name": organization["name"],
        "address": organization["address"],
        "visible_to": organization["visible_to"],
        "owner": {"id": organization["owner_id"]},
        "custom_fields": [],
        "notes": [],
    }
