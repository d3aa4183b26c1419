"""Rules for the properties of persons and organizations: their names, their types and nulls.

The rules are those of https://developers.pipedrive.com/docs/api/v1/Persons and
https://developers.pipedrive.com/docs/api/v1/Organizations.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from ..._json import Json
from ..._responses import bad_request, invalid, not_allowed
from ..._state.account import Account
from ..operation import Call

_STATUSES = ("no_consent", "unsubscribed", "subscribed", "archived")


class _Rule(NamedTuple):
    """The rule of one property; `expected` completes the error "<name> must be ..."."""

    is_valid: Callable[[Any, Account], bool]
    expected: str
    nullable: bool = False


def _is_text(value: Any, _: object) -> bool:
    return isinstance(value, str)


def _is_number(value: Any, _: object) -> bool:
    return type(value) is int


def _is_user(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.users


def _is_organization(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.organizations


def _is_level(value: Any, _: object) -> bool:
    return type(value) is int and value in (1, 3, 5, 7)


def _are_labels(value: Any, _: object) -> bool:
    match value:
        case [*ids]:
            return all(type(id) is int for id in ids)
        case _:
            return False


def _is_date(value: Any, _: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_time(value: Any, _: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _are_details(value: Any, _: object) -> bool:
    match value:
        case [*details]:
            return all(map(_is_detail, details))
        case _:
            return False


def _is_detail(value: Any) -> bool:
    types = {"value": str, "label": str, "primary": bool}
    match value:
        case {"value": _}:
            parts = cast("Json", value)
            return all(isinstance(parts[key], types.get(key, ())) for key in parts)
        case _:
            return False


def _is_address(value: Any, _: object) -> bool:
    match value:
        case {"value": str()}:
            return all(isinstance(part, str) for part in cast("Json", value).values())
        case _:
            return False


def _are_custom_fields(value: Any, _: object) -> bool:
    return isinstance(value, dict) and [] not in cast("Json", value).values()


def _is_status(value: Any, _: object) -> bool:
    return value in _STATUSES


_COMMON = {
    "owner_id": _Rule(_is_user, "the id of a user"),
    "add_time": _Rule(_is_time, "a time like 2025-01-01T10:20:00Z"),
    "visible_to": _Rule(_is_level, "one of 1, 3, 5, 7"),
    "label_ids": _Rule(_are_labels, "an array of ids"),
    "custom_fields": _Rule(_are_custom_fields, "an object without empty arrays"),
}

_DETAILS = _Rule(_are_details, "an array of objects with value, label and primary")

PERSON_RULES = _COMMON | {
    "first_name": _Rule(_is_text, "a string", nullable=True),
    "last_name": _Rule(_is_text, "a string", nullable=True),
    "org_id": _Rule(_is_organization, "the id of an organization"),
    "emails": _DETAILS,
    "phones": _DETAILS,
    "im": _DETAILS,
    "postal_address": _Rule(_is_address, "an object with a value"),
    "notes": _Rule(_is_text, "a string"),
    "birthday": _Rule(_is_date, "in YYYY-MM-DD format"),
    "job_title": _Rule(_is_text, "a string"),
    "marketing_status": _Rule(_is_status, f"one of {', '.join(_STATUSES)}"),
}

ORGANIZATION_RULES = _COMMON | {
    "address": _Rule(_is_address, "an object with a value"),
    "website": _Rule(_is_text, "a string", nullable=True),
    "linkedin": _Rule(_is_text, "a string", nullable=True),
    "industry": _Rule(_is_number, "a number", nullable=True),
    "annual_revenue": _Rule(_is_number, "a number", nullable=True),
    "employee_count": _Rule(_is_number, "a number", nullable=True),
}


def new_properties(call: Call, rules: dict[str, _Rule]) -> Json:
    """Return the properties of a new contact; a name is required."""
    fields = call.fields
    if "name" not in fields:
        raise bad_request("Name must be given.", key="name")
    _check(fields, rules, call.account)
    return fields


def changed_properties(call: Call, rules: dict[str, _Rule]) -> Json:
    """Return the changes of a contact; there is one at least."""
    fields = call.fields
    if not fields:
        raise bad_request("The body must name at least one property.")
    if "add_time" in fields:
        raise not_allowed("add_time")
    _check(fields, rules, call.account)
    return fields


def _check(fields: Json, rules: dict[str, _Rule], account: Account) -> None:
    """Raise a ServiceError if a property is not valid.

    Other properties are refused, such as custom fields outside of `custom_fields`.
    https://github.com/pipedrive/client-nodejs/issues/651
    """
    for key, value in fields.items():
        if key == "name":
            if not isinstance(value, str) or not value.strip():
                raise bad_request("Name must be given.", key="name")
            continue
        rule = rules.get(key)
        if rule is None:
            raise not_allowed(key)
        if not (value is None and rule.nullable) and not rule.is_valid(value, account):
            raise invalid(key, f"must be {rule.expected}.")
