"""The state of one Pipedrive account: users, contacts, labels and leads."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ._clock import iso, time_uuid

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from ._clock import Clock

Json: TypeAlias = dict[str, Any]

_NODE = "9e9e-07879dd74146"


class Leads:
    """Leads in the order of their creation.

    A lead is replaced, never changed in place: what was handed out stays as it was.
    """

    def __init__(self, leads: Iterable[Json]) -> None:
        self._by_id = {str(lead["id"]): lead for lead in leads}
        self._lists: dict[bool | None, list[Json]] = {}

    def get(self, id: str) -> Json | None:
        """Return the lead, archived or not."""
        return self._by_id.get(id)

    def put(self, lead: Json) -> None:
        """Replace the lead in its place, or add it at the end."""
        self._by_id[lead["id"]] = lead
        self._lists.clear()

    def remove(self, id: str) -> None:
        """Forget the lead."""
        del self._by_id[id]
        self._lists.clear()

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


@dataclass(slots=True, kw_only=True)
class Account:
    """Everything that one company keeps in Pipedrive, as far as leads need it."""

    company: Json
    users: dict[int, Json]
    organizations: dict[int, Json]
    persons: dict[int, Json]
    labels: dict[str, Json]
    leads: Leads
    clock: Clock
    random: random.Random
    honours_archived_status: bool

    @property
    def me(self) -> Json:
        """The user who owns the credentials."""
        return next(iter(self.users.values()))

    def new_lead(self, moment: int, fields: Json) -> Json:
        """Return a lead made at this moment, with a default for all that `fields` leaves out."""
        time = iso(moment)
        code = base64.b64encode(self.random.randbytes(16), b"Pd")[:22].decode()
        defaults: Json = {
            "id": time_uuid(moment, _NODE),
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

    def new_label(self, moment: int, name: str, color: str) -> Json:
        """Return a label made at this moment."""
        time = iso(moment)
        return {
            "id": time_uuid(moment, _NODE),
            "name": name,
            "color": color,
            "add_time": time,
            "update_time": time,
        }
