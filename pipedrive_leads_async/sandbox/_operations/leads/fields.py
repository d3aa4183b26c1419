"""The operation on lead fields: https://developers.pipedrive.com/docs/api/v1/LeadFields.

The reference does not list the default fields of leads. Their names, types, options and
properties are those of the deal fields that Pipedrive returned in March 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..._json import Json
from ..._responses import Response, success
from ..._state.account import Account
from ..._state.custom_fields import PARTS, CustomField
from ..operation import Call, operation
from ..pages import part

_ADD_TIME = "2023-12-18 08:00:00"  # of the account and its default fields
_OWNERS = "Item owner\N{RIGHT SINGLE QUOTATION MARK}s"


@dataclass(frozen=True, slots=True)
class _DefaultField:
    """A field that every account has; `editable` is True if users can change its value."""

    key: str
    name: str
    field_type: str
    options: tuple[Json, ...] = ()
    editable: bool = True


def _options(**labels: str) -> tuple[Json, ...]:
    return tuple({"id": id, "label": label} for id, label in labels.items())


def _numbered_options(*labels: str) -> tuple[Json, ...]:
    return tuple(
        {"id": id, "label": label, "alt_id": label.lower().replace(" ", "_")}
        for id, label in enumerate(labels, 1)
    )


_DEFAULT_FIELDS = (
    _DefaultField("title", "Title", "varchar"),
    _DefaultField("owner_id", "Owner", "user"),
    _DefaultField("creator_id", "Creator", "user", editable=False),
    _DefaultField("label_ids", "Labels", "set"),
    _DefaultField("deal_value", "Value", "monetary"),
    _DefaultField("expected_close_date", "Expected close date", "date"),
    _DefaultField("person_id", "Contact person", "people"),
    _DefaultField("organization_id", "Organization", "org"),
    _DefaultField("source_name", "Source", "varchar", editable=False),
    _DefaultField(
        "origin",
        "Source origin",
        "enum",
        _options(
            ManuallyCreated="Manually created",
            Import="Import",
            API="API",
            Automation="Automation",
            Marketplace="Marketplace",
            Prospector="Prospector",
            LeadSuggestion="Lead suggestions",
            WebForms="Web Forms",
            Chatbot="Chatbot",
            LiveChat="Live Chat",
            WebVisitors="Web Visitors",
            Campaigns="Campaigns",
            MessagingInbox="Messaging inbox",
        ),
        editable=False,
    ),
    _DefaultField("origin_id", "Source origin ID", "varchar", editable=False),
    _DefaultField(
        "channel",
        "Source channel",
        "enum",
        _numbered_options(
            "Prospector",
            "Lead Suggestions",
            "Web forms",
            "Chatbot",
            "Live chat",
            "Web visitors",
            "Campaigns",
            "Marketplace",
            "Messaging Inbox",
        ),
    ),
    _DefaultField("channel_id", "Source channel ID", "varchar"),
    _DefaultField(
        "visible_to",
        "Visible to",
        "visible_to",
        (
            {"id": 1, "label": "Item owner"},
            {"id": 3, "label": f"{_OWNERS} visibility group"},
            {"id": 5, "label": f"{_OWNERS} visibility group and sub-groups"},
            {"id": 7, "label": "All users"},
        ),
    ),
    _DefaultField("was_seen", "Seen", "boolean", editable=False),
    _DefaultField(
        "is_archived",
        "Archive status",
        "enum",
        ({"id": False, "label": "Not archived"}, {"id": True, "label": "Archived"}),
    ),
    _DefaultField("archive_time", "Archive time", "date", editable=False),
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
        options = default.options
        if default.key == "label_ids":
            options = tuple(
                {"id": label["id"], "label": label["name"], "color": label["color"]}
                for label in account.labels.values()
            )
        yield _field(number, default.key, default.name, default.field_type, options) | {
            "add_visible_flag": default.editable,
            "bulk_edit_allowed": default.editable,
            "mandatory_flag": default.key == "title",
        }
    for custom in account.custom_fields:
        yield custom_field(custom, account)
        yield from _parts(custom)


def custom_field(custom: CustomField, account: Account) -> Json:
    """Return a custom field as the API returns it."""
    options = tuple({"id": id, "label": label} for id, label in custom.options)
    return _field(field_id(custom), custom.key, custom.name, custom.field_type, options) | {
        "json_column_flag": True,
        "add_time": custom.add_time,
        "update_time": custom.add_time,
        "last_updated_by_user_id": account.me["id"],
        "created_by_user_id": account.me["id"],
        "edit_flag": True,
        "searchable_flag": True,
    }


def field_id(custom: CustomField) -> int:
    """Return the id of a custom field; those of the default fields come first."""
    return len(_DEFAULT_FIELDS) + custom.number


def _parts(custom: CustomField) -> Iterator[Json]:
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
            "parent_id": field_id(custom),
            "id_suffix": suffix,
        }


def _field(number: int, key: str, name: str, field_type: str, options: tuple[Json, ...]) -> Json:
    """Return a field with the properties that Pipedrive returned for deal fields."""
    field: Json = {
        "id": number,
        "key": key,
        "name": name,
        "group_id": None,
        "order_nr": number,
        "field_type": field_type,
        "json_column_flag": False,
        "add_time": _ADD_TIME,
        "update_time": None,
        "last_updated_by_user_id": None,
        "edit_flag": False,
        "details_visible_flag": True,
        "add_visible_flag": True,
        "important_flag": False,
        "bulk_edit_allowed": True,
        "filtering_allowed": True,
        "sortable_flag": True,
        "mandatory_flag": False,
        "searchable_flag": False,
        "restriction_settings": [],
        "user_restrictions": None,
        "description": None,
        "created_by_user_id": None,
        "active_flag": True,
        "projects_detail_visible_flag": False,
        "show_in_pipelines": {"show_in_all": True},
    }
    return field | {"options": list(options)} if options else field
