"""The operations on whom a lead is linked to, and on the user: just enough of each.

Persons and organizations are in v2 alone: v1 ended on 2026-08-01.
https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from ..._json import Json
from ..._responses import Answer, bad_request, not_found, success
from ..operation import Call, operation


@operation("addPerson", "POST", "/api/v2/persons", cost=5)
def add_person(call: Call) -> Answer:
    """Add a person with a name."""
    return success(call.account.add_person(_named(call.fields)))


@operation("getPerson", "GET", "/api/v2/persons/{id}", cost=1)
def get_person(call: Call) -> Answer:
    """Show one person."""
    return _get(call, call.account.persons, "person")


@operation("addOrganization", "POST", "/api/v2/organizations", cost=5)
def add_organization(call: Call) -> Answer:
    """Add an organization with a name."""
    organizations = call.account.organizations
    organization = _named(call.fields) | {"id": max(organizations) + 1}
    organizations[organization["id"]] = organization
    return success(organization)


@operation("getOrganization", "GET", "/api/v2/organizations/{id}", cost=1)
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


def _named(fields: Json) -> Json:
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Name must be given.")
    return fields


def _get(call: Call, contacts: dict[int, Json], kind: str) -> Answer:
    for contact in contacts.values():
        if str(contact["id"]) == call.path["id"]:
            return success(contact)
    raise not_found(kind)
