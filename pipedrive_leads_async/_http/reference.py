"""List every operation of Pipedrive's reference with its path and its cost in tokens.

https://developers.pipedrive.com/docs/api/v1/Leads
https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

from typing import Final

import attrs

from .._shared import checks
from ..errors import InvalidRequestError


@attrs.frozen
class Operation:
    """One operation of the reference.

    Attributes:
        id: Pipedrive's operation id.
        method: The HTTP verb.
        path: The path below the version, with placeholders such as `{id}`.
        cost: Tokens of the daily budget; the size of the response does not matter.
        version: The version of the API, 1 or 2.
        search: Whether it counts in the burst window of searches.
    """

    id: str
    method: str
    path: str
    cost: int
    version: int = 1
    search: bool = False


GET_LEADS: Final = Operation("getLeads", "GET", "/leads", 20)
GET_ARCHIVED_LEADS: Final = Operation("getArchivedLeads", "GET", "/leads/archived", 40)
GET_LEAD: Final = Operation("getLead", "GET", "/leads/{id}", 2)
ADD_LEAD: Final = Operation("addLead", "POST", "/leads", 10)
UPDATE_LEAD: Final = Operation("updateLead", "PATCH", "/leads/{id}", 10)
DELETE_LEAD: Final = Operation("deleteLead", "DELETE", "/leads/{id}", 6)
GET_LEAD_LABELS: Final = Operation("getLeadLabels", "GET", "/leadLabels", 10)
ADD_LEAD_LABEL: Final = Operation("addLeadLabel", "POST", "/leadLabels", 10)
UPDATE_LEAD_LABEL: Final = Operation("updateLeadLabel", "PATCH", "/leadLabels/{id}", 10)
DELETE_LEAD_LABEL: Final = Operation("deleteLeadLabel", "DELETE", "/leadLabels/{id}", 6)
GET_LEAD_SOURCES: Final = Operation("getLeadSources", "GET", "/leadSources", 2)
SEARCH_LEADS: Final = Operation("searchLeads", "GET", "/leads/search", 20, version=2, search=True)
GET_LEAD_USERS: Final = Operation("getLeadUsers", "GET", "/leads/{id}/permittedUsers", 10)
GET_LEAD_FIELDS: Final = Operation("getLeadFields", "GET", "/leadFields", 20)
CONVERT_LEAD_TO_DEAL: Final = Operation(
    "convertLeadToDeal", "POST", "/leads/{id}/convert/deal", 40, version=2
)
CONVERT_DEAL_TO_LEAD: Final = Operation(
    "convertDealToLead", "POST", "/deals/{id}/convert/lead", 40, version=2
)
GET_LEAD_CONVERSION_STATUS: Final = Operation(
    "getLeadConversionStatus", "GET", "/leads/{id}/convert/status/{conversion_id}", 1, version=2
)
GET_DEAL_CONVERSION_STATUS: Final = Operation(
    "getDealConversionStatus", "GET", "/deals/{id}/convert/status/{conversion_id}", 1, version=2
)
GET_USERS: Final = Operation("getUsers", "GET", "/users", 20)
GET_CURRENT_USER: Final = Operation("getCurrentUser", "GET", "/users/me", 2)

GET_WEBHOOKS: Final = Operation("getWebhooks", "GET", "/webhooks", 10)
ADD_WEBHOOK: Final = Operation("addWebhook", "POST", "/webhooks", 10)
DELETE_WEBHOOK: Final = Operation("deleteWebhook", "DELETE", "/webhooks/{id}", 6)
GET_PERSONS: Final = Operation("getPersons", "GET", "/persons", 10, version=2)
GET_PERSON: Final = Operation("getPerson", "GET", "/persons/{id}", 1, version=2)
ADD_PERSON: Final = Operation("addPerson", "POST", "/persons", 5, version=2)
UPDATE_PERSON: Final = Operation("updatePerson", "PATCH", "/persons/{id}", 5, version=2)
SEARCH_PERSONS: Final = Operation(
    "searchPersons", "GET", "/persons/search", 20, version=2, search=True
)
GET_ORGANIZATIONS: Final = Operation("getOrganizations", "GET", "/organizations", 10, version=2)
GET_ORGANIZATION: Final = Operation("getOrganization", "GET", "/organizations/{id}", 1, version=2)
ADD_ORGANIZATION: Final = Operation("addOrganization", "POST", "/organizations", 5, version=2)
UPDATE_ORGANIZATION: Final = Operation(
    "updateOrganization", "PATCH", "/organizations/{id}", 5, version=2
)
SEARCH_ORGANIZATIONS: Final = Operation(
    "searchOrganization", "GET", "/organizations/search", 20, version=2, search=True
)

GET_NOTES: Final = Operation("getNotes", "GET", "/notes", 20)
GET_NOTE: Final = Operation("getNote", "GET", "/notes/{id}", 2)
ADD_NOTE: Final = Operation("addNote", "POST", "/notes", 10)
UPDATE_NOTE: Final = Operation("updateNote", "PUT", "/notes/{id}", 10)
DELETE_NOTE: Final = Operation("deleteNote", "DELETE", "/notes/{id}", 6)

LARGEST_PAGE: Final = 500
"""The maximum number of items of a page: https://pipedrive.readme.io/docs/core-api-concepts-pagination."""

_LONGEST_PATH: Final = 4096
"""The maximum number of characters of a path; servers refuse longer URLs."""


def any_operation(method: str, path: str) -> Operation:
    """Return the operation of any other endpoint; its cost is unknown and counts as 0.

    Args:
        method: GET, POST, PUT, PATCH or DELETE.
        path: The path from `/v1/` or `/api/v2/` on, without a query.

    Raises:
        InvalidRequestError: The method or the path is not valid.
    """
    checks.text("method", method)
    checks.text("path", path)
    if len(path) > _LONGEST_PATH:
        raise InvalidRequestError(f"path has more than {_LONGEST_PATH:,} characters: shorten it")
    if method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        raise InvalidRequestError("method must be one of GET, POST, PUT, PATCH, DELETE")
    version, prefix = (2, "/api/v2") if path.startswith("/api/v2/") else (1, "/v1")
    segments = path.removeprefix(f"{prefix}/").split("/")
    if (
        not path.startswith(f"{prefix}/")
        or not all(segments)
        or {".", ".."} & set(segments)
        or any(not (c.isascii() and (c.isalnum() or c in "-._~:(),")) for s in segments for c in s)
    ):
        raise InvalidRequestError(
            "path must begin with /v1/ or /api/v2/ and continue in plain segments, such as "
            "/api/v2/persons/42: pass query parameters as params"
        )
    search = "search" in path.lower()
    return Operation(f"{method} {path}", method, path.removeprefix(prefix), 0, version, search)
