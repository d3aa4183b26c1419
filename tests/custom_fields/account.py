"""An account with one custom field of every type, named like its type."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import attrs

from pipedrive_leads_async import (
    Address,
    DateRange,
    Lead,
    LeadField,
    LeadFieldOption,
    LeadValue,
    TimeRange,
    VisibleTo,
    custom_field,
)
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
    """Return the key of the field with this name."""
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def field(
    name: str,
    field_type: str = "varchar",
    *,
    key: str | None = None,
    options: Iterable[tuple[int | str, str]] = (),
    active_flag: bool | None = True,
    **extra: Any,
) -> LeadField:
    """Return a field as `get_lead_fields` returns it."""
    offered = tuple(LeadFieldOption(id=id, label=label) for id, label in options)
    return LeadField(
        key=key or key_of(name),
        name=name,
        field_type=field_type,
        options=offered or None,
        active_flag=active_flag,
        extra=extra,
    )


def one_of_each() -> CustomFields:
    """Return the custom fields of the account."""
    return CustomFields(
        field(name, name, options=OPTIONS.items() if name in ("enum", "set") else ())
        for name in TYPES
    )


def lead_with(custom_fields: dict[str, Any]) -> Lead:
    """Return a lead with these custom fields only."""
    return Lead(id=ID, title="Big order", custom_fields=custom_fields)


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    """A lead class with custom fields as attributes, one under a key the account lacks."""

    stage: str | None = custom_field(key_of("enum"))
    budget: float | None = custom_field(key_of("monetary"))
    start: dt.date | None = custom_field(key_of("date"))
    note: str | None = None


NOW = dt.datetime(2024, 10, 15, 9, 33, 33, 213000, tzinfo=dt.UTC)
EMPTY = Lead(id=ID, title="Big order")

FULL = Lead(
    id=ID,
    title="Big order",
    owner_id=1,
    creator_id=2,
    label_ids=("hot", "cold"),
    person_id=3,
    organization_id=4,
    source_name="API",
    origin="API",
    origin_id="order-1",
    channel=5,
    channel_id="campaign",
    source_deal_id=6,
    is_archived=True,
    archive_time=NOW,
    was_seen=True,
    value=LeadValue(amount=1200, currency="EUR"),
    expected_close_date=dt.date(2024, 12, 24),
    next_activity_id=7,
    add_time=NOW.astimezone(dt.timezone(dt.timedelta(hours=2))),
    update_time=NOW,
    visible_to=VisibleTo.LEVEL_3,
    cc_email="x@pipedrivemail.com",
    custom_fields=one_of_each().write(
        {
            **dict.fromkeys(("varchar", "varchar_auto", "text", "phone"), "x"),
            "double": 5,
            "monetary": LeadValue(amount=5, currency="USD"),
            "enum": "Hot",
            "set": ["Cold", "Hot"],
            **dict.fromkeys(("user", "org", "people"), 8),
            "date": dt.date(2024, 1, 1),
            "daterange": DateRange(start=dt.date(2024, 1, 1), until=dt.date(2024, 1, 31)),
            "time": dt.time(9),
            f"{key_of('time')}_timezone_id": 327,
            "timerange": TimeRange(start=dt.time(9), until=dt.time(11)),
            f"{key_of('timerange')}_timezone_id": 304,
            "address": Address(
                **{part.name: part.name.replace("_", " ") for part in attrs.fields(Address)}
            ),
            "hologram": {"depth": 3},
        }
    ),
    extra={"new_time": "2024-10-15 09:33:33"},
)
"""A lead in which every field has a value."""
