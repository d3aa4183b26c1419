"""The leads of an account, in the order of their creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

from .._json import Json
from .clock import iso

Source: TypeAlias = Literal["api", "app"]
"""The origin of a change: `"api"` for a request, `"app"` for a control, which acts as a person."""


class Change(NamedTuple):
    """One change of a lead.

    `lead` is the lead after the change; for a deletion, the lead that was deleted. `before` is
    the lead before the change, None for a creation.
    """

    action: Literal["create", "change", "delete"]
    lead: Json
    before: Json | None
    source: Source


class Leads:
    """The leads of an account; `listener` is called with each change.

    A lead is replaced, never changed in place, so a lead that was returned stays as it was.
    """

    def __init__(self, leads: Iterable[Json]) -> None:
        self._by_id = {str(lead["id"]): lead for lead in leads}
        self._lists: dict[bool | None, list[Json]] = {}
        self.listener: Callable[[Change], None] = lambda _: None

    def get(self, id: str) -> Json | None:
        """Return the lead with this id, archived or not."""
        return self._by_id.get(id)

    def put(self, lead: Json, source: Source = "api") -> None:
        """Replace the lead in its place, or append it."""
        before = self._by_id.get(lead["id"])
        self._by_id[lead["id"]] = lead
        self._lists.clear()
        self.listener(Change("change" if before else "create", lead, before, source))

    def remove(self, id: str, source: Source = "api") -> None:
        """Delete the lead."""
        lead = self._by_id.pop(id)
        self._lists.clear()
        self.listener(Change("delete", lead, lead, source))

    def forget_custom_field(self, key: str) -> None:
        """Remove a custom field from all leads, without an event."""
        for id, lead in self._by_id.items():
            self._by_id[id] = {
                name: value for name, value in lead.items() if name.partition("_")[0] != key
            }
        self._lists.clear()

    def listed(self, *, archived: bool | None) -> list[Json]:
        """Return the archived leads, the open leads, or all leads for None.

        The list is cached until the next change, so that a page costs one slice.
        """
        if archived not in self._lists:
            self._lists[archived] = [
                lead
                for lead in self._by_id.values()
                if archived is None or lead["is_archived"] is archived
            ]
        return self._lists[archived]


def archive_state(lead: Json, moment: int, *, is_archived: bool) -> Json:
    """Return the properties of the lead after it was archived, or taken out, at this moment."""
    if not is_archived:
        return {"is_archived": False, "archive_time": None}
    return {"is_archived": True, "archive_time": lead.get("archive_time") or iso(moment)}


def money(lead: Json) -> tuple[Any, Any]:
    """Return the amount and the currency of a lead's value; None and None without a value."""
    match lead["value"]:
        case {"amount": amount, "currency": currency}:
            return amount, currency
        case _:
            return None, None


def number(value: Any) -> Any:
    """Convert a text of digits to an int; return any other value unchanged.

    Tests can set a property to any value.
    """
    return int(value) if str(value).isdecimal() else value
