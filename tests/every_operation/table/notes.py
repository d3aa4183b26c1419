"""The part of the table with the operations on notes."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async import AddNoteRequest, Note, UpdateNoteRequest, from_dict
from tests.every_operation.table.exchanges import (
    Exchange,
    Kind,
    Operation,
    collect,
    envelope,
    last_page,
)
from tests.support.calls import ID

READ, PATCH, DELETE, POST, _ = Kind

NOTE_ROW: Final = {"id": 5, "content": "Called", "lead_id": ID}
NEW_NOTE: Final = AddNoteRequest(content="Called", lead_id=ID)
CHANGES: Final = UpdateNoteRequest(content="Called")

NOTE: Final = from_dict(Note, NOTE_ROW)
MALFORMED_ROW: Final = NOTE_ROW | {"content": 5}

ONE_NOTE: Final = Exchange(envelope(NOTE_ROW), NOTE, envelope(MALFORMED_ROW))
NOTES: Final = Exchange(last_page(NOTE_ROW), [NOTE], last_page(MALFORMED_ROW))
DELETED_NOTE: Final = Exchange(envelope(data=True), 5)

NOTE_OPERATIONS: Final = [
    Operation("get_notes", READ, lambda c: collect(c.get_notes()), NOTES),
    Operation("get_note", READ, lambda c: c.get_note(5), ONE_NOTE),
    Operation("update_note", PATCH, lambda c: c.update_note(5, CHANGES), ONE_NOTE),
    Operation("delete_note", DELETE, lambda c: c.delete_note(5), DELETED_NOTE),
    Operation("add_note", POST, lambda c: c.add_note(NEW_NOTE), ONE_NOTE),
]
