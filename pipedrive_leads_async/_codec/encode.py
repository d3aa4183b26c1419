"""Encode models and requests as Pipedrive's JSON, with cattrs."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, cast

import attrs
import cattrs
from cattrs.gen import make_dict_unstructure_fn, override

from .fields import JsonField, aware, json_fields, rest_fields
from .json import Json


def encode(model: Any) -> Json:
    """Return the JSON object of a model."""
    return cast("Json", _converter().unstructure(model))


def error_text(error: Exception) -> str:
    """Return the text of an error in the JSON of a result."""
    return f"{type(error).__name__}: {error}"


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(unstruct_collection_overrides={tuple: list})
    # Not str(member): an enum can override __str__.
    converter.register_unstructure_hook(enum.StrEnum, lambda member: member.value)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook(dt.datetime, _in_milliseconds)
    converter.register_unstructure_hook(Exception, error_text)
    converter.register_unstructure_hook_factory(attrs.has, _object_encoder)
    return converter


def _object_encoder(cls: type[Any]) -> Callable[[Any], Json]:
    rest_names = rest_fields(cls)
    overrides: dict[str, Any] = {
        field.name: override(
            rename=field.key,
            omit_if_default=field.is_omitted,
            unstruct_hook=_value_encoder(field),
        )
        for field in json_fields(cls)
    } | {name: override(omit=True) for name in rest_names}
    encode_fields = make_dict_unstructure_fn(cls, _converter(), **overrides)

    def encode_object(model: Any) -> Json:
        data = encode_fields(model)
        for name in rest_names:
            # These mappings are not checked: they never replace the value of a field.
            for key, value in getattr(model, name).items():
                data.setdefault(key, value)
        return data

    return encode_object


def _value_encoder(field: JsonField) -> Callable[[Any], Any]:
    if field.time_format in _TIME_FORMATS:
        return _TIME_FORMATS[field.time_format]
    # Choose by the type of the value, because the annotation can be a union.
    return _converter().unstructure


def _in_seconds(time: dt.datetime | None) -> str | None:
    if time is None:
        return None
    # Keep the fraction of a second, if any, although Pipedrive sends none.
    return aware(time).astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ")


def _in_seconds_of_v2(time: dt.datetime | None) -> str | None:
    if time is None:
        return None
    return aware(time).astimezone(dt.UTC).isoformat().removesuffix("+00:00") + "Z"


_TIME_FORMATS: Final[Mapping[str | None, Callable[[Any], Any]]] = {
    "seconds": _in_seconds,
    "seconds of v2": _in_seconds_of_v2,
}


def _in_milliseconds(time: dt.datetime) -> str:
    utc = aware(time).astimezone(dt.UTC)
    precision = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"
