"""The filters and the sort order of a list of leads, checked and written as a query."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any, Final, SupportsIndex
from urllib.parse import urlencode

import attrs

from ..._shared import checks
from ...enums import ArchivedStatus
from ...errors import InvalidRequestError
from ...models import Organization, Person, User
from ...request_models._ids import OrganizationId, PersonId, UserId, filter_by

_SORT_FIELDS: Final = frozenset(
    {
        "id",
        "title",
        "owner_id",
        "creator_id",
        "was_seen",
        "expected_close_date",
        "next_activity_id",
        "add_time",
        "update_time",
    }
)


def _parse_status(value: ArchivedStatus | str | None) -> ArchivedStatus | None:
    if value is None:
        return None
    known = ", ".join(ArchivedStatus)
    if not isinstance(value, str):
        raise TypeError(f"archived_status must be one of {known}, got {checks.kind_of(value)}")
    try:
        return ArchivedStatus(value)
    except ValueError:
        raise InvalidRequestError(
            f"archived_status must be one of {known}, got {value[:60]!r}"
        ) from None


def round_down(value: dt.datetime | None) -> dt.datetime | None:
    """Return `updated_since` in UTC and whole seconds."""
    # Pipedrive's newer lists refuse fractions of a second.
    return None if value is None else checks.instant("updated_since", value).replace(microsecond=0)


def _check_sort(_: object, __: attrs.Attribute[Any], value: str | None) -> None:
    if value is None:
        return
    checks.text("sort", value)
    for part in value.split(","):
        field, _, direction = part.strip().partition(" ")
        if field not in _SORT_FIELDS or direction not in ("", "ASC", "DESC"):
            raise InvalidRequestError(
                "sort must be a field with ASC or DESC in upper case, such as 'update_time DESC', "
                f"got {part!r}; the fields are {', '.join(sorted(_SORT_FIELDS))}"
            )


@attrs.frozen(kw_only=True)
class LeadFilters:
    """The filters and the sort order of a list of leads.

    Attributes:
        archived_status: The lists to read: open leads, archived leads, or both.
        owner_id: The user that the leads belong to.
        person_id: The person that the leads are linked to.
        organization_id: The organization that the leads are linked to.
        filter_id: The saved filter that the leads match.
        updated_since: The earliest `update_time`, in UTC, rounded down to a second.
        sort: Fields with their directions; None is creation order.

    Raises:
        InvalidRequestError: Pipedrive would refuse a value.
        TypeError: A value has the wrong type.
    """

    archived_status: ArchivedStatus | None = attrs.field(default=None, converter=_parse_status)
    owner_id: UserId | None = attrs.field(default=None, validator=filter_by(User))
    person_id: PersonId | None = attrs.field(default=None, validator=filter_by(Person))
    organization_id: OrganizationId | None = attrs.field(
        default=None, validator=filter_by(Organization)
    )
    filter_id: SupportsIndex | None = attrs.field(
        default=None, validator=checks.checked(checks.integer, optional=True)
    )
    updated_since: dt.datetime | None = attrs.field(default=None, converter=round_down)
    sort: str | None = attrs.field(default=None, validator=_check_sort)

    def query(self) -> dict[str, str]:
        """Return the query parameters for the list of open leads."""
        since = self.updated_since
        values = {
            "archived_status": self.archived_status,
            "owner_id": self.owner_id,
            "person_id": self.person_id,
            "organization_id": self.organization_id,
            "filter_id": self.filter_id,
            "updated_since": since and f"{since.replace(tzinfo=None).isoformat()}Z",
            "sort": self.sort,
        }
        return {name: str(value) for name, value in values.items() if value is not None}

    def archived_query(self) -> dict[str, str]:
        """Return the query parameters for the list of archived leads, which has fewer filters."""
        return attrs.evolve(self, archived_status=None, updated_since=None).query()

    def digest(self) -> str:
        """Return a checksum of the filters.

        A checkpoint contains it, so that a walk with other filters refuses the checkpoint.
        `archived_status` is left out, because a checkpoint names its list.
        """
        query = attrs.evolve(self, archived_status=None).query()
        return f"{zlib.crc32(urlencode(query).encode()):08x}"
