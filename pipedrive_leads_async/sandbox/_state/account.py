"""The state of one Pipedrive account: leads, and all that has to do with them."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from .._json import Json
from .clock import Clock, iso, iso_seconds, time_uuid
from .custom_fields import CustomField
from .jobs import Jobs

Source: TypeAlias = Literal["api", "app"]
"""Whether a program did it or somebody in Pipedrive, as the controls do."""

_NODE = 0x07879DD74145  # with the number of the account, the last part of its ids


class Change(NamedTuple):
    """What was done to a lead: as it is now, or was at the end, and as it was before."""

    action: Literal["create", "change", "delete"]
    lead: Json
    before: Json | None
    source: Source


class Leads:
    """Leads in the order of their creation; `listener` is told of each change.

    A lead is replaced, never changed in place: what was handed out stays as it was.
    """

    def __init__(self, leads: Iterable[Json]) -> None:
        self._by_id = {str(lead["id"]): lead for lead in leads}
        self._lists: dict[bool | None, list[Json]] = {}
        self.listener: Callable[[Change], None] = lambda _: None

    def get(self, id: str) -> Json | None:
        """Return the lead, archived or not."""
        return self._by_id.get(id)

    def put(self, lead: Json, source: Source = "api") -> None:
        """Replace the lead in its place, or add it at the end."""
        before = self._by_id.get(lead["id"])
        self._by_id[lead["id"]] = lead
        self._lists.clear()
        self.listener(Change("change" if before else "create", lead, before, source))

    def remove(self, id: str, source: Source = "api") -> None:
        """Forget the lead."""
        lead = self._by_id.pop(id)
        self._lists.clear()
        self.listener(Change("delete", lead, lead, source))

    def listed(self, *, archived: bool | None) -> list[Json]:
        """Return the archived leads, the open ones, or with None both.

        The list is kept until the next write, so that serving a page is one slice.
        """
        if archived not in self._lists:
            self._lists[archived] = [
                lead
                for lead in self._by_id.values()
                if archived is None or lead["is_archived"] is archived
            ]
        return self._lists[archived]


def money(lead: Json) -> tuple[Any, Any]:
    """Return the amount and the currency of a lead's value, None and None where it has none."""
    match lead["value"]:
        case {"amount": amount, "currency": currency}:
            return amount, currency
        case _:
            return None, None


def number(value: Any) -> Any:
    """Return a number that is written as a text; a test may have put anything else there."""
    return int(value) if str(value).isdecimal() else value


def linked_contact(contacts: dict[int, Json], id: Any) -> Json | None:
    """Return the contact with this id; a test may have put anything else there."""
    return contacts.get(id) if isinstance(id, int) else None


def contact_ways(given: Any) -> list[Json]:
    """Return addresses or numbers as Pipedrive shows them, in whichever form they were given."""
    match given:
        case [*entries]:
            return [way for entry in entries for way in contact_ways(entry)]
        case {"value": _}:
            return [given]
        case _:
            return [{"label": "work", "value": given, "primary": True}]


def contact_values(person: Json | None, name: Literal["emails", "phones"]) -> list[str]:
    """Return the plain addresses or numbers of a person, if there is one."""
    ways: list[Json] = person.get(name, []) if person else []
    return [str(way["value"]) for way in ways]


class Index(NamedTuple):
    """What searches look through."""

    leads: list[Json]
    persons: list[Json]


@dataclass(slots=True, kw_only=True)
class Account:
    """Everything that one company keeps in Pipedrive, as far as leads need it."""

    number: int
    company: Json
    users: dict[int, Json]
    organizations: dict[int, Json]
    persons: dict[int, Json]
    labels: dict[str, Json]
    custom_fields: list[CustomField]
    leads: Leads
    deals: dict[int, Json]
    conversions: Jobs
    clock: Clock
    random: random.Random
    honours_archived_status: bool
    last_deal_id: int = 0
    webhooks: dict[int, Json] = field(default_factory=dict[int, Json])
    last_webhook_id: int = 0
    stalled_index: Index | None = None

    @property
    def me(self) -> Json:
        """The user who owns the credentials."""
        return next(iter(self.users.values()))

    @property
    def index(self) -> Index:
        """What searches know: all that there is, or was when the index stalled."""
        up_to_date = Index(self.leads.listed(archived=None), list(self.persons.values()))
        return self.stalled_index or up_to_date

    def permitted_users(self, lead: Json) -> list[Any]:
        """Return who may see a lead: all users, unless it is its owner's alone."""
        is_private = lead["visible_to"] == "1"
        return [lead["owner_id"]] if is_private else list(self.users)

    def new_lead(self, moment: int, fields: Json) -> Json:
        """Return a lead made at this moment, with a default for all that `fields` leaves out."""
        time = iso(moment)
        code = base64.b64encode(self.random.randbytes(16), b"Pd")[:22].decode()
        defaults: Json = {
            "id": time_uuid(moment, _NODE + self.number),
            "title": "New lead",
            "owner_id": self.me["id"],
            "creator_id": self.me["id"],
            "label_ids": [],
            "value": None,
            "expected_close_date": None,
            "person_id": None,
            "organization_id": None,
            "is_archived": False,
            "source_name": "Manually created",
            "origin": "ManuallyCreated",
            "origin_id": None,
            "channel": None,
            "channel_id": None,
            "source_deal_id": None,
            "was_seen": True,
            "next_activity_id": None,
            "add_time": time,
            "update_time": time,
            "visible_to": "3",
            "cc_email": f"{self.company['domain']}+{self.company['id']}+lead{code}"
            "@pipedrivemail.com",
        }
        return defaults | fields

    def add_person(self, fields: Json) -> Json:
        """Add a person, with a default for all that `fields` leaves out, and return it."""
        defaults: Json = {
            "name": "New person",
            "owner_id": self.me["id"],
            "org_id": None,
            "visible_to": 3,
        }
        ways = {way: contact_ways(fields[way]) for way in ("emails", "phones") if way in fields}
        id = max(self.persons, default=0) + 1
        self.persons[id] = defaults | fields | ways | {"id": id}
        return self.persons[id]

    def new_label(self, moment: int, name: str, color: str) -> Json:
        """Return a label made at this moment."""
        time = iso(moment)
        return {
            "id": time_uuid(moment, _NODE + self.number),
            "name": name,
            "color": color,
            "add_time": time,
            "update_time": time,
        }

    def new_deal(self, moment: int, fields: Json) -> Json:
        """Return a deal made at this moment, with a default for all that `fields` leaves out."""
        self.last_deal_id += 1
        time = iso_seconds(moment)
        defaults: Json = {
            "id": self.last_deal_id,
            "title": "New deal",
            "user_id": self.me["id"],
            "creator_user_id": self.me["id"],
            "person_id": None,
            "org_id": None,
            "pipeline_id": 1,
            "stage_id": 1,
            "status": "open",
            "value": 0,
            "currency": "EUR",
            "expected_close_date": None,
            "origin": "ManuallyCreated",
            "origin_id": None,
            "channel": None,
            "channel_id": None,
            "visible_to": "3",
            "add_time": time,
            "update_time": time,
        }
        return defaults | fields

    def new_custom_field(
        self, moment: int, name: str, field_type: str, labels: Iterable[str]
    ) -> CustomField:
        """Return a field made at this moment, whose options have these labels."""
        given = [id for field in self.custom_fields for id, _ in field.options]
        options = tuple(enumerate(labels, max(given) + 1))
        key = self.random.randbytes(20).hex()
        return CustomField(key, name, field_type, options, iso_seconds(moment))

    def new_webhook(self, moment: int, fields: Json) -> Json:
        """Return a webhook made at this moment, with a default for all that `fields` leaves out."""
        self.last_webhook_id += 1
        user_id = fields.get("user_id", self.me["id"])
        defaults: Json = {
            # Whose account it is of can be told from the id, as at Pipedrive.
            "id": self.number * 1_000_000 + self.last_webhook_id,
            "company_id": self.company["id"],
            "owner_id": user_id,
            "user_id": user_id,
            "event_action": "*",
            "event_object": "lead",
            "version": "2.0",
            "is_active": 1,
            "add_time": iso(moment),
            "remove_time": None,
            "type": "general",
            "http_auth_user": None,
            "http_auth_password": None,
            "remove_reason": None,
            "last_delivery_time": None,
            "last_http_status": None,
            "admin_id": self.me["id"],
            "name": "Webhook",
        }
        return defaults | fields
