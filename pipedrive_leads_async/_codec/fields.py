"""Read from an attrs class which JSON keys and types its fields have."""

from __future__ import annotations

import datetime as dt
import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from ..enums import UNSET, UnsetType
from ..models._base import KEY, OMITTED, TIME_FORMAT
from .custom_field_keys import is_custom_field_key
from .json import Json

_REST: Final = ("custom_fields", "extra")

# All leads of an account have the same few custom fields. Testing whether these keys are in a
# set takes a quarter of the time that matching the pattern takes.
_known_custom_field_keys: set[str] = set()
_MOST_KNOWN_KEYS: Final = 50_000


@attrs.frozen
class JsonField:
    """One attrs field and its place in Pipedrive's JSON.

    Attributes:
        name: The name of the attribute.
        key: The key in the JSON.
        kind: The annotation without None.
        nullable: Whether the annotation includes None.
        default: The value if the key is absent; `attrs.NOTHING` if the key is required.
        time_format: The format of a time that only informs, None for any other field.
        is_omitted: Whether the key is left out if the value is the default.
    """

    name: str
    key: str
    kind: Any
    nullable: bool
    default: Any
    time_format: str | None = None
    is_omitted: bool = False


def json_fields(cls: type[Any]) -> list[JsonField]:
    """Return the fields of an attrs class that have a JSON key of their own."""
    attrs.resolve_types(cls)
    return [
        _json_field(field) for field in attrs.fields(cls) if field.init and not _holds_rest(field)
    ]


def _json_field(field: attrs.Attribute[Any]) -> JsonField:
    options = options_of(field.type)
    kinds = tuple(o for o in options if o is not types.NoneType and o != UnsetType)
    return JsonField(
        name=field.name,
        key=field.metadata.get(KEY, field.name),
        kind=typing.Union[kinds],  # noqa: UP007 - the options are a tuple
        nullable=types.NoneType in options,
        default=field.default,
        time_format=field.metadata.get(TIME_FORMAT),
        is_omitted=field.default is UNSET or field.metadata.get(OMITTED, False),
    )


def rest_fields(cls: type[Any]) -> list[str]:
    """Return the names of the fields that hold the keys without a field of their own."""
    attrs.resolve_types(cls)
    names = {field.name for field in attrs.fields(cls) if _holds_rest(field)}
    return [name for name in _REST if name in names]


def secret_keys(cls: type[Any]) -> tuple[str, ...]:
    """Return the keys that are dropped before an object of this class is decoded."""
    keys: tuple[str, ...] = getattr(cls, "__secret_keys__", ())
    return keys


def _holds_rest(field: attrs.Attribute[Any]) -> bool:
    # A mapping with a key of its own is one object in the JSON, as the custom fields of v2 are.
    has_key = KEY in field.metadata
    return field.name in _REST and not has_key and typing.get_origin(field.type) is Mapping


def rest_splitter(rest_names: list[str]) -> Callable[[Json], tuple[Json, ...]]:
    """Return the function that splits the remaining keys of an object into its rest fields."""
    match rest_names:
        case ["custom_fields", "extra"]:
            return split_rest
        case ["custom_fields"]:
            return lambda rest: split_rest(rest)[:1]
        case _:
            # A copy, because a dict does not shrink when keys are removed.
            return lambda rest: (rest.copy(),)


def split_rest(rest: Json) -> tuple[Json, Json]:
    """Split the remaining keys of a lead into custom fields and unknown keys."""
    if _known_custom_field_keys.issuperset(rest):
        return rest.copy(), {}
    custom = {key: value for key, value in rest.items() if is_custom_field_key(key)}
    if len(_known_custom_field_keys) < _MOST_KNOWN_KEYS:
        _known_custom_field_keys.update(custom)
    return custom, {key: value for key, value in rest.items() if key not in custom}


def options_of(kind: object) -> tuple[Any, ...]:
    """Return the types of a union, or the type itself if it is not a union."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.get_args(kind) if is_union else (kind,)


def open_enum(kind: object) -> type[enum.StrEnum] | None:
    """Return the enum of an annotation such as `LabelColor | str`, None for any other."""
    options = options_of(kind)
    enums = [o for o in options if isinstance(o, type) and issubclass(o, enum.StrEnum)]
    return enums[0] if enums and set(options) == {enums[0], str} else None


def aware(time: dt.datetime) -> dt.datetime:
    """Return the time with a time zone: UTC if it has none, as Pipedrive means it."""
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def instant(time: dt.datetime) -> dt.datetime:
    """Return the time with a time zone, if it can be converted to UTC.

    Raises:
        OverflowError: In UTC, the time is outside the years 1 to 9999.
    """
    time = aware(time)
    time.astimezone(dt.UTC)
    return time
