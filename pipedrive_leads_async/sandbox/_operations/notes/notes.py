"""The operations on notes: https://developers.pipedrive.com/docs/api/v1/Notes.

A note that was deleted is gone. The notes of a deleted lead or deal are deleted with it, unless
they belong to something else too; a conversion moves them to the new deal or lead.
"""

from __future__ import annotations

from http import HTTPStatus

from ..._json import Json
from ..._responses import Response, not_found, success
from ..._state.account import Account
from ..._state.clock import iso_seconds
from ..._state.notes import item_of
from ..deals import find_deal
from ..operation import Call, operation
from ..pages import part
from .lists import filtered, in_order
from .rules import check_changes, check_new_note, stored

_ONLY_OF_TASKS = ("task_id", "pinned_to_task_flag")
"""Properties that no response had that was recorded at Pipedrive, none of which had a task."""


@operation("getNotes", "GET", "/v1/notes", cost=20)
def get_notes(call: Call) -> Response:
    """List the notes; by default, the oldest comes first."""
    account = call.account
    notes = [note for note in account.notes.listed() if _sees(account, note)]
    page, additional_data = part(in_order(filtered(notes, call.query), call.query), call.query)
    return success([response_form(account, note) for note in page], additional_data=additional_data)


@operation("getNote", "GET", "/v1/notes/{id}", cost=2)
def get_note(call: Call) -> Response:
    """Return one note."""
    return success(response_form(call.account, _find(call)))


@operation("addNote", "POST", "/v1/notes", cost=10)
def add_note(call: Call) -> Response:
    """Add a note to a lead or to other items."""
    fields, account = call.fields, call.account
    check_new_note(fields, account)
    time = iso_seconds(account.clock.tick())
    note = account.notes.add(time, account.me["id"], stored(fields))
    return success(response_form(account, note), status=HTTPStatus.CREATED)


@operation("updateNote", "PUT", "/v1/notes/{id}", cost=10)
def update_note(call: Call) -> Response:
    """Change properties of a note."""
    note, fields, account = _find(call), call.fields, call.account
    check_changes(note, fields, account)
    changed = {
        "update_time": iso_seconds(account.clock.tick()),
        "last_update_user_id": account.me["id"],
    }
    note = account.notes.put(note | stored(fields) | changed)
    return success(response_form(account, note))


@operation("deleteNote", "DELETE", "/v1/notes/{id}", cost=6)
def delete_note(call: Call) -> Response:
    """Delete a note; the response has no id."""
    call.account.notes.remove(_find(call))
    return success(data=True)


def _find(call: Call) -> Json:
    note = call.account.notes.get(call.path["id"])
    if note is None or not _sees(call.account, note):
        raise not_found("note")
    return note


def _items(account: Account, note: Json) -> dict[str, Json | None]:
    """Return the items of a note that the sandbox has, by the properties with their ids."""
    return {
        "lead_id": account.leads.get(note["lead_id"]),
        "deal_id": find_deal(account, str(note["deal_id"])),
        "person_id": account.persons.get(note["person_id"]),
        "org_id": account.organizations.get(note["org_id"]),
    }


def _sees(account: Account, note: Json) -> bool:
    """Return whether the current user may see the lead and the contacts of a note."""
    items = _items(account, note)
    del items["deal_id"]
    return all(item is None or account.sees(item) for item in items.values())


def response_form(account: Account, note: Json) -> Json:
    """Return a note as Pipedrive does, with the names of its items and of its author."""
    items: Json = {}
    for parent, item in _items(account, note).items():
        name = "title" if parent in ("lead_id", "deal_id") else "name"
        items[item_of(parent)] = item and {name: item[name]}
    author = account.users.get(note["user_id"])
    user = author and {
        "email": author["email"],
        "name": author["name"],
        "icon_url": None,
        "is_you": author is account.me,
    }
    hidden = _ONLY_OF_TASKS if note["task_id"] is None else ()
    own = {name: value for name, value in note.items() if name not in hidden}
    return own | items | {"user": user}
