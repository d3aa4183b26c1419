"""The common parts of the person and organization operations."""

from __future__ import annotations

from http import HTTPStatus

from ..._json import Json
from ..._responses import Response, not_found, success
from ..operation import Call


def find_contact(call: Call, contacts: dict[int, Json], kind: str) -> Json:
    """Return the contact whose id is in the path, if the user may see it."""
    for contact in call.account.visible(contacts.values()):
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
