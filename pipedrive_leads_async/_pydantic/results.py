"""The schemas of results, such as a `LeadPage`: objects that contain models."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

import attrs
from pydantic_core import core_schema as core

from .._codec.encode import error_text
from ..models import LabelNames


def result_schema(source: Any, handler: Any) -> core.CoreSchema:
    """Return the schema by which pydantic reads and writes a result."""
    cls = typing.get_origin(source) or source
    schemas = {
        name: _attribute(_bound(hint, source), handler)
        for name, hint in typing.get_type_hints(cls).items()
    }
    required = {field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING}
    return core.no_info_wrap_validator_function(
        partial(_validate, cls),
        _object(schemas, required),
        ref=reference(source),
        serialization=core.plain_serializer_function_ser_schema(
            _attributes, return_schema=_object(schemas, set(schemas))
        ),
    )


def reference(source: Any) -> str:
    """Return the name under which pydantic stores the schema of a class."""
    cls = typing.get_origin(source) or source
    arguments = ",".join(reference(argument) for argument in typing.get_args(source))
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}" + (
        f"[{arguments}]" if arguments else ""
    )


def _object(schemas: Mapping[str, core.CoreSchema], required: set[str]) -> core.CoreSchema:
    return core.typed_dict_schema(
        {
            name: core.typed_dict_field(schema, required=name in required)
            for name, schema in schemas.items()
        },
        extra_behavior="forbid",
    )


def _bound(hint: Any, source: Any) -> Any:
    """Return an annotation with the type arguments of its class, by default their bounds."""
    parameters = getattr(typing.get_origin(source) or source, "__parameters__", ())
    pairs = zip(parameters, typing.get_args(source), strict=False)
    arguments: dict[Any, Any] = dict(pairs)
    if isinstance(hint, TypeVar):
        return arguments.get(hint, hint.__bound__)
    own = getattr(hint, "__parameters__", ())
    return hint[tuple(arguments.get(each, each.__bound__) for each in own)] if own else hint


def _attribute(hint: Any, handler: Any) -> core.CoreSchema:
    if hint is LabelNames:
        return core.dict_schema(core.str_schema(), core.str_schema())
    if hint == Exception | None:
        return core.nullable_schema(_ERROR)
    schema: core.CoreSchema = handler.generate_schema(hint)
    return schema


def _validate(cls: type[Any], value: Any, handler: core.ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, cls) else cls(**handler(value))


def _attributes(result: Any) -> dict[str, Any]:
    values = attrs.asdict(result, recurse=False)
    return {k: {**v} if isinstance(v, LabelNames) else v for k, v in values.items()}


def _check_error(value: object) -> Exception:
    if isinstance(value, Exception):
        return value
    raise ValueError("an error cannot be read from its text")


_ERROR = core.no_info_plain_validator_function(
    _check_error,
    json_schema_input_schema=core.str_schema(),
    serialization=core.plain_serializer_function_ser_schema(
        error_text, return_schema=core.str_schema()
    ),
)
