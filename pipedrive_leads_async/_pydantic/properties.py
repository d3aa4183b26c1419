"""Derive the JSON schemas of models and requests from their attrs fields."""

from __future__ import annotations

import datetime as dt
import enum
import typing
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, cast

import attrs

from .._codec.fields import JsonField, json_fields, open_enum, options_of, rest_fields
from .._codec.json import Json
from .._codec.requests import Request
from .._shared.secrets import Secret
from . import descriptions

Mode: TypeAlias = Literal["validation", "serialization"]
"""Whether a schema describes JSON that is read, or JSON that is written."""

_CUSTOM_FIELDS: Final = {
    "^[0-9a-f]{40}(_[a-z0-9_]+)?$": {"description": "The value of a custom field, by its key."}
}


def object_schema(cls: type[Any], mode: Mode, *, closed: bool = False) -> Json:
    """Return the JSON schema of the objects of a class.

    Args:
        cls: The class.
        mode: The mode.
        closed: Whether it allows no unknown keys, as a request and its values do.
    """
    closed = closed or issubclass(cls, Request)
    texts = descriptions.attributes(cls)
    fields = json_fields(cls)
    schema: Json = {
        "type": "object",
        "title": cls.__name__,
        "description": descriptions.summary(cls),
        "properties": {
            field.key: _property(field, mode, closed=closed) | _described(texts.get(field.name))
            for field in fields
        },
        "required": [field.key for field in fields if _is_required(field, mode)],
        "additionalProperties": not closed,
    }
    if "custom_fields" in rest_fields(cls):
        schema["patternProperties"] = _CUSTOM_FIELDS
        if issubclass(cls, Request) and mode == "validation":
            text = _described("The same custom fields in an object of their own.")
            schema["properties"]["custom_fields"] = {"type": "object", **text}
    return {key: value for key, value in schema.items() if value is not None}


def _described(text: str | None) -> Json:
    return {"description": text} if text else {}


def _is_required(field: JsonField, mode: Mode) -> bool:
    return field.default is attrs.NOTHING if mode == "validation" else not field.is_omitted


def _property(field: JsonField, mode: Mode, *, closed: bool) -> Json:
    options = [_value(kind, mode, closed=closed) for kind in _kinds(field.kind)]
    if field.nullable:
        options.append({"type": "null"})
    schema: Json = options[0] if len(options) == 1 else {"anyOf": options}
    return schema | ({"default": field.default} if isinstance(field.default, str) else {})


def _kinds(kind: Any) -> tuple[Any, ...]:
    return (kind,) if open_enum(kind) else options_of(kind)


def _value(kind: Any, mode: Mode, *, closed: bool) -> Json:
    if kind in _VALUES:
        return dict(_VALUES[kind])
    if members := open_enum(kind):
        return {"type": "string", "examples": [member.value for member in members]}
    if typing.get_origin(kind) is tuple:
        return {
            "type": "array",
            "items": _value(typing.get_args(kind)[0], mode, closed=closed),
        }
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        schema: Json = {"enum": [member.value for member in kind]}
        return {"type": "string", **schema} if issubclass(kind, str) else schema
    return object_schema(cast("Any", kind), mode, closed=closed)


_VALUES: Final[dict[Any, Json]] = {
    Any: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    Mapping[str, Any]: {"type": "object"},
    Secret: {"type": "string", "format": "password", "writeOnly": True},
}
