"""Bodies of webhooks in Pipedrive's form, and the leads in them."""

from __future__ import annotations

import copy
from typing import Any

from pipedrive_leads_async import Lead, from_dict
from pipedrive_leads_async.webhooks import LeadChanged, LeadCreated, parse_event

ID = "b1810230-6c0d-11ed-9826-a53d0eb706a5"
EVENT_ID = "e235ba60-6c0d-11ed-a825-71d0cf99387b"

ADDRESS = {
    "subpremise": "",
    "street_number": "3a",
    "route": "Mustamäe tee",
    "sublocality": "Kristiine",
    "locality": "Tallinn",
    "admin_area_level_1": "Harju maakond",
    "admin_area_level_2": "",
    "country": "Estonia",
    "postal_code": "10616",
    "formatted_address": "Mustamäe tee 3a, 10616 Tallinn, Estonia",
}
"""The parts of an address; some are empty."""

# As in https://pipedrive.readme.io/docs/webhooks-v2-migration-guide#webhooks-v2-examples
LEAD: dict[str, Any] = {
    "add_time": "2022-11-24T15:35:58.675Z",
    "channel": None,
    "channel_id": None,
    "creator_id": 12415231,
    "custom_fields": {},
    "expected_close_date": None,
    "id": ID,
    "is_archived": False,
    "label_ids": ["134b4de7-dcbc-46ae-b8f2-2eb328eebfe8"],
    "next_activity_id": None,
    "organization_id": 2,
    "origin": "ManuallyCreated",
    "origin_id": None,
    "owner_id": 12415231,
    "person_id": 11,
    "source_name": "Manually created",
    "title": "Lead Org lead",
    "update_time": "2022-11-24T15:37:20.386Z",
    "was_seen": True,
    "value": {"amount": 500, "currency": "EUR"},
}
META: dict[str, Any] = {
    "action": "change",
    "company_id": "8087566",
    "correlation_id": "98178c1e-766b-4e39-80e5-3fada2f15841",
    "entity_id": ID,
    "entity": "lead",
    "id": EVENT_ID,
    "is_bulk_edit": False,
    "timestamp": "2022-11-24T15:37:20.391Z",
    "type": "general",
    "user_id": "12415231",
    "version": "2.0",
    "webhook_id": "4710827",
    "webhook_owner_id": "12094821",
    "change_source": "app",
    "attempt": 2,
    "host": "pd-us.pipedrive.com",
    "permitted_user_ids": ["12415231", "12094821"],
}


def body(
    action: str = "change",
    data: Any = LEAD,
    previous: Any = None,
    **meta: Any,
) -> dict[str, Any]:
    """Return the body of a webhook."""
    whole = {"data": data, "previous": previous, "meta": {**META, "action": action, **meta}}
    return copy.deepcopy(whole)


def changed(previous: Any, data: Any = LEAD) -> LeadChanged[Lead]:
    """Parse an event with previous values."""
    event = parse_event(body("change", data, previous))
    assert isinstance(event, LeadChanged)
    return event


def lead_with(custom_fields: Any, **more: Any) -> Lead:
    """Return the lead of an event with these custom fields."""
    event = parse_event(body("create", {**LEAD, "custom_fields": custom_fields, **more}))
    assert isinstance(event, LeadCreated)
    return event.lead


PLAIN_LEAD = from_dict(Lead, {key: LEAD[key] for key in LEAD if key != "custom_fields"})
