"""The common parts of the person and organization operations."""

from __future__ import annotations

from http import HTTPStatus

from ..._json import Json
from ..._responses import Response, bad_request, not_allowed, not_found, success
from ..operation import Call

_SETTABLE = frozenset(
    ("name", "owner_id", "add_time", "update_time", "visible_to", "label_ids", "custom_fields")
)


def named_fields(call: Call, *others: str) -> Json:
    """Return the properties in the body; `others` are those that not all contacts have.

    A name is required. Other properties are refused, such as custom fields outside of
    `custom_fields`. https://github.com/pipedrive/client-nodejs/issues/651
    """
    fields = call.fields
    for key in fields:
        if key not in _SETTABLE and key not in others:
            raise not_allowed(key)
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Name must be given.", key="name")
    return fields


def find_contact(call: Call, contacts: dict[int, Json], kind: str) -> Json:
    """Return the contact whose id is in the path."""
    for contact in contacts.values():
        if str(contact["id"]) == call.path["id"]:
            return contact
    raise not_found(kind)


def delete_contact(call: Call, contacts: dict[int, Json], deleted: set[int], kind: str) -> Response:
    """Delete the contact whose id is in the path; one that was deleted before is gone.

    The response for a contact that is gone is a success with the status 410. Pipedrive returned
    it for a person in May 2026.
    """
    for id in deleted:
        if str(id) == call.path["id"]:
            return success({"id": id}, status=HTTPStatus.GONE)
    id = find_contact(call, contacts, kind)["id"]
    del contacts[id]
    deleted.add(id)
    return success({"id": id})
