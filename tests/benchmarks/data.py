"""Generate distinct leads of about 1 kB, in order of creation, in Pipedrive's format."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

CUSTOM_FIELDS: Final = tuple(f"{number:x}" * 40 for number in range(10))
"""The custom fields of the account; as in most accounts, each lead has only some of them."""

_OPENING: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_INTERVAL: Final = dt.timedelta(seconds=37)


def lead(number: int) -> bytes:
    """Return the JSON of one lead."""
    time = (_OPENING + number * _INTERVAL).strftime("%Y-%m-%dT%H:%M:%S.123Z").encode()
    return _SHAPES[number % len(_SHAPES)] % (number, number, time, time, number)


def lead_id(number: int) -> str:
    """Return the id of a lead."""
    return f"{number:08x}-8ad8-11ef-9e9e-07879dd74146"


def page(start: int, limit: int, total: int) -> bytes:
    """Return the body of a page that starts at `start`."""
    end = min(start + limit, total)
    positions = {"start": start, "limit": limit, "more_items_in_collection": end < total}
    if end < total:
        positions["next_start"] = end
    return b'{"success":true,"data":[%b],"additional_data":{"pagination":%b}}' % (
        b",".join(map(lead, range(start, end))),
        _compact(positions),
    )


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _shape(**changes: Any) -> bytes:
    """Return a template for a lead: its number, used three times, and its two times are open."""
    return _compact(
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
            CUSTOM_FIELDS[0]: "Renewal of last year's contract, with two new sites",
            CUSTOM_FIELDS[1]: 12500,
            CUSTOM_FIELDS[2]: "2026-09-30",
            CUSTOM_FIELDS[3]: "17,21",
            CUSTOM_FIELDS[4]: 0.35,
            CUSTOM_FIELDS[5]: "43",
            "visible_to": "3",
            "cc_email": "sandbox+13313052+leadif7ZKQ7mhWz28%08dLivD9BmE3@pipedrivemail.com",
            **changes,
        }
    )


_SHAPES: Final = (
    _shape(),
    _shape(value=None, label_ids=[], next_activity_id=None),
    _shape(person_id=None, expected_close_date=None, was_seen=False, source_name="API"),
    _shape(organization_id=None, channel=None, origin="API", visible_to="7"),
)
