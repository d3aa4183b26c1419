"""The data of one Pipedrive account, and the records that it creates."""

from __future__ import annotations

import random
import string
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .._json import Json
from .clock import Clock, iso, iso_seconds, time_uuid, v2_seconds
from .contacts import organization_properties, person_properties, split_name
from .custom_fields import CustomField
from .jobs import Jobs
from .leads import Leads, Source
from .notes import Notes

_DIGITS = string.digits + string.ascii_lowercase
_NODE = 0x07879DD74145  # plus the number of the account: the last part of its UUIDs


class SearchIndex(NamedTuple):
    """The leads with their notes, the persons and organizations that searches can find."""

    leads: list[Json]
    persons: list[Json]
    organizations: list[Json]
    notes: list[Json]


@dataclass(slots=True, kw_only=True)
class Account:
    """The data of one company in Pipedrive, as far as leads need it."""

    number: int
    company: Json
    users: dict[int, Json]
    organizations: dict[int, Json]
    persons: dict[int, Json]
    labels: dict[str, Json]
    leads: Leads
    deals: dict[int, Json]
    conversions: Jobs
    clock: Clock
    random: random.Random
    honours_archived_status: bool
    last_deal_id: int = 0
    custom_fields: list[CustomField] = field(default_factory=list[CustomField])
    last_field_number: int = 0
    last_option_id: int = 0
    webhooks: dict[int, Json] = field(default_factory=dict[int, Json])
    last_webhook_id: int = 0
    notes: Notes = field(default_factory=Notes)
    files: dict[int, Json] = field(default_factory=dict[int, Json])
    stalled_index: SearchIndex | None = None
    current_user_id: int | None = None
    deleted_persons: set[int] = field(default_factory=set[int])
    deleted_organizations: set[int] = field(default_factory=set[int])

    @property
    def owner(self) -> Json:
        """The user who created the company, and who may see all leads."""
        return next(iter(self.users.values()))

    @property
    def me(self) -> Json:
        """The user who makes the current request, or the owner of the account."""
        return self.owner if self.current_user_id is None else self.users[self.current_user_id]

    @contextmanager
    def used_by(self, user_id: int) -> Generator[None, None, None]:
        """Set the user who makes a request; the caller holds the lock of the sandbox."""
        self.current_user_id = user_id
        try:
            yield
        finally:
            self.current_user_id = None

    @property
    def index(self) -> SearchIndex:
        """The current data, or the data at the time when the index was stalled."""
        up_to_date = SearchIndex(
            self.leads.listed(archived=None),
            list(self.persons.values()),
            list(self.organizations.values()),
            self.notes.listed(),
        )
        return self.stalled_index or up_to_date

    def custom_field(self, key: str) -> CustomField | None:
        """Return the custom field with this key, or with a part that has this key."""
        field_key = key.partition("_")[0]
        return next((field for field in self.custom_fields if field.key == field_key), None)

    def delete_lead(self, id: str, source: Source = "api") -> None:
        """Delete a lead, with the notes that belong to nothing else."""
        self.leads.remove(id, source)
        self.notes.forget("lead_id", id)

    def permitted_users(self, lead: Json) -> list[Any]:
        """Return the ids of the users who may see a lead: all, or the owner of a private lead."""
        is_private = lead["visible_to"] == "1"
        return [lead["owner_id"]] if is_private else list(self.users)

    def sees(self, record: Json) -> bool:
        """Return whether the current user may see a lead, a person or an organization.

        A private one is visible to its owner and to the owner of the account.
        """
        is_private = str(record["visible_to"]) == "1"
        return not is_private or self.me is self.owner or self.me["id"] == record["owner_id"]

    def visible(self, records: Iterable[Json]) -> list[Json]:
        """Return the records that the current user may see."""
        if self.me is self.owner:
            return list(records)
        return [record for record in records if self.sees(record)]

    def add_user(self, moment: int, fields: Json) -> Json:
        """Add and return a user, with the properties of the owner as defaults."""
        # The ids of the users of all accounts differ below the millions.
        id = max(self.users) + 1_000_000
        name, time = str(fields.get("name", "New user")), iso_seconds(moment)
        own: Json = {
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}@{self.company['domain']}.example",
            "is_admin": 0,
            "has_created_company": False,
            "created": time,
            "modified": time,
            "last_login": time,
        }
        self.users[id] = self.owner | own | fields | {"id": id}
        return self.users[id]

    def new_lead(self, moment: int, fields: Json) -> Json:
        """Return a lead created at this moment, with defaults for properties not in `fields`."""
        time = iso(moment)
        code = _base36(int.from_bytes(self.random.randbytes(16)), digits=25)
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
            "archive_time": None,
            "source_name": "Manually created",
            "source_deal_id": None,
            "origin": "ManuallyCreated",
            "origin_id": None,
            "channel": None,
            "channel_id": None,
            "was_seen": True,
            "next_activity_id": None,
            "add_time": time,
            "update_time": time,
            "visible_to": "3",
            "cc_email": f"{self.company['domain']}+{self.company['id']}+lead{code}"
            "@pipedrivemail.com",
        }
        return defaults | fields

    def add_person(self, moment: int, fields: Json) -> Json:
        """Add and return a person, with defaults for properties not in `fields`."""
        defaults: Json = {
            **split_name(fields.get("name", "New person")),
            **self._contact(moment),
            "custom_fields": {},
            "org_id": None,
            "picture_id": None,
            "phones": [],
            "emails": [],
        }
        id = max(self.persons.keys() | self.deleted_persons, default=0) + 1
        self.persons[id] = {"id": id} | defaults | person_properties(fields) | {"id": id}
        return self.persons[id]

    def change_person(self, moment: int, person: Json, fields: Json) -> Json:
        """Change and return a person; its custom fields keep those that are not in `fields`."""
        names = split_name(fields["name"]) if "name" in fields else {}
        changed = names | person_properties(_merged(person, fields))
        self.persons[person["id"]] = person | changed | {"update_time": v2_seconds(moment)}
        return self.persons[person["id"]]

    def add_organization(self, moment: int, fields: Json) -> Json:
        """Add and return an organization, with defaults for properties not in `fields`."""
        defaults: Json = {
            "name": "New organization",
            **self._contact(moment),
            "custom_fields": None,
            "website": None,
            "linkedin": None,
            "industry": None,
            "annual_revenue": None,
            "employee_count": None,
            "address": None,
        }
        id = max(self.organizations.keys() | self.deleted_organizations, default=0) + 1
        self.organizations[id] = (
            {"id": id} | defaults | organization_properties(fields) | {"id": id}
        )
        return self.organizations[id]

    def change_organization(self, moment: int, organization: Json, fields: Json) -> Json:
        """Change and return an organization, as `change_person` does."""
        id = organization["id"]
        changed = organization_properties(_merged(organization, fields))
        self.organizations[id] = organization | changed | {"update_time": v2_seconds(moment)}
        return self.organizations[id]

    def _contact(self, moment: int) -> Json:
        """Return the properties that persons and organizations have in common."""
        return {
            "add_time": v2_seconds(moment),
            "update_time": None,
            "visible_to": 3,
            "owner_id": self.me["id"],
            "label_ids": [],
            "is_deleted": False,
        }

    def new_label(self, moment: int, name: str, color: str) -> Json:
        """Return a label created at this moment."""
        time = iso(moment)
        return {
            "id": time_uuid(moment, _NODE + self.number),
            "name": name,
            "color": color,
            "add_time": time,
            "update_time": time,
        }

    def new_deal(self, moment: int, fields: Json) -> Json:
        """Return a deal created at this moment, with defaults for properties not in `fields`."""
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

    def add_custom_field(
        self, moment: int, name: str, field_type: str, labels: Iterable[str]
    ) -> CustomField:
        """Add and return a field created at this moment, with one option for each label."""
        options = tuple(enumerate(labels, self.last_option_id + 1))
        key = self.random.randbytes(20).hex()
        self.put_custom_field(CustomField(key, name, field_type, options, iso_seconds(moment)))
        return self.custom_fields[-1]

    def put_custom_field(self, field: CustomField) -> None:
        """Append a field, and set its number."""
        self.last_field_number += 1
        self.last_option_id = max([self.last_option_id, *(id for id, _ in field.options)])
        self.custom_fields.append(replace(field, number=self.last_field_number))

    def delete_custom_field(self, field: CustomField) -> None:
        """Delete a field and its values; its key and its number are not used again."""
        self.custom_fields.remove(field)
        self.leads.forget_custom_field(field.key)

    def new_webhook(self, moment: int, fields: Json) -> Json:
        """Return a webhook created at this moment, with defaults for what is not in `fields`."""
        self.last_webhook_id += 1
        user_id = fields.get("user_id", self.me["id"])
        defaults: Json = {
            # The number of the account is part of the id, so no two accounts share one.
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


def _merged(contact: Json, fields: Json) -> Json:
    """Return the changes of a contact; custom fields that are not among them are kept."""
    if "custom_fields" not in fields:
        return fields
    return fields | {"custom_fields": (contact["custom_fields"] or {}) | fields["custom_fields"]}


def _base36(number: int, *, digits: int) -> str:
    """Return a number in base 36, with leading zeros."""
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
