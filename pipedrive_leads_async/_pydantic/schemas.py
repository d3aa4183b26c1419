"""The schemas by which pydantic reads, writes and describes models, requests and results."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

from pydantic_core import (
    InitErrorDetails,
    PydanticCustomError,
    ValidationError,
    to_jsonable_python,
)
from pydantic_core import core_schema as core

from .._codec.codec import decoder_of, read
from .._codec.encode import encode
from .._codec.fields import json_fields, secret_keys
from .._codec.json import Json, dumps
from .._codec.problems import MisfitError, Place, Problem
from .._codec.requests import Request
from .._shared.secrets import Secret
from ..errors import InvalidRequestError
from ..models._base import Model
from . import descriptions
from .properties import object_schema
from .results import reference, result_schema


def core_schema(source: Any, handler: Any) -> core.CoreSchema:
    """Return the schema by which pydantic reads and writes a class, with its type arguments."""
    cls = typing.get_origin(source) or source
    if not issubclass(cls, Model | Request):
        return result_schema(source, handler)
    if not issubclass(cls, Request):
        decoder_of(cls)  # raises an error if an annotation cannot be decoded
    return core.no_info_plain_validator_function(
        partial(_validate, cls),
        ref=reference(cls),
        serialization=core.plain_serializer_function_ser_schema(
            _serialize, info_arg=True, return_schema=core.dict_schema()
        ),
    )


def json_schema(cls: type[Any], schema: Any, handler: Any) -> Json:
    """Return the JSON schema of a class."""
    if issubclass(cls, Model | Request):
        return object_schema(cls, handler.mode)
    json = cast("Json", handler.resolve_ref_schema(handler(schema)))
    for name, text in descriptions.attributes(cls).items():
        json["properties"][name]["description"] = text
    return json | {"title": cls.__name__, "description": descriptions.summary(cls) or ""}


def _validate(cls: type[Any], value: Any) -> Any:
    """Return an object as it is, or one read from JSON."""
    if isinstance(value, cls):
        return value
    if isinstance(value, bytes):  # FastAPI parses a body only if it has this header
        raise PydanticCustomError("value_error", "send JSON with Content-Type: application/json")
    try:
        return read(cls, value)
    except MisfitError as error:
        shown = _without_secrets(cls, value)
        details = [_details(shown, problem) for problem in error.problems[:_MOST_PROBLEMS]]
    # pydantic adds the place of the object to those of the errors.
    raise ValidationError.from_exception_data(cls.__name__, details)


_MOST_PROBLEMS: Final = 100
"""The maximum number of errors that are reported. A large body could have millions."""


def _without_secrets(cls: type[Any], value: Any) -> Any:
    """Return the input without secrets, such as the password of a webhook, for error messages."""
    secrets = {*secret_keys(cls), *(f.key for f in json_fields(cls) if f.kind is Secret)}
    if not secrets or not isinstance(value, Mapping):
        return value
    return {k: "***" if k in secrets else v for k, v in cast("Json", value).items()}


def _details(value: Any, problem: Problem) -> InitErrorDetails:
    is_missing = problem.reason == "missing"
    error = PydanticCustomError("value_error", cast("Any", problem.reason))
    return InitErrorDetails(
        type="missing" if is_missing else error,
        loc=problem.place,
        input=_input(value, problem.place),
    )


def _input(value: Any, place: Place) -> Any:
    """Return the value at a place, in a form that FastAPI can write in its response.

    If the place ends in a missing key, or in the name of an attribute with another key, it is the
    value before that.
    """
    for key in place:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            break
    try:
        dumps(value)
    except InvalidRequestError:  # NaN, for example
        return repr(value)
    except TypeError:  # an object that is not from JSON
        pass
    return value


def _serialize(model: Any, info: Any) -> Json:
    json = encode(model)
    if info.include is not None or info.exclude is not None:
        json = to_jsonable_python(json, include=info.include, exclude=info.exclude)
    return cast("Json", _without_none(json)) if info.exclude_none else json


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("Json", value).items()
        return {key: _without_none(item) for key, item in items if item is not None}
    is_list = isinstance(value, list)
    return [_without_none(item) for item in cast("Any", value)] if is_list else value
