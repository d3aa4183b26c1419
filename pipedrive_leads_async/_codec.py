"""Between Pipedrive's JSON and our models: fast where all is well, exact where it is not."""

from __future__ import annotations

import copy
import datetime as dt
import enum
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ._decoder import REST, JsonField, aware, generate_decoder, json_fields, open_enum, split_rest
from .enums import UNSET
from .errors import DecodeError

T = TypeVar("T")
Json = dict[str, Any]


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Build a model from Pipedrive's JSON.

    Args:
        cls: `Lead`, your own lead class, or any other model.
        data: The JSON object. It is not changed.

    Raises:
        DecodeError: A value has another type than the model's field; `.paths` names it.

    Example:
        >>> from pipedrive_leads_async import Lead, from_dict
        >>> from_dict(Lead, {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": "New"}).title
        'New'
    """
    return decode(cls, copy.deepcopy(data), lambda: data, path="$")


def to_dict(model: Any) -> Json:
    """Turn a model or a request into the JSON that Pipedrive has for it.

    Custom fields and unknown keys stand at the root, times are in UTC with a `Z`, and what
    is `UNSET` is left out. The result holds only what `json.dumps` takes.

    Example:
        >>> from pipedrive_leads_async import AddLeadRequest, to_dict
        >>> to_dict(AddLeadRequest(title="New", person_id=42))
        {'title': 'New', 'person_id': 42}
    """
    if not attrs.has(model.__class__):
        raise TypeError(f"model is an object of this library, got {model.__class__.__name__}")
    return cast("Json", _converter().unstructure(model))


def decode(cls: type[T], data: Any, again: Callable[[], Any], *, path: str) -> T:
    """Build one model, as fast as it goes.

    Args:
        cls: The model's class.
        data: The JSON object; it is consumed.
        again: Gives an equal JSON object, to say what was wrong with the first.
        path: Where the object is in the answer, for `DecodeError.paths`.
    """
    with suppress(Exception):  # whatever it was, the exact converter says it
        return cast("T", _decoder(cast("Any", cls))(data))
    return _decode_exactly(cls, again(), path)


def decode_list(
    cls: type[T], rows: list[Any], again: Callable[[], list[Any]], *, path: str
) -> tuple[list[T], dict[int, DecodeError]]:
    """Build a model of each row; give those that came out, and the errors by row."""
    decoder = _decoder(cast("Any", cls))
    with suppress(Exception):  # whatever it was, the exact converter says it
        return [decoder(row) for row in rows], {}
    models: list[T] = []
    errors: dict[int, DecodeError] = {}
    for i, row in enumerate(again()):
        try:
            models.append(_decode_exactly(cls, row, f"{path}[{i}]"))
        except DecodeError as error:
            errors[i] = error
    return models, errors


def _decode_exactly(cls: type[T], data: Any, path: str) -> T:
    try:
        return _converter().structure(data, cls)
    except Exception as error:  # noqa: BLE001 - cattrs gathers what any hook raised
        found = cattrs.transform_error(error, path, _sentence)
    paths = tuple(f"{where}: {what}" for what, _, where in (f.rpartition(" @ ") for f in found))
    identity = cast("Json", data).get("id") if isinstance(data, dict) else None
    raise DecodeError(
        f"the answer does not fit {cls.__name__}: {'; '.join(paths[:3])}",
        paths=paths,
        lead_id=identity if isinstance(identity, str) else None,
        raw=data,
    )


def _sentence(error: BaseException, _: type | None) -> str:
    return "missing" if isinstance(error, KeyError) else str(error)


@cache
def _decoder(cls: type[Any]) -> Callable[[Json], Any]:
    return generate_decoder(cls, _decoder) or (lambda data: _converter().structure(data, cls))


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(unstruct_collection_overrides={tuple: list})
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exact(kind))
    converter.register_structure_hook(float, _exact(float, int))
    converter.register_structure_hook(dt.date, _parsed(dt.date.fromisoformat, "a date"))
    converter.register_structure_hook(
        dt.datetime, _parsed(lambda text: aware(dt.datetime.fromisoformat(text)), "a time")
    )
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _strings)
    converter.register_structure_hook_factory(attrs.has, _structure_object)
    converter.register_unstructure_hook(enum.StrEnum, str)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook(dt.datetime, _milliseconds)
    converter.register_unstructure_hook_factory(attrs.has, _unstructure_object)
    return converter


def _exact(*kinds: type[Any]) -> Callable[[Any, Any], Any]:
    # cattrs' own hooks call the type, and make "None" of null and True of "false".
    def structure(value: Any, _: object) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"expected {kinds[0].__name__}, got {type(value).__name__}")
        return value

    return structure


def _parsed(parse: Callable[[str], Any], what: str) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: object) -> Any:
        if type(value) is not str:
            raise TypeError(f"expected {what} in ISO 8601, got {type(value).__name__}")
        try:
            return parse(value)
        except ValueError:
            raise ValueError(f"expected {what} in ISO 8601, got another text") from None

    return structure


def _strings(value: Any, _: object) -> tuple[str, ...]:
    items = _exact(list)(value, list)
    return tuple(_exact(str)(item, str) for item in items)


def _structure_object(cls: type[Any]) -> Callable[[Any, Any], Any]:
    fields = json_fields(cls)
    keys = {field.key for field in fields}
    optional = {field.key for field in fields if field.default is not attrs.NOTHING}
    rest_fields = [name for name in REST if name in attrs.fields_dict(cls)]
    overrides: dict[str, Any] = {
        field.name: override(rename=field.key, struct_hook=_structure_field(field))
        for field in fields
    } | {name: override(struct_hook=lambda value, _: value) for name in rest_fields}
    structure_known = make_dict_structure_fn(cls, _converter(), **overrides)

    def structure(data: Any, _: object) -> Any:
        if not isinstance(data, Mapping):
            raise TypeError(f"expected an object, got {type(data).__name__}")
        json = cast("Mapping[str, Any]", data)
        known = {
            k: v for k, v in json.items() if k in keys and (v is not None or k not in optional)
        }
        rest = {k: v for k, v in json.items() if k not in keys}
        custom, extra = split_rest(rest) if "custom_fields" in rest_fields else ({}, rest)
        return structure_known({**known, "custom_fields": custom, "extra": extra}, cls)

    return structure


def _structure_field(field: JsonField) -> Callable[[Any, Any], Any]:
    if members := open_enum(field.kind):
        known = {member.value: member for member in members}
        return lambda value, _: known.get(text := _exact(str)(value, str), text)
    hook = _converter().get_structure_hook(field.kind)
    return lambda value, _: None if value is None and field.nullable else hook(value, field.kind)


def _unstructure_object(cls: type[Any]) -> Callable[[Any], Json]:
    rest_fields = [name for name in REST if name in attrs.fields_dict(cls)]
    overrides: dict[str, Any] = {
        field.name: override(
            rename=field.key,
            omit_if_default=field.default is UNSET,
            # By what a value is: an open enum or a union says too little.
            unstruct_hook=_converter().unstructure,
        )
        for field in json_fields(cls)
    } | {name: override(omit=True) for name in rest_fields}
    unstructure_known = make_dict_unstructure_fn(cls, _converter(), **overrides)

    def unstructure(model: Any) -> Json:
        data = unstructure_known(model)
        for name in rest_fields:
            data.update(getattr(model, name))
        return data

    return unstructure


def _milliseconds(time: dt.datetime) -> str:
    utc = aware(time).astimezone(dt.UTC)
    precision = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"
