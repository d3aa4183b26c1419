"""Rules for the properties of a new or changed note.

https://developers.pipedrive.com/docs/api/v1/Notes#addNote
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..._json import Json
from ..._responses import forbidden, invalid
from ..._state.account import Account
from ..._state.notes import PARENTS, PINS
from ..deals import find_deal


def _is_content(value: Any, _: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_lead(value: Any, account: Account) -> bool:
    lead = account.leads.get(value) if isinstance(value, str) else None
    return lead is not None and account.sees(lead)


def _is_deal(value: Any, account: Account) -> bool:
    return type(value) is int and find_deal(account, str(value)) is not None


def _is_person(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.persons


def _is_organization(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.organizations


def _is_id(value: Any, _: object) -> bool:
    return type(value) is int and value > 0  # the sandbox has no projects and tasks


def _is_user(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.users


def _is_time(value: Any, _: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).isoformat(" ") == value
    except ValueError:
        return False


def _is_number_boolean(value: Any, _: object) -> bool:
    return type(value) is int and value in (0, 1)


# For each property: the check of its value, and the error for an invalid one.
_RULES: dict[str, tuple[Callable[[Any, Account], bool], str]] = {
    "content": (_is_content, "must be a text that is not empty."),
    "lead_id": (_is_lead, "must be the id of a lead."),
    "deal_id": (_is_deal, "must be the id of a deal."),
    "person_id": (_is_person, "must be the id of a person."),
    "org_id": (_is_organization, "must be the id of an organization."),
    "project_id": (_is_id, "must be the id of a project."),
    "task_id": (_is_id, "must be the id of a task."),
    "user_id": (_is_user, "must be the id of a user."),
    "add_time": (_is_time, "must be a time like 2025-01-01 10:20:00."),
    **dict.fromkeys(PINS, (_is_number_boolean, "must be 0 or 1.")),
}


def check_new_note(fields: Json, account: Account) -> None:
    """Raise a ServiceError unless a note can be added with these properties."""
    if "content" not in fields:
        raise invalid("content", "is required.")
    if not any(parent in fields for parent in PARENTS):
        raise invalid("lead_id", f"or another of {', '.join(PARENTS)} is required.")
    _check(fields, account, fields)


def check_changes(note: Json, fields: Json, account: Account) -> None:
    """Raise a ServiceError unless the note can have these properties."""
    if not stored(fields):
        raise invalid("content", "or another property is required.")
    _check(fields, account, note | fields)


def stored(fields: Json) -> Json:
    """Return the known properties as a note has them; Pipedrive ignores all others."""
    return {
        name: bool(value) if name in PINS else value
        for name, value in fields.items()
        if name in _RULES
    }


def _check(fields: Json, account: Account, note: Json) -> None:
    for name, value in fields.items():
        is_valid, error = _RULES.get(name, (_is_anything, ""))
        if not is_valid(value, account):
            raise invalid(name, error)
        if value == 1 and name in PINS and note.get(PINS[name]) is None:
            raise invalid(name, f"needs {PINS[name]}.")
    if fields.get("user_id", account.me["id"]) != account.me["id"] and not account.me["is_admin"]:
        raise forbidden()


def _is_anything(_: Any, __: object) -> bool:
    return True
