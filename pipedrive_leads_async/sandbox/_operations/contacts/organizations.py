"""The operations on organizations: https://developers.pipedrive.com/docs/api/v1/Organizations.

They exist in v2 only: v1 ended on 2026-08-01.
https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from ..._responses import Response, success
from ..operation import Call, operation
from .common import find_contact, named_fields


@operation("addOrganization", "POST", "/api/v2/organizations", cost=5)
def add_organization(call: Call) -> Response:
    """Add an organization."""
    organizations = call.account.organizations
    organization = named_fields(call) | {"id": max(organizations) + 1}
    organizations[organization["id"]] = organization
    return success(organization)


@operation("getOrganization", "GET", "/api/v2/organizations/{id}", cost=1)
def get_organization(call: Call) -> Response:
    """Return one organization."""
    return success(find_contact(call, call.account.organizations, "organization"))
