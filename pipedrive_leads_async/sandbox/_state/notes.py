"""The notes of an account, in the order of their creation."""

from __future__ import annotations

from .._json import Json

PARENTS = ("lead_id", "deal_id", "person_id", "org_id", "project_id", "task_id")
"""The properties with the id of an item that a note belongs to; a note has at least one."""

_NAMES = {"org_id": "organization"}


def item_of(parent: str) -> str:
    """Return the name of the item behind a property: `organization` for `org_id`."""
    return _NAMES.get(parent, parent.removesuffix("_id"))


def pin_of(parent: str) -> str:
    """Return the property that pins a note to this item."""
    return f"pinned_to_{item_of(parent)}_flag"


PINS = {pin_of(parent): parent for parent in PARENTS}
"""The properties that pin a note to an item, and those with the id of the item."""


class Notes:
    """The notes of an account."""

    def __init__(self) -> None:
        self._by_id: dict[int, Json] = {}
        self._last_id = 0

    def get(self, id: str) -> Json | None:
        """Return the note with this id, which is a text from a path."""
        return next((note for note in self._by_id.values() if str(note["id"]) == id), None)

    def add(self, time: str, author: int, fields: Json) -> Json:
        """Add and return a note, with defaults for properties not in `fields`."""
        self._last_id += 1
        defaults: Json = {
            "user_id": author,
            **dict.fromkeys(PARENTS),
            "content": "",
            "add_time": time,
            "update_time": time,
            "active_flag": True,
            **dict.fromkeys(PINS, False),
            "last_update_user_id": None,
        }
        return self.put(defaults | fields | {"id": self._last_id})

    def put(self, note: Json) -> Json:
        """Replace a note in its place, or append it."""
        self._by_id[note["id"]] = note
        return note

    def remove(self, note: Json) -> None:
        """Delete a note."""
        del self._by_id[note["id"]]

    def listed(self) -> list[Json]:
        """Return all notes."""
        return list(self._by_id.values())

    def of(self, parent: str, id: object) -> list[Json]:
        """Return the notes of one item, such as those with this `lead_id`."""
        return [note for note in self._by_id.values() if note[parent] == id]

    def move(self, parent: str, id: object, new_parent: str, new_id: object) -> None:
        """Move the notes of an item to another one, such as from a lead to its deal."""
        for note in self.of(parent, id):
            moved = {new_parent: new_id, pin_of(new_parent): note[pin_of(parent)]}
            self.put(note | {parent: None, pin_of(parent): False} | moved)

    def forget(self, parent: str, id: object) -> None:
        """Delete the notes of an item that was deleted; those of other items lose the link."""
        for note in self.of(parent, id):
            left = note | {parent: None, pin_of(parent): False}
            if any(left[other] is not None for other in PARENTS):
                self.put(left)
            else:
                self.remove(note)
