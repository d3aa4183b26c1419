"""The operations on organizations: https://developers.pipedrive.com/docs/api/v1/Organizations.

They exist in v2 only: v1 ended on 2026-08-01.
https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from http import HTTPStatus

from ..._responses import Response, success
from ..operation import Call, operation
from .common import delete_contact, find_contact, named_fields

_OWN = ("address", "website", "linkedin", "industry", "annual_revenue", "employee_count")


@operation("addOrganization", "POST", "/api/v2/organizations", cost=5)
def add_organization(call: Call) -> Response:
    """Add an organization."""
    account = call.account
    organization = account.add_organization(account.clock.tick(), named_fields(call, *_OWN))
    return success(organization, status=HTTPStatus.CREATED)


@operation("getOrganization", "GET", "/api/v2/organizations/{id}", cost=1)
def get_organization(call: Call) -> Response:
    """Return one organization."""
    return success(find_contact(call, call.account.organizations, "organization"))


@operation("deleteOrganization", "DELETE", "/api/v2/organizations/{id}", cost=3)
def delete_organization(call: Call) -> Response:
    """Delete an organization; linked leads keep the id."""
    account = call.account
    return delete_contact(
        call, account.organizations, account.deleted_organizations, "organization"
    )
