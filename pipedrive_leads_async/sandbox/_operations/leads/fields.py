"""The operation on lead fields: https://developers.pipedrive.com/docs/api/v1/LeadFields.

The reference does not list the default fields of leads. Their names, types and options are those
that it documents for deals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..._json import Json
from ..._responses import Response, success
from ..._state.account import Account
from ..._state.custom_fields import PARTS
from ..operation import Call, operation
from ..pages import part

_ADD_TIME = "2023-12-18 08:00:00"  # of the account and its default fields


@dataclass(frozen=True, slots=True)
class _DefaultField:
    """A field that every account has; `editable` is True if users can change its value."""

    key: str
    name: str
    field_type: str
    options: tuple[tuple[Any, str], ...] = ()
    editable: bool = True


_DEFAULT_FIELDS = (
    _DefaultField("title", "Title", "varchar"),
    _DefaultField("owner_id", "Owner", "user"),
    _DefaultField("creator_id", "Creator", "user", editable=False),
    _DefaultField("label_ids", "Labels", "set"),
    _DefaultField("value", "Value", "monetary"),
    _DefaultField("expected_close_date", "Expected close date", "date"),
    _DefaultField("person_id", "Contact person", "people"),
    _DefaultField("organization_id", "Organization", "org"),
    _DefaultField("source_name", "Source", "varchar", editable=False),
    _DefaultField(
        "origin",
        "Source origin",
        "enum",
        (
            ("ManuallyCreated", "Manually created"),
            ("Import", "Import"),
            ("API", "API"),
            ("Automation", "Automation"),
            ("Marketplace", "Marketplace"),
            ("Prospector", "Prospector"),
            ("WebForms", "Web Forms"),
            ("LiveChat", "Live Chat"),
        ),
        editable=False,
    ),
    _DefaultField("origin_id", "Source origin ID", "varchar", editable=False),
    _DefaultField(
        "channel",
        "Source channel",
        "enum",
        ((64, "Prospector"), (66, "Web forms"), (68, "Live chat"), (70, "Campaigns")),
    ),
    _DefaultField("channel_id", "Source channel ID", "varchar"),
    _DefaultField(
        "visible_to",
        "Visible to",
        "visible_to",
        (
            (1, "Item owner"),
            (3, "Item owner\N{RIGHT SINGLE QUOTATION MARK}s visibility group"),
            (5, "Item owner\N{RIGHT SINGLE QUOTATION MARK}s visibility group and sub-groups"),
            (7, "All users"),
        ),
    ),
    _DefaultField("was_seen", "Seen", "boolean", editable=False),
    _DefaultField(
        "is_archived", "Archive status", "enum", ((False, "Not archived"), (True, "Archived"))
    ),
    _DefaultField("next_activity_id", "Next activity", "activity", editable=False),
    _DefaultField("add_time", "Lead created", "date", editable=False),
    _DefaultField("update_time", "Update time", "date", editable=False),
)


@operation("getLeadFields", "GET", "/v1/leadFields", cost=20)
def get_lead_fields(call: Call) -> Response:
    """List the default fields, then the custom fields, each followed by its parts."""
    fields, additional_data = part(list(_fields(call.account)), call.query)
    return success(fields, additional_data=additional_data)


def _fields(account: Account) -> Iterator[Json]:
    for number, default in enumerate(_DEFAULT_FIELDS, 1):
        options = _options(default.options)
        if default.key == "label_ids":
            options = [
                {"id": label["id"], "label": label["name"], "color": label["color"]}
                for label in account.labels.values()
            ]
        yield _field(number, default.key, default.name, default.field_type, options) | {
            "add_visible_flag": default.editable,
            "bulk_edit_allowed": default.editable,
            "mandatory_flag": default.key == "title",
        }
    for number, custom in enumerate(account.custom_fields, len(_DEFAULT_FIELDS) + 1):
        options = _options(custom.options)
        yield _field(number, custom.key, custom.name, custom.field_type, options) | {
            "add_time": custom.add_time,
            "update_time": custom.add_time,
            "last_updated_by_user_id": account.me["id"],
            "created_by_user_id": account.me["id"],
            "edit_flag": True,
            "searchable_flag": True,
        }
        for suffix, name, field_type in PARTS.get(custom.field_type, ()):
            yield {
                "id": None,
                "key": f"{custom.key}_{suffix}",
                "name": name.format(custom.name),
                "field_type": field_type,
                "edit_flag": True,
                "active_flag": True,
                "is_subfield": True,
                "mandatory_flag": False,
                "parent_id": number,
                "id_suffix": suffix,
            }


def _field(number: int, key: str, name: str, field_type: str, options: list[Json] | None) -> Json:
    return {
        "id": number,
        "key": key,
        "name": name,
        "order_nr": number,
        "field_type": field_type,
        "add_time": _ADD_TIME,
        "update_time": None,
        "last_updated_by_user_id": None,
        "created_by_user_id": None,
        "active_flag": True,
        "edit_flag": False,
        "index_visible_flag": True,
        "details_visible_flag": True,
        "add_visible_flag": True,
        "important_flag": False,
        "bulk_edit_allowed": True,
        "searchable_flag": False,
        "filtering_allowed": True,
        "sortable_flag": True,
        "options": options,
        "mandatory_flag": False,
    }


def _options(options: tuple[tuple[Any, str], ...]) -> list[Json] | None:
    return [{"id": id, "label": label} for id, label in options] or None
