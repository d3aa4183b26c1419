"""Rules for the properties of a new or changed lead: types, nulls and required links.

The rules are those of https://developers.pipedrive.com/docs/api/v1/Leads. Pipedrive does not
document its errors; the wording is that of https://github.com/solspace/craft-freeform/issues/2118.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from http import HTTPStatus
from typing import Any, Literal

from ..._json import Json
from ..._responses import ServiceError, bad_request
from ..._state.account import Account
from ..._state.custom_fields import is_custom_key
from .custom_values import problem_of


class _Access(Enum):
    """The permitted uses of a property in a request."""

    NONE = "nothing"
    SET = "set it"
    CLEAR = "set it, or clear it with null"


@dataclass(frozen=True, slots=True)
class _Rule:
    """The rule of one property; `expected` completes the error '"<name>" must be ...'."""

    is_valid: Callable[[Any, Account], bool]
    expected: str
    add: _Access = _Access.SET
    update: _Access = _Access.SET


def _is_id(value: Any, _: object) -> bool:
    return type(value) is int  # isinstance would accept true


def _is_text(value: Any, _: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any, _: object) -> bool:
    return isinstance(value, bool)


def _is_title(value: Any, _: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_visibility(value: Any, _: object) -> bool:
    return value in ("1", "3", "5", "7")


def _is_date(value: Any, _: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_money(value: Any, _: object) -> bool:
    match value:
        case {"amount": int() | float() as amount, "currency": str(currency)}:
            return not isinstance(amount, bool) and bool(re.fullmatch(r"[A-Z]{3}", currency))
        case _:
            return False


def _are_labels(value: Any, account: Account) -> bool:
    match value:
        case [*labels]:
            return all(isinstance(label, str) and label in account.labels for label in labels)
        case _:
            return False


def _is_user(value: Any, account: Account) -> bool:
    return _is_id(value, account) and value in account.users


def _is_person(value: Any, account: Account) -> bool:
    return _is_id(value, account) and value in account.persons


def _is_organization(value: Any, account: Account) -> bool:
    return _is_id(value, account) and value in account.organizations


_RULES = {
    "title": _Rule(_is_title, "a string that is not empty"),
    "owner_id": _Rule(_is_user, "the id of a user"),
    "label_ids": _Rule(_are_labels, "an array of ids of lead labels"),
    "person_id": _Rule(_is_person, "the id of a person", update=_Access.CLEAR),
    "organization_id": _Rule(_is_organization, "the id of an organization", update=_Access.CLEAR),
    "value": _Rule(_is_money, "an amount and a currency", add=_Access.CLEAR, update=_Access.CLEAR),
    "expected_close_date": _Rule(_is_date, "in YYYY-MM-DD format", update=_Access.CLEAR),
    "visible_to": _Rule(_is_visibility, "one of [1, 3, 5, 7]"),
    "was_seen": _Rule(_is_flag, "a boolean"),
    "is_archived": _Rule(_is_flag, "a boolean", add=_Access.NONE),
    "origin_id": _Rule(_is_text, "a string", add=_Access.CLEAR, update=_Access.NONE),
    "channel": _Rule(_is_id, "a number", add=_Access.CLEAR, update=_Access.CLEAR),
    "channel_id": _Rule(_is_text, "a string", add=_Access.CLEAR, update=_Access.CLEAR),
}


def check_new_lead(fields: Json, account: Account) -> None:
    """Raise a ServiceError if these properties are not valid for a new lead."""
    for name, value in fields.items():
        _check(name, value, account, "create")
    if "title" not in fields:
        raise _invalid("title", "is required", "create")
    _check_link(fields)


def check_changes(lead: Json, fields: Json, account: Account) -> None:
    """Raise a ServiceError if these changes of the lead are not valid."""
    if not fields:
        raise bad_request("The body must name at least one property.")
    if lead["is_archived"] and fields != {"is_archived": False}:
        raise bad_request("An archived lead cannot be changed: send is_archived false alone.")
    for name, value in fields.items():
        _check(name, value, account, "update")
    _check_link(lead | fields)


def without_cleared_fields(lead: Json) -> Json:
    """Return the lead without the custom fields that are null, and without their parts."""
    cleared = {name for name, value in lead.items() if value is None and is_custom_key(name)}
    return {
        name: value
        for name, value in lead.items()
        if name not in cleared and name.partition("_")[0] not in cleared
    }


def _check(name: str, value: Any, account: Account, verb: Literal["create", "update"]) -> None:
    if is_custom_key(name):
        problem = problem_of(name, value, account)
    else:
        rule = _RULES.get(name)
        access = _Access.NONE if rule is None else rule.add if verb == "create" else rule.update
        problem = _problem(value, rule, access, account)
    if problem:
        raise _invalid(name, problem, verb)


def _problem(value: Any, rule: _Rule | None, access: _Access, account: Account) -> str | None:
    if rule is None or access is _Access.NONE:
        return "is not allowed"
    if value is None and access is _Access.CLEAR:
        return None
    return None if rule.is_valid(value, account) else f"must be {rule.expected}"


def _invalid(name: str, problem: str, verb: Literal["create", "update"]) -> ServiceError:
    error = f"Couldn't {verb} lead, body is invalid."
    return ServiceError(HTTPStatus.BAD_REQUEST, error, f'"{name}" {problem}')


def _check_link(lead: Json) -> None:
    if lead.get("person_id") is None and lead.get("organization_id") is None:
        raise bad_request("A lead must be linked to a person or an organization.")
