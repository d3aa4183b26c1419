"""Which keys of a lead are custom fields, and how a lead class names one as an attribute."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from ..errors import ConfigurationError

KEY: Final = "pipedrive_key"
"""Where `custom_field` keeps the key in the metadata of an attrs field."""

is_custom_field_key = re.compile(r"[0-9a-f]{40}(?:_[a-z0-9_]+)?").fullmatch
"""A hash, or a hash with the name of a part: `…_currency`, `…_until`, `…_timezone_id`."""


def is_whole_custom_field_key(key: str) -> bool:
    """Return whether a key is that of a custom field, and not that of a part of one."""
    return bool(is_custom_field_key(key)) and "_" not in key


def custom_field(key: str) -> Any:
    """Declare a custom field of your account as a typed attribute of your own lead class.

    The attribute leaves `custom_fields` and is None where the lead does not have it. It is
    annotated as str, int, float, bool or a union of these, date, datetime, an enum, or Any;
    a value of another type is an error, never converted.

    Args:
        key: The field's key, 40 hexadecimal digits, with the suffix for a part of it
            (`…_currency`). `get_lead_fields` lists them.

    Example:
        >>> import attrs
        >>> from pipedrive_leads_async import Lead, custom_field
        >>> @attrs.frozen(kw_only=True)
        ... class MyLead(Lead):
        ...     budget: int | None = custom_field("3ce5b1409718d65a8adc965be1f0da8821d8b9ab")

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """
    if not isinstance(key, str):
        raise TypeError(f"key must be a str of 40 hexadecimal digits, got {type(key).__name__}")
    if not is_custom_field_key(key):
        raise ConfigurationError(
            f"key must be the 40 lower-case hexadecimal digits of a custom field, got {key!r}"
        )
    return attrs.field(default=None, hash=False, metadata={KEY: key})
