"""The rows of persons and organizations in the table of every public operation."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async import (
    AddOrganizationRequest,
    AddPersonRequest,
    LeadsClient,
    Organization,
    OrganizationSearchResult,
    Person,
    PersonSearchResult,
    UpdateOrganizationRequest,
    UpdatePersonRequest,
    from_dict,
)
from tests.every_operation.table.exchanges import (
    Exchange,
    Kind,
    Operation,
    collect,
    envelope,
    last_results,
)

EMAIL: Final = "ann@lee.example"
NEW_PERSON: Final = AddPersonRequest(name="Ann Lee", emails=[EMAIL])
NEW_ORGANIZATION: Final = AddOrganizationRequest(name="Acme Ltd")

PERSON_ROW: Final = {"id": 42, "name": "Ann Lee", "emails": [{"value": EMAIL, "primary": True}]}
ORGANIZATION_ROW: Final = {"id": 43, "name": "Acme Ltd"}

PERSON: Final = from_dict(Person, PERSON_ROW)
ORGANIZATION: Final = from_dict(Organization, ORGANIZATION_ROW)

ONE_PERSON: Final = Exchange(envelope(PERSON_ROW), PERSON, envelope(PERSON_ROW | {"name": 5}))
ONE_ORGANIZATION: Final = Exchange(
    envelope(ORGANIZATION_ROW), ORGANIZATION, envelope(ORGANIZATION_ROW | {"name": 5})
)
FOUND_PERSONS: Final = Exchange(
    last_results({"item": {"id": 42, "name": "Ann Lee", "emails": [EMAIL]}}),
    [PersonSearchResult(id=42, name="Ann Lee", emails=(EMAIL,))],
    last_results({"item": {"id": 42, "name": 5}}),
)
FOUND_ORGANIZATIONS: Final = Exchange(
    last_results({"item": ORGANIZATION_ROW}),
    [OrganizationSearchResult(id=43, name="Acme Ltd")],
    last_results({"item": ORGANIZATION_ROW | {"name": 5}}),
)

# So many candidates that they are read by one list: a 404 of one person is no error.
CANDIDATES: Final = last_results(*({"item": {"id": id, "name": "Ann"}} for id in range(42, 53)))
LISTED_PERSON: Final = Exchange(
    envelope([PERSON_ROW]), PERSON, envelope([PERSON_ROW | {"name": 5}])
)


async def ensure_person(client: LeadsClient) -> Person:
    return (await client.ensure_person(NEW_PERSON)).person


async def ensure_organization(client: LeadsClient) -> Organization:
    return (await client.ensure_organization(NEW_ORGANIZATION)).organization


CONTACT_OPERATIONS: Final = [
    Operation("get_person", Kind.READ, lambda c: c.get_person(42), ONE_PERSON),
    Operation("get_organization", Kind.READ, lambda c: c.get_organization(43), ONE_ORGANIZATION),
    Operation(
        "search_persons", Kind.READ, lambda c: collect(c.search_persons("Ann")), FOUND_PERSONS
    ),
    Operation(
        "search_organizations",
        Kind.READ,
        lambda c: collect(c.search_organizations("Acme")),
        FOUND_ORGANIZATIONS,
    ),
    Operation(
        "update_person",
        Kind.PATCH,
        lambda c: c.update_person(42, UpdatePersonRequest(name="Ann Lee")),
        ONE_PERSON,
    ),
    Operation(
        "update_organization",
        Kind.PATCH,
        lambda c: c.update_organization(43, UpdateOrganizationRequest(name="Acme Ltd")),
        ONE_ORGANIZATION,
    ),
    Operation("add_person", Kind.POST, lambda c: c.add_person(NEW_PERSON), ONE_PERSON),
    Operation(
        "add_organization",
        Kind.POST,
        lambda c: c.add_organization(NEW_ORGANIZATION),
        ONE_ORGANIZATION,
    ),
    Operation(
        "ensure_person (found)", Kind.READ, ensure_person, LISTED_PERSON, before=(CANDIDATES,)
    ),
    Operation(
        "ensure_person (added)", Kind.POST, ensure_person, ONE_PERSON, before=(last_results(),)
    ),
    Operation(
        "ensure_organization (added)",
        Kind.POST,
        ensure_organization,
        ONE_ORGANIZATION,
        before=(last_results(),),
    ),
]
