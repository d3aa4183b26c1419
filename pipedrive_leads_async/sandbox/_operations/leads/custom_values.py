"""Rules for the values of custom fields of leads, by the types of the fields.

The types and their formats: https://pipedrive.readme.io/docs/updating-custom-field-value
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any, NamedTuple, TypeAlias

from ..._json import Json
from ..._state.account import Account
from ..._state.custom_fields import CustomField, is_custom_key, part_types

_MAX_TEXT = 255  # characters of a varchar, varchar_auto or phone
_MAX_LONG_TEXT = 65_000  # characters of a text

_Check: TypeAlias = Callable[[Any, CustomField, Account], bool]


class ValueRule(NamedTuple):
    """The rule of a value; `expected` completes the error '"<key>" must be ...'."""

    is_valid: _Check
    expected: str


def problem_of(key: str, value: Any, account: Account) -> str | None:
    """Return the problem of the value of a custom field, None if it has none.

    The key of a field that does not exist may have any value, because it is ignored.
    """
    field = account.custom_field(key)
    if field is None or value is None:
        return None
    rule = _rule(field, key)
    if rule is None or rule.is_valid(value, field, account):
        return None
    return f"must be {rule.expected}"


def known_fields(fields: Json, account: Account) -> Json:
    """Return the properties without keys of custom fields, or parts, that do not exist."""
    return {
        name: value
        for name, value in fields.items()
        if not is_custom_key(name) or _exists(name, account)
    }


def with_default_currencies(lead: Json, fields: Json, account: Account) -> Json:
    """Return the lead with the user's currency for amounts in `fields` that have none."""
    defaults = {
        f"{name}_currency": account.me["default_currency"]
        for name, value in fields.items()
        if value is not None and _is_amount(name, account)
    }
    missing = {name: value for name, value in defaults.items() if lead.get(name) is None}
    return lead | missing


def _exists(key: str, account: Account) -> bool:
    field = account.custom_field(key)
    return field is not None and _rule(field, key) is not None


def _is_amount(key: str, account: Account) -> bool:
    field = account.custom_field(key)
    return field is not None and field.key == key and field.field_type == "monetary"


def _rule(field: CustomField, key: str) -> ValueRule | None:
    """Return the rule of the value or the part with this key; None if there is no such part."""
    if key == field.key:
        return _RULES[field.field_type]
    part = key.removeprefix(f"{field.key}_")
    if part == "currency" and field.field_type == "monetary":
        return _CURRENCY
    part_type = part_types(field).get(part)
    return _RULES[part_type] if part_type else None


def _is_text(value: Any, _: object, __: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_long_text(value: Any, _: object, __: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_LONG_TEXT


def _is_number(value: Any, _: object, __: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any, _: object, __: object) -> bool:
    return type(value) is int


def _is_currency(value: Any, _: object, __: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[A-Z]{3}", value))


def _is_option(value: Any, field: CustomField, _: object) -> bool:
    is_text_or_id = isinstance(value, str) or type(value) is int
    return is_text_or_id and str(value) in {str(id) for id, _ in field.options}


def _are_options(value: Any, field: CustomField, account: Account) -> bool:
    ids = value.split(",") if isinstance(value, str) else [value]
    return all(_is_option(id, field, account) for id in ids)


def _is_date(value: Any, _: object, __: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_time(value: Any, _: object, __: object) -> bool:
    try:
        return isinstance(value, str) and time.fromisoformat(value).isoformat("seconds") == value
    except ValueError:
        return False


def _is_user(value: Any, _: object, account: Account) -> bool:
    return type(value) is int and value in account.users


def _is_person(value: Any, _: object, account: Account) -> bool:
    return type(value) is int and value in account.persons


def _is_organization(value: Any, _: object, account: Account) -> bool:
    return type(value) is int and value in account.organizations


_TEXT = ValueRule(_is_text, f"a string of at most {_MAX_TEXT} characters")
_CURRENCY = ValueRule(_is_currency, "a currency such as EUR")
_DATE = ValueRule(_is_date, "in YYYY-MM-DD format")
_TIME = ValueRule(_is_time, "in HH:MM:SS format")

_RULES = {
    "address": ValueRule(_is_long_text, "a string"),
    "date": _DATE,
    "daterange": _DATE,
    "double": ValueRule(_is_number, "a number"),
    "enum": ValueRule(_is_option, "the id of an option"),
    "int": ValueRule(_is_integer, "an integer"),
    "monetary": ValueRule(_is_number, "a number"),
    "org": ValueRule(_is_organization, "the id of an organization"),
    "people": ValueRule(_is_person, "the id of a person"),
    "phone": _TEXT,
    "set": ValueRule(_are_options, "the ids of options, separated by commas"),
    "text": ValueRule(_is_long_text, f"a string of at most {_MAX_LONG_TEXT} characters"),
    "time": _TIME,
    "timerange": _TIME,
    "user": ValueRule(_is_user, "the id of a user"),
    "varchar": _TEXT,
    "varchar_auto": _TEXT,
}
