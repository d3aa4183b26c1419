"""The OAuth scopes of the app, and those that a request needs.

https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations
"""

from __future__ import annotations

ALL_SCOPES = "base,leads:full,search:read,deals:full,contacts:full,users:read,admin"

# By the first segment of the path below the version: a scope with `:full`, which changes need
# and reads accept.
_AREAS = {
    "leads": ("leads",),
    "leadLabels": ("leads",),
    "leadSources": ("leads",),
    "leadFields": ("leads",),
    "deals": ("deals",),
    "dealFields": ("deals",),
    "persons": ("contacts",),
    "organizations": ("contacts",),
    "notes": ("deals", "contacts"),
    "files": ("deals", "contacts", "activities"),
    "activities": ("activities",),
}
_OTHERS = {"users": "users:read", "webhooks": "admin"}
_OWN_USER = "/users/me"  # for `base`, which every token has


def allowed(scope: str, method: str, path: str) -> bool:
    """Return whether a token with this scope may be used for a request.

    Every token may be used for a path that is not listed.
    """
    needed = _needed(method, path)
    return not needed or not needed.isdisjoint(scope.split(","))


def _needed(method: str, path: str) -> set[str]:
    """Return the scopes of which a request needs one; empty if it needs none."""
    area = path.partition("/v1/" if "/v1/" in path else "/v2/")[2].split("/")[0]
    if area in _OTHERS:
        return set() if path.endswith(_OWN_USER) else {_OTHERS[area]}
    needed = {f"{name}:full" for name in _AREAS.get(area, ())}
    if method == "GET":
        needed |= {scope.replace("full", "read") for scope in needed}
        if path.endswith("/search"):
            needed.add("search:read")
        if area.endswith("Fields"):
            needed.add("admin")
    return needed
