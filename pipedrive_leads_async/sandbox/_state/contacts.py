"""Persons and organizations: their addresses and numbers, and the links of leads to them."""

from __future__ import annotations

from typing import Any, Literal

from .._json import Json


def linked_contact(contacts: dict[int, Json], id: Any) -> Json | None:
    """Return the contact with this id, or None.

    Tests can set the id to any value.
    """
    return contacts.get(id) if isinstance(id, int) else None


def contact_details(value: Any) -> list[Json]:
    """Return email addresses or phone numbers in Pipedrive's form.

    The value is one text, one object with the key `value`, or a list of them.
    """
    match value:
        case [*entries]:
            return [detail for entry in entries for detail in contact_details(entry)]
        case {"value": _}:
            return [value]
        case _:
            return [{"label": "work", "value": value, "primary": True}]


def contact_values(person: Json | None, name: Literal["emails", "phones"]) -> list[str]:
    """Return the email addresses or phone numbers of a person as texts; none without a person."""
    details: list[Json] = person.get(name, []) if person else []
    return [str(detail["value"]) for detail in details]
