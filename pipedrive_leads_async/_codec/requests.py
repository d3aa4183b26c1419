"""Decode requests from JSON, with the checks of their constructors."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast

import attrs

from ..errors import InvalidRequestError
from ..models._base import PydanticHooks
from .custom_field_keys import is_custom_field_key
from .decode_exact import exact_reader
from .fields import JsonField, json_fields, options_of, rest_fields
from .json import Json
from .problems import MISFITS, MisfitError, Problem, path, problems_in

R = TypeVar("R", bound="Request")


class Request(PydanticHooks):
    """The body of a call. Its values are checked when it is created, also from JSON."""

    __slots__ = ()


def decode_request(cls: type[R], data: Any) -> R:
    """Decode a request from a JSON object, which is not changed.

    Raises:
        InvalidRequestError: Keys are missing or unknown, or values are invalid; the message has
            the first ten problems.
    """
    try:
        return read_request(cls, data)
    except MisfitError as error:
        problems = [_sentence(problem) for problem in error.problems]
    raise InvalidRequestError("; ".join(problems[:10]))


def _sentence(problem: Problem) -> str:
    """Return a problem as a sentence that begins with its place, as those of constructors do."""
    if not problem.place or problem.reason.startswith(str(problem.place[0])):
        return problem.reason
    return f"{path(problem.place, '').removeprefix('.')}: {problem.reason}"


def read_request(cls: type[R], data: Any) -> R:
    """Decode a request from a JSON object, which is not changed.

    Raises:
        MisfitError: Keys are missing or unknown, or values are invalid.
    """
    if not isinstance(data, Mapping):
        raise MisfitError([Problem((), f"expected an object, got {type(data).__name__}")])
    json = cast("Json", data)
    values: dict[str, Any] = {}
    problems = [*_unknown_keys(cls, json)]
    for field, given in _given_values(cls, json):
        try:
            values[field.name] = _read_value(cls, field, given)
        except MisfitError as error:
            problems += error.problems
        except _REFUSALS as error:
            # The place of a custom field at the root of the object begins with its own key.
            skipped = field.key not in json
            problems += [Problem(p.place[skipped:], p.reason) for p in _located(field, error)]
    problems += [
        Problem((field.key,), "missing")
        for field in json_fields(cls)
        if field.default is attrs.NOTHING and field.key not in json
    ]
    if problems:
        raise MisfitError(problems)
    try:
        return cls(**values)
    except _REFUSALS as error:
        raise MisfitError([Problem((), str(error))]) from None


_REFUSALS: Final = (InvalidRequestError, TypeError, *MISFITS)
"""The errors of the constructor, and of a reader."""


def _given_values(cls: type[Any], json: Json) -> Iterator[tuple[JsonField, Any]]:
    for field in json_fields(cls):
        if field.key in json:
            yield field, json[field.key]
    for name in rest_fields(cls):
        custom = {key: value for key, value in json.items() if is_custom_field_key(str(key))}
        nested = json.get(name, {})
        is_object = isinstance(nested, Mapping)
        value = {**cast("Json", nested), **custom} if is_object else nested
        yield JsonField(name=name, key=name, kind=Any, nullable=False, default=None), value


def _unknown_keys(cls: type[Any], json: Json) -> Iterator[Problem]:
    names = {field.name: field.key for field in json_fields(cls)}
    rest_names = rest_fields(cls)
    known = {*names.values(), *rest_names}
    for key in json:
        if key not in known and not (rest_names and is_custom_field_key(str(key))):
            advice = f": write {names[key]}" if key in names else ""
            yield Problem((str(key),), f"unknown key{advice}")


def _read_value(cls: type[Any], field: JsonField, value: Any) -> Any:
    """Return the value of an attribute, after the checks that the constructor makes.

    They are made here too, so that one problem does not hide the next.
    """
    attribute: attrs.Attribute[Any] = attrs.fields_dict(cls)[field.name]
    if value is not None and (read := _reader(field, attribute)):
        value = read(value)
        if unknown := getattr(value, "extra", None):
            raise MisfitError([Problem((field.key, key), "unknown key") for key in unknown])
    convert: Callable[[Any], Any] | None = cast("Any", attribute).converter
    checked = convert(value) if convert else value
    if attribute.validator:
        attribute.validator(SimpleNamespace(), attribute, checked)
    return value


def _reader(field: JsonField, attribute: attrs.Attribute[Any]) -> Callable[[Any], Any] | None:
    """Return the function that reads a value which the constructor does not accept as JSON."""
    kinds = options_of(field.kind)
    is_text_in_json = field.kind in (dt.date, dt.datetime)
    if is_text_in_json or any(map(attrs.has, kinds)) or not attribute.validator:
        return exact_reader(attrs.evolve(field, time_format=None))  # an invalid time is an error
    return None


def _located(field: JsonField, error: Exception) -> Iterator[Problem]:
    """Yield the problems of an attribute, with their places."""
    if not isinstance(error, InvalidRequestError | TypeError):
        yield from problems_in(error, (field.key,))
        return
    message = str(error)
    # Each message of the constructor begins with the name: "value.currency must be …".
    inside = _PLACES.match(message.removeprefix(field.name))
    yield Problem((field.key, *_keys(inside[0] if inside else "")), message)


def _keys(text: str) -> Iterator[str | int]:
    """Yield the keys and indexes of a place that is written as in Python."""
    for attribute, index, key in _PLACE.findall(text):
        yield int(index) if index else attribute or key


_PLACE: Final = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^']*)'\]")
_PLACES: Final = re.compile(rf"(?:{_PLACE.pattern})*")
