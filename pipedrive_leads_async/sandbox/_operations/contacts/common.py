"""What the operations on persons and organizations have in common."""

from __future__ import annotations

from ..._json import Json
from ..._responses import bad_request, not_found
from ..operation import Call


def named_fields(call: Call) -> Json:
    """Return the properties in the body, which must have a name."""
    name = call.fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("Name must be given.")
    return call.fields


def find_contact(call: Call, contacts: dict[int, Json], kind: str) -> Json:
    """Return the contact whose id is in the path."""
    for contact in contacts.values():
        if str(contact["id"]) == call.path["id"]:
            return contact
    raise not_found(kind)
