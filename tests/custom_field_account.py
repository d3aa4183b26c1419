"""An account with a custom field of every type, named like its type."""

# ruff: noqa: RUF009 - custom_field makes attrs fields, as attrs.field does

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import attrs

from pipedrive_leads_async import Lead, LeadField, LeadFieldOption, custom_field
from pipedrive_leads_async.custom_fields import CustomFields

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"

OPTIONS = {1: "Hot", 2: "Warm", 30: "Cold"}

TYPES = (
    "varchar",
    "varchar_auto",
    "text",
    "phone",
    "double",
    "monetary",
    "enum",
    "set",
    "user",
    "org",
    "people",
    "date",
    "daterange",
    "time",
    "timerange",
    "address",
    "hologram",  # a type that this version does not know
)


def key_of(name: str) -> str:
    """Give the key that a field of this name has here."""
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def field(
    name: str,
    field_type: str = "varchar",
    *,
    key: str | None = None,
    options: Iterable[tuple[int | str, str]] = (),
    **extra: Any,
) -> LeadField:
    """Make a field as `get_lead_fields` gives it."""
    offered = tuple(LeadFieldOption(id=id, label=label) for id, label in options)
    return LeadField(
        key=key or key_of(name),
        name=name,
        field_type=field_type,
        options=offered or None,
        extra=extra,
    )


def one_of_each() -> CustomFields:
    """Give the custom fields of the account."""
    return CustomFields(
        field(name, name, options=OPTIONS.items() if name in ("enum", "set") else ())
        for name in TYPES
    )


def lead_with(custom_fields: dict[str, Any]) -> Lead:
    """Give a lead that has nothing else."""
    return Lead(id=ID, title="Big order", custom_fields=custom_fields)


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    """Has some custom fields as attributes, and a key that the library does not know."""

    stage: str | None = custom_field(key_of("enum"))
    budget: float | None = custom_field(key_of("monetary"))
    start: dt.date | None = custom_field(key_of("date"))
    note: str | None = None
