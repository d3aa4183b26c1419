"""The events of leads that webhooks report, and the webhooks that each event is for.

https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from .._json import Json
from .._state.account import Account
from .._state.clock import iso
from .._state.custom_fields import PARTS, CustomField, is_custom_key
from .._state.leads import Change, number

# https://pipedrive.readme.io/docs/webhooks-v2-migration-guide#webhooks-v2-examples
_OMITTED = ("visible_to", "cc_email")
_NESTED = "custom_fields"

# The name of the value in the object of a custom field, by type; "value" for the other types.
_VALUE_NAMES = {
    "daterange": "from",
    "enum": "id",
    "org": "id",
    "people": "id",
    "set": "values",
    "timerange": "from",
    "user": "id",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a lead: the part of the body that is the same for all webhooks."""

    data: Json | None
    previous: Json | None
    meta: Json

    @property
    def name(self) -> str:
        """The name of the event, such as `"create.lead"`."""
        return f"{self.meta['action']}.{self.meta['entity']}"

    def is_for(self, webhook: Json, account: Account) -> bool:
        """Return whether a webhook is subscribed to the event and its user may see the lead."""
        # The owner of the account may see all leads.
        users = (*self.meta["permitted_user_ids"], str(account.owner["id"]))
        return (
            webhook["event_action"] in ("*", self.meta["action"])
            and webhook["event_object"] in ("*", "lead")
            and str(webhook["user_id"]) in users
        )

    def body(self, webhook: Json, attempt: int) -> Json:
        """Return the body that a webhook sends."""
        own_meta = {
            "type": webhook["type"],
            "webhook_id": str(webhook["id"]),
            "webhook_owner_id": str(webhook["owner_id"]),
            "attempt": attempt,
        }
        return {"data": self.data, "previous": self.previous, "meta": self.meta | own_meta}


def event_of(account: Account, change: Change) -> Event | None:
    """Return the event of a change; None if only the update time changed."""
    lead, before = _payload(change.lead, account), change.before
    if change.action == "delete":
        return Event(None, lead, _meta(account, change))
    if before is None:
        return Event(lead, None, _meta(account, change))
    if set(_differences(before, change.lead)) <= {"update_time"}:
        return None
    previous = _differences(_payload(before, account), lead)
    if _NESTED in previous:
        previous[_NESTED] = _differences(previous[_NESTED], lead[_NESTED])
    return Event(lead, previous, _meta(account, change))


def _meta(account: Account, change: Change) -> Json:
    return {
        "action": change.action,
        "entity": "lead",
        "entity_id": change.lead["id"],
        "company_id": str(account.company["id"]),
        "user_id": str(account.me["id"]),
        "id": str(uuid.uuid4()),
        "correlation_id": str(uuid.uuid4()),
        "timestamp": iso(account.clock.tick()),
        "is_bulk_edit": False,
        "change_source": change.source,
        "host": f"{account.company['domain']}.pipedrive.com",
        "version": "2.0",
        "permitted_user_ids": [str(id) for id in account.permitted_users(change.lead)],
    }


def _payload(lead: Json, account: Account) -> Json:
    """Return a lead in the form of webhooks, with every custom field of the account."""
    own = {
        name: value
        for name, value in lead.items()
        if name not in _OMITTED and not is_custom_key(name)
    }
    return own | {_NESTED: {field.key: _nested(field, lead) for field in account.custom_fields}}


def _nested(field: CustomField, lead: Json) -> Json | None:
    """Return the value of a custom field with its type and parts; None if it is not set."""
    value = lead.get(field.key)
    if value is None:
        return None
    if field.field_type == "enum":
        value = number(value)
    elif field.field_type == "set":
        value = [{"id": number(option)} for option in str(value).split(",")]
    empty = "" if field.field_type == "address" else None
    parts = {part: lead.get(f"{field.key}_{part}") for part, *_ in PARTS.get(field.field_type, ())}
    return {
        "type": field.field_type,
        _VALUE_NAMES.get(field.field_type, "value"): value,
        **{name: empty if part is None else part for name, part in parts.items()},
    }


def _differences(before: Json, after: Json) -> Json:
    """Return the properties that differ, with their values in `before`."""
    return {
        name: before.get(name) for name in before | after if before.get(name) != after.get(name)
    }
