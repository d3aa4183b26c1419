"""The filters and the sort order of a list of notes, checked and written as a query."""

from __future__ import annotations

import datetime as dt
from typing import Final, SupportsIndex

import attrs

from ..._shared import checks
from ...errors import InvalidRequestError
from ...models import Organization, Person, User
from ...request_models._ids import LeadId, OrganizationId, PersonId, UserId, filter_by, lead_id
from ..lists.lead_filters import round_down

_SORT_FIELDS: Final = {
    "id": "id",
    "user_id": "user_id",
    "deal_id": "deal_id",
    "person_id": "person_id",
    "organization_id": "org_id",
    "org_id": "org_id",
    "content": "content",
    "add_time": "add_time",
    "update_time": "update_time",
}
"""The fields to sort by, and their names in Pipedrive's API."""


def _read_sort(value: str | None) -> str | None:
    """Return a sort order with Pipedrive's names of the fields."""
    if value is None:
        return None
    terms: list[str] = []
    for term in checks.text("sort", value).split(","):
        field, _, direction = term.strip().partition(" ")
        if field not in _SORT_FIELDS or direction not in ("", "ASC", "DESC"):
            raise InvalidRequestError(
                "sort must be a field with ASC or DESC in upper case, such as 'update_time DESC', "
                f"got {term[:60]!r}; the fields are {', '.join(sorted(_SORT_FIELDS))}"
            )
        terms.append(f"{_SORT_FIELDS[field]} {direction}".strip())
    return ",".join(terms)


@attrs.frozen(kw_only=True)
class NoteFilters:
    """The filters and the sort order of a list of notes; None is no filter.

    Attributes:
        lead_id: The lead that the notes belong to.
        person_id: The person that the notes belong to.
        organization_id: The organization that the notes belong to.
        deal_id: The deal that the notes belong to.
        user_id: The author of the notes.
        updated_since: The earliest `update_time`, in UTC, rounded down to a second.
        pinned_to_lead: Whether the notes are pinned to a lead.
        sort: Fields with their directions, with Pipedrive's names.

    Raises:
        InvalidRequestError: Pipedrive would refuse a value.
        TypeError: A value has the wrong type.
    """

    lead_id: LeadId | None = attrs.field(validator=checks.checked(lead_id, optional=True))
    person_id: PersonId | None = attrs.field(validator=filter_by(Person))
    organization_id: OrganizationId | None = attrs.field(validator=filter_by(Organization))
    deal_id: SupportsIndex | None = attrs.field(
        validator=checks.checked(checks.integer, optional=True)
    )
    user_id: UserId | None = attrs.field(validator=filter_by(User))
    updated_since: dt.datetime | None = attrs.field(converter=round_down)
    pinned_to_lead: bool | None = attrs.field(
        validator=checks.checked(checks.boolean, optional=True)
    )
    sort: str | None = attrs.field(converter=_read_sort)

    def query(self) -> dict[str, str]:
        """Return the query parameters."""
        since, pinned = self.updated_since, self.pinned_to_lead
        values = {
            "lead_id": self.lead_id,
            "person_id": self.person_id,
            "org_id": self.organization_id,
            "deal_id": self.deal_id,
            "user_id": self.user_id,
            "updated_since": since and f"{since.replace(tzinfo=None).isoformat()}Z",
            "pinned_to_lead_flag": None if pinned is None else int(pinned),
            "sort": self.sort,
        }
        return {name: str(value) for name, value in values.items() if value is not None}
