"""The keys of custom fields, and their declaration as attributes of a lead class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from .._shared import checks
from ..errors import ConfigurationError
from ..models._base import KEY

is_custom_field_key = re.compile(r"[0-9a-f]{40}(?:_[a-z0-9_]+)?").fullmatch
"""Match a hash, or a hash and the name of a part: `…_currency`, `…_until`, `…_timezone_id`."""


def is_custom_field(key: object, properties: Mapping[str, Any]) -> bool:
    """Return whether a field of an account is a custom field, and not a part of one.

    Args:
        key: The key of the field.
        properties: The other properties of the field, with their names in Pipedrive's JSON.
    """
    if not isinstance(key, str) or not is_custom_field_key(key):
        return False
    return "_" not in key and not properties.get("is_subfield")


def custom_field(key: str) -> Any:
    """Declare a custom field of your account as a typed attribute of your own lead class.

    The value is then in this attribute and not in `custom_fields`; it is None if the lead has
    no value. Annotate the attribute as str, int, float, bool or a union of these, date,
    datetime, tuple[str, ...], tuple[int, ...], an enum, an attrs class, or Any. Values are not
    converted: a value of another type is a `DecodeError`.

    Args:
        key: The key of the field, 40 hexadecimal digits, or of a part of it, with its suffix
            (`…_currency`). `get_lead_fields` returns the keys.

    Raises:
        ConfigurationError: The key is not that of a custom field.

    Example:
        >>> import attrs
        >>> from pipedrive_leads_async import Lead, custom_field
        >>> @attrs.frozen(kw_only=True)
        ... class MyLead(Lead):
        ...     budget: int | None = custom_field("3ce5b1409718d65a8adc965be1f0da8821d8b9ab")

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """
    if not isinstance(key, str):
        raise TypeError(f"key must be a str of 40 hexadecimal digits, got {checks.kind_of(key)}")
    if not is_custom_field_key(key):
        raise ConfigurationError(
            f"key must be the 40 lower-case hexadecimal digits of a custom field, got {key!r}: "
            "get_lead_fields returns the keys of your account"
        )
    return attrs.field(default=None, hash=False, metadata={KEY: key})
