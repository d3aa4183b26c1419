"""The operations on organizations: https://developers.pipedrive.com/docs/api/v1/Organizations.

They exist in v2 only: v1 ended on 2026-08-01.
https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from http import HTTPStatus

from ..._responses import Response, success
from ..operation import Call, operation
from . import lists
from .common import delete_contact, find_contact
from .rules import ORGANIZATION_RULES, changed_properties, new_properties


@operation("getOrganizations", "GET", "/api/v2/organizations", cost=10)
def get_organizations(call: Call) -> Response:
    """List organizations, in pages by cursor."""
    organizations = call.account.visible(call.account.organizations.values())
    return lists.page(organizations, call.query, "owner_id")


@operation("addOrganization", "POST", "/api/v2/organizations", cost=5)
def add_organization(call: Call) -> Response:
    """Add an organization."""
    account = call.account
    fields = new_properties(call, ORGANIZATION_RULES)
    organization = account.add_organization(account.clock.tick(), fields)
    return success(organization, status=HTTPStatus.CREATED)


@operation("getOrganization", "GET", "/api/v2/organizations/{id}", cost=1)
def get_organization(call: Call) -> Response:
    """Return one organization."""
    return success(find_contact(call, call.account.organizations, "organization"))


@operation("updateOrganization", "PATCH", "/api/v2/organizations/{id}", cost=5)
def update_organization(call: Call) -> Response:
    """Change an organization."""
    account = call.account
    organization = find_contact(call, account.organizations, "organization")
    fields = changed_properties(call, ORGANIZATION_RULES)
    return success(account.change_organization(account.clock.tick(), organization, fields))


@operation("deleteOrganization", "DELETE", "/api/v2/organizations/{id}", cost=3)
def delete_organization(call: Call) -> Response:
    """Delete an organization; linked leads keep the id."""
    account = call.account
    return delete_contact(
        call, account.organizations, account.deleted_organizations, "organization"
    )
