"""Persons and organizations: their addresses and numbers, and the links of leads to them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal, cast

from .._json import Json
from .clock import v2_time


def linked_contact(contacts: dict[int, Json], id: Any) -> Json | None:
    """Return the contact with this id, or None.

    Tests can set the id to any value.
    """
    return contacts.get(id) if isinstance(id, int) else None


def split_name(name: Any) -> Json:
    """Return the properties of a person that consist of the name."""
    first_name, _, last_name = str(name).partition(" ")
    return {"name": name, "first_name": first_name, "last_name": last_name or None}


def person_properties(fields: Json) -> Json:
    """Return the properties of a person in Pipedrive's form."""
    details = {
        name: contact_details(fields[name]) for name in ("emails", "phones") if name in fields
    }
    return _with_time(fields | details)


def organization_properties(fields: Json) -> Json:
    """Return the properties of an organization in Pipedrive's form.

    Pipedrive returned the address as a text in March 2026, although it documents an object.
    """
    match fields:
        case {"address": {"value": text}}:
            return _with_time(fields | {"address": text})
        case _:
            return _with_time(fields)


def _with_time(fields: Json) -> Json:
    match fields:
        case {"add_time": str(text)}:
            with suppress(ValueError, OverflowError):  # tests can set any value
                return fields | {"add_time": v2_time(text)}
        case _:
            pass
    return fields


def contact_details(value: Any) -> list[Json]:
    """Return email addresses or phone numbers in Pipedrive's form.

    The value is one text, one object with the key `value`, or a list of them. Only the first
    text of a list is primary.
    """
    match value:
        case [*entries]:
            return [_detail(entry, is_first=i == 0) for i, entry in enumerate(entries)]
        case _:
            return [_detail(value, is_first=True)]


def _detail(entry: Any, *, is_first: bool) -> Json:
    defaults: Json = {"label": "work", "value": entry, "primary": is_first}
    match entry:
        case {"value": _}:
            return defaults | cast("Json", entry)
        case _:
            return defaults


def contact_values(person: Json | None, name: Literal["emails", "phones"]) -> list[str]:
    """Return the email addresses or phone numbers of a person as texts; none without a person."""
    details: list[Json] = person.get(name, []) if person else []
    return [str(detail["value"]) for detail in details]
