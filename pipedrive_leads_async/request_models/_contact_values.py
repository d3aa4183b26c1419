"""Validators and converters of the values that persons and organizations have."""

# No annotation of a converter is a str, for the reason in `_ids.py`.

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

import attrs

from .._shared import checks
from ..enums import UNSET, UnsetType, VisibleTo
from ..errors import InvalidRequestError
from ..models import ContactDetail, PostalAddress
from ._validators import custom_fields

Details: TypeAlias = Iterable[str | ContactDetail | Mapping[str, Any]]
"""The argument for email addresses, phone numbers or accounts of instant messaging."""

_Converted: TypeAlias = tuple[ContactDetail, ...] | UnsetType

_has_email_form = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+").fullmatch

_PARTS = ("value", "label", "primary")

_LEVELS = frozenset(int(level.value) for level in VisibleTo)


def as_emails(value: Details | UnsetType) -> _Converted:
    """Convert email addresses to a tuple; the first is primary unless another one is marked."""
    return _as_details("emails", value)


def as_phones(value: Details | UnsetType) -> _Converted:
    """Convert phone numbers as `as_emails` does."""
    return _as_details("phones", value)


def as_accounts(value: Details | UnsetType) -> _Converted:
    """Convert accounts of instant messaging as `as_emails` does."""
    return _as_details("im", value)


def _as_details(name: str, value: Details | UnsetType) -> _Converted:
    if value is UNSET or value is None:
        return value
    kind = checks.kind_of(value)
    if isinstance(value, str | Mapping | ContactDetail) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list, got {kind}: write {name}=[...]")
    details = [_detail(f"{name}[{i}]", item) for i, item in enumerate(value)]
    marked = sum(detail.primary is True for detail in details)
    if marked > 1:
        raise InvalidRequestError(f"{name} has {marked} primary values: mark only one of them")
    return tuple(
        attrs.evolve(detail, primary=detail.primary is True or (i == 0 and not marked))
        for i, detail in enumerate(details)
    )


def _detail(name: str, item: object) -> ContactDetail:
    """Return one detail, with its value stripped; the caller's object is not changed."""
    if isinstance(item, str):
        item = ContactDetail(value=item)
    elif isinstance(item, Mapping):
        item = _from_mapping(name, cast("Any", item))
    if not isinstance(item, ContactDetail):
        kind = type(item).__name__
        raise TypeError(f"{name} must be a str, a ContactDetail or a dict, got {kind}")
    if item.label is not None:
        checks.text(f"{name}.label", item.label)
    if item.primary is not None:
        checks.boolean(f"{name}.primary", item.primary)
    return attrs.evolve(item, value=checks.text(name, item.value).strip(), extra={})


def _from_mapping(name: str, parts: Mapping[Any, Any]) -> ContactDetail:
    if unknown := [part for part in parts if part not in _PARTS]:
        raise InvalidRequestError(
            f"{name} has the key {unknown[0]!r}: leave it out, because the keys are "
            f"{', '.join(_PARTS)}"
        )
    return ContactDetail(
        value=parts.get("value", ""), label=parts.get("label"), primary=parts.get("primary")
    )


def emails(name: str, value: tuple[ContactDetail, ...]) -> None:
    """Check email addresses: each is the address alone, with one `@`.

    A name, a scheme, brackets, a list, white space and invisible characters are refused: a person
    with such an address would never be found.
    """
    for i, detail in enumerate(value):
        if not _is_email(detail.value):
            raise InvalidRequestError(
                f"{name}[{i}] must be an email address alone, such as ann@lee.example, got "
                f"{detail.value[:60]!r}"
            )


def _is_email(text: str) -> bool:
    is_visible = all(unicodedata.category(each) not in ("Cc", "Cf") for each in text)
    return is_visible and _has_email_form(text) is not None


def phones(name: str, value: tuple[ContactDetail, ...]) -> None:
    """Check phone numbers: each has a digit."""
    for i, detail in enumerate(value):
        if not any(character.isdecimal() for character in detail.value):
            raise InvalidRequestError(
                f"{name}[{i}] must be a phone number with digits, got {detail.value[:60]!r}"
            )


def accounts(name: str, value: object) -> None:
    """Check that accounts are not None; the conversion has checked each of them."""
    checks.instance(name, value, tuple)


def as_address(value: PostalAddress | str | UnsetType) -> PostalAddress | UnsetType:
    """Convert an address that is a str to a `PostalAddress`; unknown keys are not sent back."""
    if isinstance(value, str):
        return PostalAddress(value=value)
    return attrs.evolve(value, extra={}) if isinstance(value, PostalAddress) else value


def address(name: str, value: object) -> None:
    """Check a `PostalAddress`: it has parts, and all of them are texts."""
    found: PostalAddress = checks.instance(name, value, PostalAddress)
    parts = attrs.asdict(found, filter=lambda field, _: field.name != "extra")
    texts = {part: text for part, text in parts.items() if text is not None}
    if not texts:
        raise InvalidRequestError(f"{name} is empty: pass a str, or a PostalAddress with a value")
    for part, text in texts.items():
        checks.text(f"{name}.{part}", text)


def as_level(value: int | VisibleTo | UnsetType) -> int | UnsetType:
    """Convert a `VisibleTo` to its number, which v2 sends."""
    return int(value.value) if isinstance(value, VisibleTo) else value


def level(name: str, value: object) -> int:
    """Check the number of a visibility level: the levels are those that Pipedrive documents."""
    number = checks.integer(name, value)
    if number not in _LEVELS:
        raise InvalidRequestError(f"{name} must be 1, 3, 5 or 7, got {number}")
    return number


def as_label_ids(value: Iterable[int] | UnsetType) -> tuple[int, ...] | UnsetType:
    """Convert ids to a tuple."""
    if value is UNSET or value is None:
        return value
    kind = type(value).__name__
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise TypeError(f"label_ids must be a list of ids, got {kind}")
    return tuple(value)


def label_ids(name: str, value: tuple[int, ...]) -> tuple[int, ...]:
    """Check the ids of labels."""
    return tuple(checks.integer(f"{name}[{i}]", id) for i, id in enumerate(value))


def as_whole_seconds(value: dt.datetime | UnsetType) -> dt.datetime | UnsetType:
    """Round a time down to whole seconds, because v2 has no fractions."""
    return value.replace(microsecond=0) if isinstance(value, dt.datetime) else value


def nested_fields(name: str, value: object) -> None:
    """Check the custom fields of v2: their keys have no suffix, and no list is empty."""
    custom_fields(name, value)
    for key, content in cast("Mapping[str, Any]", value).items():
        if "_" in key:
            raise InvalidRequestError(
                f"{name} has the key {key!r} of a part of a field: pass the whole value under the "
                "key of the field, such as {'value': 5, 'currency': 'EUR'}"
            )
        if content == []:
            raise InvalidRequestError(
                f"{name}[{key!r}] is an empty list, which Pipedrive refuses: pass None"
            )


def whole(name: str, value: object) -> int:
    """Check a whole number that can be 0."""
    return checks.integer(name, value, low=0)
