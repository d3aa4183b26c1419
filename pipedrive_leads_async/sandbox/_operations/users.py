"""The operation on the current user: https://developers.pipedrive.com/docs/api/v1/Users."""

from __future__ import annotations

from .._responses import Response, success
from .operation import Call, operation


@operation("getCurrentUser", "GET", "/v1/users/me", cost=2)
def get_current_user(call: Call) -> Response:
    """Return the user who owns the credential, with the company."""
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
