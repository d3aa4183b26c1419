"""Generate distinct leads of about 1 kB, in order of creation, in Pipedrive's format."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from typing import Any, Final

CUSTOM_FIELDS: Final = tuple(f"{number:x}" * 40 for number in range(10))
"""The custom fields of the usual account; each lead has values for the first six of them."""

_OPENING: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_INTERVAL: Final = dt.timedelta(seconds=37)


def lead(number: int, *, fields: int = 0) -> bytes:
    """Return the JSON of one lead.

    Args:
        number: The number of the lead, from 0.
        fields: The number of custom fields that the account defines, a multiple of 10; the lead
            has values for ten of them. With 0, it is the usual account.
    """
    time = (_OPENING + number * _INTERVAL).strftime("%Y-%m-%dT%H:%M:%S.123Z").encode()
    custom_fields = _ten_of(fields, number) if fields else _SIX
    shape = _SHAPES[number % len(_SHAPES)]
    return shape % (number, number, time, time, custom_fields, number)


def lead_id(number: int) -> str:
    """Return the id of a lead."""
    return f"{number:08x}-8ad8-11ef-9e9e-07879dd74146"


def page(start: int, limit: int, total: int, *, fields: int = 0) -> bytes:
    """Return the body of a page that starts at `start`."""
    end = min(start + limit, total)
    positions = {"start": start, "limit": limit, "more_items_in_collection": end < total}
    if end < total:
        positions["next_start"] = end
    return b'{"success":true,"data":[%b],"additional_data":{"pagination":%b}}' % (
        b",".join(lead(number, fields=fields) for number in range(start, end)),
        _compact(positions),
    )


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _shape(**changes: Any) -> bytes:
    """Return a template for a lead: its number, its two times and its custom fields are open."""
    template = _compact(
        {
            "id": "%08x-8ad8-11ef-9e9e-07879dd74146",
            "title": "Fjord Shipping and Forwarding, offer number %d",
            "owner_id": 20580207,
            "creator_id": 20580207,
            "label_ids": ["aecece60-c069-11eb-93bf-b59c4f1731e6"],
            "value": {"amount": 3333.5, "currency": "EUR"},
            "expected_close_date": "2026-04-29",
            "person_id": 2104,
            "organization_id": 1377,
            "is_archived": False,
            "source_name": "Manually created",
            "origin": "ManuallyCreated",
            "origin_id": None,
            "channel": 44,
            "channel_id": None,
            "source_deal_id": None,
            "was_seen": True,
            "next_activity_id": 25,
            "add_time": "%b",
            "update_time": "%b",
            "custom fields": "%b",
            "visible_to": "3",
            "cc_email": "sandbox+13313052+leadif7ZKQ7mhWz28%08dLivD9BmE3@pipedrivemail.com",
            **changes,
        }
    )
    return template.replace(b'"custom fields":"%b"', b"%b")


def _ten_of(fields: int, number: int) -> bytes:
    """Return values for ten of an account's custom fields, as they stand in the JSON of a lead.

    A field has the same type in each lead: that of the same place among `_VALUES`.
    """
    groups = fields // len(_VALUES)
    chosen = (place + len(_VALUES) * ((number + place) % groups) for place in range(len(_VALUES)))
    return b",".join(
        b'"%b":%b' % (_key(field), value) for field, value in zip(chosen, _VALUES, strict=True)
    )


@functools.cache
def _key(field: int) -> bytes:
    return hashlib.sha1(str(field).encode(), usedforsecurity=False).hexdigest().encode()


_VALUES: Final = tuple(
    map(
        _compact,
        (
            "Renewal of last year's contract, with two new sites",
            12500,
            "2026-09-30",
            "17,21",
            0.35,
            "43",
            "Bergen",
            120,
            "14:30:00",
            {"value": 2104, "name": "Fjord Shipping"},
        ),
    )
)

_SIX: Final = b",".join(
    b'"%b":%b' % (key.encode(), value)
    for key, value in zip(CUSTOM_FIELDS, _VALUES[:6], strict=False)
)


_SHAPES: Final = (
    _shape(),
    _shape(value=None, label_ids=[], next_activity_id=None),
    _shape(person_id=None, expected_close_date=None, was_seen=False, source_name="API"),
    _shape(organization_id=None, channel=None, origin="API", visible_to="7"),
)
