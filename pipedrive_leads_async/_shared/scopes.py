"""The OAuth scopes that requests need, to explain a 403.

https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MISMATCH: Final = "Scope and URL mismatch"
"""The error of a 403 for a token that does not have the scope of the request."""

_AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "leads": ("leads",),
    "leadLabels": ("leads",),
    "leadSources": ("leads",),
    "leadFields": ("leads",),
    "deals": ("deals",),
    "dealFields": ("deals",),
    "pipelines": ("deals",),
    "stages": ("deals",),
    "persons": ("contacts",),
    "organizations": ("contacts",),
    "activities": ("activities",),
    "products": ("products",),
    "notes": ("deals", "contacts"),
    "files": ("deals", "contacts", "activities"),
}
"""By the first segment of a path: areas with the scopes `:read` and `:full`, of which one is
enough."""

_OTHERS: Final[Mapping[str, str]] = {"users": "users:read", "webhooks": "admin"}

_first_segment = re.compile("/v[12]/([A-Za-z]+)").search


def explain_mismatch(method: str, path: str, granted: str | None) -> str:
    """Return what a 403 means for a request, and what to do, as a sentence without a period.

    Args:
        method: The method of the request.
        path: The path of its URL.
        granted: The `Token.scope` that it was sent with, None if it is not known. The sentence
            does not repeat it, because a server may write anything there.
    """
    needed = _needed(method, path)
    names = " or ".join(needed)
    if granted is None and needed:
        what = f"The request needs the scope {names}"
    elif needed and not _is_granted(needed, granted or ""):
        what = f"The token lacks the scope {names}"
    else:
        what = "The token lacks the scope of this request"
    return (
        f"{what}: add it to the app in the Developer Hub, then let the user consent again, "
        "because a token keeps the scopes of its consent"
    )


def _needed(method: str, path: str) -> list[str]:
    """Return the scopes of which a request needs one, without `:full` where `:read` is enough."""
    found = _first_segment(path)
    segment = found[1] if found else ""
    if segment in _OTHERS:
        return [_OTHERS[segment]]
    kind = "read" if method == "GET" else "full"
    needed = [f"{area}:{kind}" for area in _AREAS.get(segment, ())]
    return [*needed, "search:read"] if path.endswith("/search") else needed


def _is_granted(needed: list[str], granted: str) -> bool:
    has = set(granted.split(","))
    return any(scope in has or scope.replace(":read", ":full") in has for scope in needed)
