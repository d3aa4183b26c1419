"""The ids that requests and operations take: each can also be the object that has the id."""

# No annotation is a str here: attrs copies the annotations of converters to the constructors of
# requests, in whose modules `typing.get_type_hints` would look the names up.

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, SupportsIndex, TypeAlias, cast

from .._shared import checks
from ..enums import UNSET, UnsetType
from ..models import Lead, LeadLabel, Note, Organization, Person, User, Webhook

LeadId: TypeAlias = str | uuid.UUID | Lead
LabelId: TypeAlias = str | uuid.UUID | LeadLabel
UserId: TypeAlias = SupportsIndex | User
PersonId: TypeAlias = SupportsIndex | Person
OrganizationId: TypeAlias = SupportsIndex | Organization
NoteId: TypeAlias = SupportsIndex | Note
WebhookId: TypeAlias = SupportsIndex | Webhook

Numbered: TypeAlias = type[User | Person | Organization | Note | Webhook]
"""A class whose objects have a number as their id."""

_SOURCES: Final[dict[Numbered, str]] = {
    User: "get_users",
    Person: "search_persons",
    Organization: "search_organizations",
    Note: "get_notes",
    Webhook: "get_webhooks",
}
"""The operation that returns the objects of each class."""


def lead_id(name: str, value: object) -> str:
    """Return the id of a lead."""
    id = value.id if isinstance(value, Lead) else value
    advice = "pass a Lead or its id, as get_leads() returns them"
    if checks.index(value) is not None:
        advice += "; a number is the id of a person, an organization, a user or a deal"
    # Pipedrive writes ids in lower case. Whether it finds them in upper case is not known.
    return checks.uuid(name, id, advice=advice).lower()


def label_id(name: str, value: object) -> str:
    """Return the id of a label."""
    id = value.id if isinstance(value, LeadLabel) else value
    advice = "pass a LeadLabel or its id, as get_lead_labels() returns them"
    return checks.uuid(name, id, advice=advice).lower()


def label_ids(name: str, value: object) -> tuple[str, ...]:
    """Return the ids of labels. A str is refused, although it is an iterable."""
    kind = checks.kind_of(value)
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise TypeError(
            f"{name} must be a list of labels or their ids, got {kind}: write {name}=[...]"
        )
    items = cast("Iterable[object]", value)
    return tuple(label_id(f"{name}[{i}]", item) for i, item in enumerate(items))


def number_id(name: str, value: object, kind: Numbered) -> int:
    """Return the id of a note, a webhook, a user, a person or an organization."""
    if isinstance(value, kind):
        return value.id
    if hasattr(value, "__index__"):
        return checks.integer(name, value)
    wanted = f"{'an' if kind is Organization else 'a'} {kind.__name__}"
    attributes = (kind.__name__.lower(), f"{kind.__name__.lower()}_id", name)
    has = next((each for each in attributes if hasattr(value, each)), None)
    if has is not None:
        advice = f"pass its .{has}"
    elif isinstance(value, str) and value.isdecimal():
        advice = "convert it with int()"
    else:
        advice = f"pass {wanted} or its id, as {_SOURCES[kind]}() returns them"
    raise TypeError(f"{name} must be an int or {wanted}, got {checks.kind_of(value)}: {advice}")


def user_id(name: str, value: object) -> int:
    """Return the id of a user."""
    return number_id(name, value, User)


def person_id(name: str, value: object) -> int:
    """Return the id of a person."""
    return number_id(name, value, Person)


def organization_id(name: str, value: object) -> int:
    """Return the id of an organization."""
    return number_id(name, value, Organization)


def filter_by(kind: Numbered) -> Callable[..., None]:
    """Return the validator of an attribute that is None or an id, and stores the id."""
    return checks.checked(lambda name, value: number_id(name, value, kind), optional=True)


# The converters of attributes. A validator checks the values that they cannot convert.


def as_lead_id(value: LeadId | UnsetType) -> Any:
    """Convert a lead to its id."""
    return value.id if isinstance(value, Lead) else value


def as_label_ids(value: Iterable[LabelId] | UnsetType) -> Any:
    """Convert labels to a tuple of ids."""
    return value if value is UNSET or value is None else label_ids("label_ids", value)


def as_user_id(value: UserId | UnsetType) -> Any:
    """Convert a user to its id."""
    return value.id if isinstance(value, User) else value


def as_person_id(value: PersonId | UnsetType) -> Any:
    """Convert a person to its id."""
    return value.id if isinstance(value, Person) else value


def as_nullable_person_id(value: PersonId | UnsetType | None) -> Any:
    """Convert a person to its id."""
    return value.id if isinstance(value, Person) else value


def as_organization_id(value: OrganizationId | UnsetType) -> Any:
    """Convert an organization to its id."""
    return value.id if isinstance(value, Organization) else value


def as_nullable_organization_id(value: OrganizationId | UnsetType | None) -> Any:
    """Convert an organization to its id."""
    return value.id if isinstance(value, Organization) else value
