"""The searches for persons and organizations."""

from __future__ import annotations

from typing import Final

import attrs

from ..._http.reference import SEARCH_ORGANIZATIONS, SEARCH_PERSONS
from ...models import OrganizationSearchResult, PersonSearchResult
from ..search.pages import Search


@attrs.frozen(kw_only=True)
class PersonSearchItem:
    """One item of a search response: a person, and a score for how well it matches."""

    item: PersonSearchResult
    result_score: float | None = None


@attrs.frozen(kw_only=True)
class OrganizationSearchItem:
    """One item of a search response: an organization, and a score for how well it matches."""

    item: OrganizationSearchResult
    result_score: float | None = None


PERSON_SEARCH: Final = Search(
    SEARCH_PERSONS, PersonSearchItem, ("custom_fields", "email", "name", "notes", "phone")
)
ORGANIZATION_SEARCH: Final = Search(
    SEARCH_ORGANIZATIONS, OrganizationSearchItem, ("address", "custom_fields", "name", "notes")
)
