"""The operations on users: https://developers.pipedrive.com/docs/api/v1/Users."""

from __future__ import annotations

from .._responses import Response, success
from .operation import Call, operation


@operation("getUsers", "GET", "/v1/users", cost=20)
def get_users(call: Call) -> Response:
    """List the users of the company, including inactive ones."""
    account = call.account
    users = [user | {"is_you": user is account.me} for user in account.users.values()]
    return success(users, additional_data={"company_id": account.company["id"]})


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
            "company_country": "EE",
            "company_industry": "IT Services",
            "language": {"language_code": "en", "country_code": "US"},
        }
    )
