"""Validators and converters of requests, as attrs expects them."""

# No annotation of a converter is a str, for the reason in `_ids.py`.

import contextlib
import copy
import datetime as dt
import enum
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import attrs

from .._codec.custom_field_keys import is_custom_field_key
from .._codec.json import dumps
from .._shared import checks
from ..enums import UNSET, UnsetType, VisibleTo
from ..errors import InvalidRequestError
from ..models import LeadValue

_is_currency = re.compile(r"[A-Z]{3}").fullmatch


def valid(check: Callable[[str, Any], Any], *, nullable: bool = False) -> Callable[..., None]:
    """Return an attrs validator that calls `check`, and stores the value that it returns.

    `UNSET` is always valid, None only if the argument is nullable.
    """
    check_and_store = checks.checked(check)

    def validate(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if value is UNSET or (value is None and nullable):
            return
        if value is None:
            way_out = "pass a value" if attribute.default is attrs.NOTHING else "leave it out"
            raise InvalidRequestError(
                f"{attribute.name} cannot be None, because Pipedrive refuses null: {way_out}"
            )
        check_and_store(instance, attribute, value)

    return validate


def lead_value(name: str, value: object) -> LeadValue:
    """Check a `LeadValue`, and return it with an amount that is an int or a float."""
    if not isinstance(value, LeadValue):
        raise TypeError(
            f"{name} must be a LeadValue, got {checks.kind_of(value)}: write "
            f'{name}=LeadValue(amount=5, currency="EUR")'
        )
    currency = checks.text(f"{name}.currency", value.currency)
    if not _is_currency(currency):
        raise InvalidRequestError(
            f"{name}.currency must be three capital letters, such as EUR, got {currency[:60]!r}"
        )
    # Keys that Pipedrive sent with the value of another lead are not sent back.
    return attrs.evolve(value, amount=checks.number(f"{name}.amount", value.amount), extra={})


def as_level(value: int | VisibleTo | str | UnsetType) -> VisibleTo | UnsetType:
    """Convert the number of a visibility level, or its text, to the level, which v1 sends."""
    number = checks.index(value)  # None for True, which is equal to 1
    for each in VisibleTo:
        if value == each.value or number == int(each.value):
            return each
    return cast("VisibleTo", value)  # the validator refuses it


def level(name: str, value: object) -> None:
    """Check a visibility level: the levels are those that Pipedrive documents."""
    number = checks.index(value)
    if number is None and not isinstance(value, str):
        raise TypeError(f"{name} must be a VisibleTo or its number, got {checks.kind_of(value)}")
    if not isinstance(value, VisibleTo):
        got = repr(value[:60]) if isinstance(value, str) else checks.integer(name, value)
        raise InvalidRequestError(f"{name} must be 1, 3, 5 or 7, got {got}")


def member_of(kind: type[enum.StrEnum]) -> Callable[[str, object], str]:
    """Return a check of a str that is usually of an enum, to which Pipedrive may add values."""

    def check(name: str, value: object) -> str:
        text = checks.text(name, value)
        known = [str(member) for member in kind]
        if text not in known and text.lower() in known:
            raise InvalidRequestError(
                f"{name} must be in lower case, got {text!r}: write {text.lower()!r}"
            )
        return text

    return check


def custom_fields(name: str, value: object) -> None:
    """Check a mapping of custom fields: the keys, and that the values can be sent as JSON."""
    fields: Mapping[object, object] = checks.instance(name, value, Mapping)
    for key, content in fields.items():
        if not isinstance(key, str) or not is_custom_field_key(key):
            raise InvalidRequestError(
                f"{name} has the key {key!r}, which is not the key of a custom field (40 "
                "hexadecimal digits): to write fields of leads by their names, pass "
                f"{name}=(await client.get_custom_fields()).write({{{key!r}: ...}}); "
                "Pipedrive's own properties are arguments of the request"
            )
        if content is not None and not isinstance(content, str | int | float | list | dict):
            raise TypeError(
                f"{name}[{key!r}] must be a JSON value, got {checks.kind_of(content)}: convert it "
                f"with {_conversion(content)}"
            )
        dumps(content, f"{name}[{key!r}]")


def _conversion(content: object) -> str:
    """Return what converts a value to JSON."""
    for kind, conversion in _CONVERSIONS.items():
        if isinstance(content, kind):
            return conversion
    return ".item()" if hasattr(content, "item") else "CustomFields.write"  # numpy has the first


_CONVERSIONS: Final[dict[type[Any], str]] = {
    Decimal: "float()",
    dt.date: ".isoformat()",
    dt.time: ".isoformat()",
    tuple: "list()",
    uuid.UUID: "str()",
}


def as_fields(value: Mapping[str, Any] | UnsetType) -> Mapping[str, Any]:
    """Copy custom fields, so that the caller cannot change them after the check."""
    if value is UNSET:
        return {}
    if not isinstance(value, Mapping):
        return value
    fields = dict(value)
    with contextlib.suppress(Exception):  # a value that cannot be copied fails the check
        fields = copy.deepcopy(fields)
    return fields


def refuse_empty(update: Any) -> None:
    """Raise an `InvalidRequestError` if an update changes nothing."""
    if not attrs.asdict(update, recurse=False, filter=lambda _, value: value not in (UNSET, {})):
        raise InvalidRequestError(f"{type(update).__name__} has no changes: set at least one field")
