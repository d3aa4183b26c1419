"""The ids of persons and organizations as arguments."""

from __future__ import annotations

from ..._shared import checks
from ...models import Organization, Person


def contact_id(name: str, value: object, kind: type[Person | Organization]) -> int:
    """Check an argument that is the id of a contact, or the contact itself, and return the id."""
    return checks.integer(name, value.id if isinstance(value, kind) else value)
