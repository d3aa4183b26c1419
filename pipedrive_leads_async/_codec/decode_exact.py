"""The exact way to decode a model: with cattrs, which names the place and reason of each error."""

from __future__ import annotations

import datetime as dt
import enum
import typing
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar, cast

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override

from .._shared.json_copy import excerpt
from ..errors import ConfigurationError, DecodeError
from .decode_dict import dict_decoder
from .fields import (
    JsonField,
    instant,
    json_fields,
    open_enum,
    options_of,
    rest_fields,
    rest_splitter,
    secret_keys,
)
from .json import Json
from .problems import ExpectedError, MisfitError, problems_in, read_each
from .problems import path as path_of

T = TypeVar("T")


def decode_exactly(cls: type[T], data: Any, path: str) -> T:
    """Decode one model from a JSON object, which is not changed.

    Raises:
        DecodeError: Values are missing or have another type; `.paths` names all of them.
    """
    try:
        return read_exactly(cls, data)
    except MisfitError as error:
        paths = tuple(f"{path_of(p.place, path)}: {p.reason}" for p in error.problems)
    identity = cast("Json", data).get("id") if isinstance(data, dict) else None
    raise DecodeError(
        f"the response does not fit {cls.__name__}: {'; '.join(paths[:3])}",
        paths=paths,
        lead_id=identity if isinstance(identity, str) else None,
        raw=excerpt(_without_secrets(cls, data)),
    )


def read_exactly(cls: type[T], data: Any) -> T:
    """Decode one model from a JSON object, which is not changed.

    Raises:
        MisfitError: Values are missing or have another type.
    """
    try:
        return _converter().structure(data, cls)
    except Exception as error:  # noqa: BLE001 - cattrs collects any error of any hook
        problems = tuple(problems_in(error))
    raise MisfitError(problems)


def _without_secrets(cls: type[Any], data: Any) -> Any:
    """Return a JSON object without the keys that a model of this class may not contain."""
    secrets = secret_keys(cls)
    if not secrets or not isinstance(data, dict):
        return data
    return {key: value for key, value in cast("Json", data).items() if key not in secrets}


def exact_decoder(cls: type[T]) -> Callable[[Any], T]:
    """Return the function that decodes a JSON object exactly; its errors are those of cattrs.

    Raises:
        ConfigurationError: A field of the class has a type that cannot be decoded from JSON.
    """
    try:
        structure = _converter().get_structure_hook(cls)
    except (NameError, TypeError, cattrs.StructureHandlerNotFoundError) as error:
        raise ConfigurationError(f"{cls.__name__} cannot be decoded from JSON: {error}") from error
    return lambda data: structure(data, cls)


def exact_reader(field: JsonField) -> Callable[[Any], Any]:
    """Return the function that checks and converts a value of a field.

    The hooks of cattrs are not used for this. They call the type, which turns null into
    "None", "false" into True and a str into a list of letters.

    Raises:
        ConfigurationError: The field has a type that cannot be decoded from JSON.
    """
    kind = field.kind
    if kind in _READERS:
        return _or_none(_READERS[kind]) if field.time_format else _READERS[kind]
    if model := _model_in(kind):
        texts = {str} & set(options_of(kind))
        return lambda v: v if type(v) in texts else _converter().structure(v, model)
    if typing.get_origin(kind) is tuple and attrs.has(typing.get_args(kind)[0]):
        return lambda value: _objects(kind, _typed(list)(value))
    if members := open_enum(kind):
        known: dict[str, Any] = {member.value: member for member in members}
        return lambda value: known.get(_READERS[str](value), value)
    if _SCALARS.issuperset(options := options_of(kind)):
        return _typed(*options)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda value: _member(kind, value)
    raise ConfigurationError(
        f"{field.name} is annotated as {kind}, which cannot be decoded from JSON: annotate it as "
        "str, int, float, bool or a union of these, date, datetime, tuple[str, ...], "
        "tuple[int, ...], an enum, an attrs class, or Any"
    )


def _model_in(kind: Any) -> type[Any] | None:
    """Return the class of an annotation that is a model, or a model or a str."""
    options = options_of(kind)
    models = [option for option in options if attrs.has(option)]
    return models[0] if models and {models[0], str}.issuperset(options) else None


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_or_none(value: Any) -> Any:
        try:
            return read(value)
        except ExpectedError:
            return None

    return read_or_none


def _typed(*kinds: type[Any]) -> Callable[[Any], Any]:
    # JSON has one type of number: 3 is also a float.
    accepted = {*kinds, int} if float in kinds else set(kinds)

    def read(value: Any) -> Any:
        if type(value) not in accepted:
            what = " or ".join(kind.__name__ for kind in kinds)
            raise ExpectedError(what, type(value).__name__)
        return value

    return read


def _parsed(parse: Callable[[str], Any], what: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not str:
            raise ExpectedError(what, type(value).__name__)
        try:
            return parse(value)
        except ValueError:
            raise ExpectedError(what, "a str in another format") from None

    return read


def _instant(text: str) -> dt.datetime:
    try:
        return instant(dt.datetime.fromisoformat(text))
    except OverflowError:
        raise ExpectedError("a time in the years 1 to 9999 of UTC", "another time") from None


def _list_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(read_each(_READERS[kind], kind, _typed(list)(value)))


def _objects(kind: Any, values: list[Any]) -> tuple[Any, ...]:
    """Decode a list of objects up to the first malformed one, whose error names its place.

    A response can have 50,000 of them, and the exact decoder takes 10 μs for each.
    """
    item = typing.get_args(kind)[0]
    decode_fast = dict_decoder(item, exact_reader)
    objects: list[Any] = []
    if decode_fast is not None:
        with suppress(Exception):  # the exact decoder reports what is wrong
            for value in values:
                decoded = decode_fast({**value})  # which consumes it
                objects.append(decoded)
    count = len(objects)
    objects += read_each(lambda v: _converter().structure(v, item), item, values[count:], count)
    return tuple(objects)


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:
    for member in kind:  # calling the enum would accept True for 1
        if type(member.value) is type(value) and member.value == value:
            return member
    raise ExpectedError(f"one of {kind.__name__}", "another value")


_SCALARS: Final = frozenset({str, int, float, bool})

_READERS: Final[dict[Any, Callable[[Any], Any]]] = {
    **{kind: _typed(kind) for kind in _SCALARS},
    Any: lambda value: value,
    dt.date: _parsed(dt.date.fromisoformat, "a date in ISO 8601"),
    dt.datetime: _parsed(_instant, "a time in ISO 8601"),
    tuple[str, ...]: _list_of(str),
    tuple[int, ...]: _list_of(int),
    Mapping[str, Any]: _typed(dict),
}


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook_factory(attrs.has, _object_decoder)
    return converter


def _object_decoder(cls: type[Any]) -> Callable[[Any, Any], Any]:
    fields = json_fields(cls)
    keys = {field.key for field in fields}
    if len(keys) < len(fields):
        raise ConfigurationError(
            f"{cls.__name__} has two attributes for the same custom field: remove one of them"
        )
    optional = {field.key for field in fields if field.default is not attrs.NOTHING}
    rest_names = rest_fields(cls)
    split = rest_splitter(rest_names)
    secrets = secret_keys(cls)
    overrides: dict[str, Any] = {
        field.name: override(rename=field.key, struct_hook=_field_decoder(field))
        for field in fields
    } | {name: override(struct_hook=lambda value, _: value) for name in rest_names}
    decode_fields = make_dict_structure_fn(cls, _converter(), **overrides)

    def decode_object(data: Any, _: object) -> Any:
        if not isinstance(data, Mapping):
            raise ExpectedError("an object", type(data).__name__)
        json = cast("Mapping[str, Any]", data)
        known = {
            k: v for k, v in json.items() if k in keys and (v is not None or k not in optional)
        }
        rest = {k: v for k, v in json.items() if k not in keys and k not in secrets}
        taken = zip(rest_names, split(rest), strict=False)
        return decode_fields({**known, **dict(taken)}, cls)

    return decode_object


def _field_decoder(field: JsonField) -> Callable[[Any, Any], Any]:
    read = exact_reader(field)
    if field.default is None and not field.nullable and field.kind is not Any:
        raise ConfigurationError(
            f"{field.name} is None if the key is missing: add `| None` to its annotation"
        )
    return lambda value, _: None if value is None and field.nullable else read(value)
