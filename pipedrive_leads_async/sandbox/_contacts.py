"""The operations on whom a lead is linked to, and on the user: just enough of each."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ._answers import Answer, bad_request, not_found, success
from ._operation import Call, operation

if TYPE_CHECKING:
    from ._account import Json


@operation("addPerson", "POST", "/v1/persons", cost=10)
def add_person(call: Call) -> Answer:
    """Add a person with a name."""
    fields = call.fields
    ways = {way: contact_ways(fields[way]) for way in ("email", "phone") if way in fields}
    return _add(fields | ways, call.account.persons)


@operation("getPerson", "GET", "/v1/persons/{id}", cost=2)
def get_person(call: Call) -> Answer:
    """Show one person."""
    return _get(call, call.account.persons, "person")


@operation("addOrganization", "POST", "/v1/organizations", cost=10)
def add_organization(call: Call) -> Answer:
    """Add an organization with a name."""
    return _add(call.fields, call.account.organizations)


@operation("getOrganization", "GET", "/v1/organizations/{id}", cost=2)
def get_organization(call: Call) -> Answer:
    """Show one organization."""
    return _get(call, call.account.organizations, "organization")


@operation("getCurrentUser", "GET", "/v1/users/me", cost=2)
def get_current_user(call: Call) -> Answer:
    """Show the user whose credentials these are, and the company."""
    company = call.account.company
    return success(
        call.account.me
        | {
            "is_you": True,
            "company_id": company["id"],
            "company_name": company["name"],
            "company_domain": company["domain"],
        }
    )


def contact_ways(given: Any) -> list[Json]:
    """Return addresses or numbers as Pipedrive shows them, in whichever form they were given."""
    match given:
        case [*entries]:
            return [way for entry in entries for way in contact_ways(entry)]
        case {"value": _}:
            return [given]
        case _:
            return [{"label": "work", "value": given, "primary": True}]


def _add(fields: Json, contacts: dict[int, Json]) -> Answer:
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Name must be given.")
    contact = fields | {"id": max(contacts) + 1}
    contacts[contact["id"]] = contact
    return success(contact, status=HTTPStatus.CREATED)


def _get(call: Call, contacts: dict[int, Json], kind: str) -> Answer:
    for contact in contacts.values():
        if str(contact["id"]) == call.path["id"]:
            return success(contact)
    raise not_found(kind)
